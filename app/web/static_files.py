"""Styles and scripts under an address that names their content, so that a browser asks for each only once.

The version stands in front of the path: what a script imports by a relative address has it too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

YEAR = 365 * 86_400


def init_static_files(app: Flask) -> None:
    """Give the endpoint "static" a second address with the version; url_for names that one."""
    folder = Path(app.static_folder or "")
    version = content_version(folder)

    def send(filename: str, version_asked: str = "") -> Response:
        response = app.send_static_file(filename)
        if version_asked == version:
            response.cache_control.no_cache = None
            response.cache_control.public = response.cache_control.immutable = True
            response.cache_control.max_age = YEAR
        return response

    app.wsgi_app = _Shelf(app, folder, version)  # type: ignore[method-assign]
    app.add_url_rule(f"{app.static_url_path}/v-<version_asked>/<path:filename>", endpoint="static")
    app.view_functions["static"] = send

    @app.url_defaults
    def name_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version_asked", version)


def content_version(folder: Path) -> str:
    """Return a short name of all that the folder holds."""
    digest = hashlib.sha256()
    for path in _files_in(folder):
        digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


class _Shelf:
    """Answers for files of the present version from memory, in front of the application.

    Whoever comes for the first time asks for seven files; on the way through the application they cost as
    much as two pages. The first answer is the application's own, with all of its headers.
    """

    def __init__(self, app: Flask, folder: Path, version: str) -> None:
        self._next = app.wsgi_app
        # Each file by its one plain name: other spellings of a path would fill the shelf without end.
        self._paths = {
            f"{app.static_url_path}/v-{version}/{path.relative_to(folder).as_posix()}"
            for path in _files_in(folder)
        }
        self._kept: dict[str, tuple[list[tuple[str, str]], bytes]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        asks_for_part = "HTTP_RANGE" in environ or "HTTP_IF_NONE_MATCH" in environ
        if environ["REQUEST_METHOD"] != "GET" or asks_for_part or path not in self._paths:
            return self._next(environ, start_response)
        # The security headers depend on nothing but this.
        key = f"{environ['wsgi.url_scheme']} {path}"
        if key not in self._kept:
            with Response.from_app(self._next, environ) as answer:
                answer.direct_passthrough = False
                body = answer.get_data()
                if answer.status_code != 200:
                    return Response(body, answer.status_code, answer.headers)(environ, start_response)
                headers = [pair for pair in answer.headers if pair[0] not in ("Date", "Set-Cookie")]
                self._kept[key] = (headers, body)
        headers, body = self._kept[key]
        start_response("200 OK", list(headers))
        return [body]
