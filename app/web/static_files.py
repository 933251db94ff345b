"""Styles and scripts under an address that names their content, so that a browser asks for each only once.

The version stands in front of the path: what a script imports by a relative address has it too.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response

YEAR = 365 * 86_400


def init_static_files(app: Flask) -> None:
    """Give the endpoint "static" a second address with the version; url_for names that one."""
    version = content_version(Path(app.static_folder or ""))

    def send(filename: str, version_asked: str = "") -> Response:
        response = app.send_static_file(filename)
        if version_asked == version:
            response.cache_control.no_cache = None
            response.cache_control.public = response.cache_control.immutable = True
            response.cache_control.max_age = YEAR
        return response

    app.add_url_rule(f"{app.static_url_path}/v-<version_asked>/<path:filename>", endpoint="static")
    app.view_functions["static"] = send

    @app.url_defaults
    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version_asked", version)


def content_version(folder: Path) -> str:
    """Return a short name of all that the folder holds."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
