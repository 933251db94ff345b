"""Files that spreadsheets open: UTF-8 with its mark, and no cell that is taken for a formula."""

from __future__ import annotations

import io

from flask import Response


def csv_response(file: io.StringIO, name: str) -> Response:
    """Return what was written as a file to keep."""
    # Spreadsheets take UTF-8 for what it is only with this mark at the start.
    return Response(
        "\ufeff" + file.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
