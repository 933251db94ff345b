"""A progress bar with figures: one line that is redrawn on a terminal, a line every tenth elsewhere."""

from __future__ import annotations

import sys
from typing import Self, TextIO

WIDTH = 24


class ProgressBar:
    """Shows a share between 0 and 1 and figures beside it, on standard error."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._stream: TextIO = sys.stderr
        self._live = self._stream.isatty()
        self._shown = ""
        self._tenth = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live and self._shown:
            self._stream.write("\n")

    def show(self, share: float, figures: str) -> None:
        """Show how far the work is."""
        done = round(WIDTH * share)
        line = f"{self.label} [{'#' * done}{'.' * (WIDTH - done)}] {share:4.0%}  {figures}"
        if self._live:
            self._stream.write("\r" + line.ljust(len(self._shown)))
            self._shown = line
        elif int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            self._stream.write(line + "\n")
        self._stream.flush()
