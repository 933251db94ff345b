"""A browser for load: keep-alive, cookies, a cache for files, forms and redirects; thousands run in one loop.

Like a browser it holds one connection a visitor, sends a request again when a kept connection turns out to
be closed by the server, and fetches the styles and scripts that a page names.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import html
import re
import time
import urllib.parse
from collections import Counter
from collections.abc import Mapping, Sequence

TIMEOUT_SECONDS = 60.0
# A gateway would give up no sooner; whoever waits longer has given up.
MOST_REDIRECTS = 3
# The action of fetching a style or a script.
FILE = "style or script"
CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
FILES = re.compile(r'<(?:link rel="stylesheet" href|script type="module" src)="([^"]+)"')
IMPORTS = re.compile(r'^import [^"\n]*"(\.{1,2}/[^"]+)"', re.MULTILINE)

Fields = Sequence[tuple[str, str]]


class RequestFailedError(Exception):
    """An answer that no visitor should get, or none at all."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. `path` is where the visitor landed."""

    status: int
    path: str
    headers: Mapping[str, str]
    text: str

    @property
    def csrf_token(self) -> str:
        """The token of the page's forms. Raises RequestFailedError for a page without a form."""
        found = CSRF.search(self.text)
        if found is None:
            raise RequestFailedError(f"{self.path} has no form")
        return html.unescape(found[1])


class Record:
    """How long each action took, in milliseconds, and what failed, by its reason."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = {}
        self.failures = Counter[str]()
        self.requests = 0
        self.sent_again = 0

    def note(self, action: str, milliseconds: float) -> None:
        self.times.setdefault(action, []).append(milliseconds)


class Browser:
    """One visitor's browser, behind one address."""

    def __init__(self, *, port: int, address: str, record: Record) -> None:
        self._port, self._address, self._record = port, address, record
        self._cookies: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._etags: dict[str, str] = {}
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def close(self) -> None:
        """Let the connection go."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
        self._reader = self._writer = None

    async def open(self, path: str, action: str) -> Answer:
        """Open a page with its files. The action's time is the page's alone."""
        answer = await self._request("GET", path, action)
        await self._fetch_files(answer)
        return answer

    async def ask(self, path: str, action: str) -> Answer:
        """Ask for JSON, as a page's script does."""
        return await self._request("GET", path, action, more={"Accept": "application/json"})

    async def press(self, path: str, fields: Fields, action: str, *, then: str) -> Answer:
        """Send a form and open the page that it leads to, which counts as the action `then`."""
        body = urllib.parse.urlencode(fields).encode()
        kind = "application/x-www-form-urlencoded"
        answer = await self._request("POST", path, action, body=body, more={"Content-Type": kind}, expect=302)
        for _ in range(MOST_REDIRECTS):
            target = urllib.parse.urlsplit(answer.headers["location"])
            answer = await self._request(
                "GET", urllib.parse.urlunsplit(("", "", *target[2:4], "")), then, expect=None
            )
            if answer.status != 302:
                break
        await self._fetch_files(answer)
        return answer

    async def send(self, path: str, fields: Fields, action: str) -> Answer:
        """Send fields as a page's script does, and return the JSON that answers."""
        kind = "application/x-www-form-urlencoded;charset=UTF-8"
        body = urllib.parse.urlencode(fields).encode()
        more = {"Content-Type": kind, "Accept": "application/json"}
        return await self._request("POST", path, action, body=body, more=more)

    async def _fetch_files(self, page: Answer) -> None:
        """Fetch what the page names and what that imports, unless the cache may answer without asking."""
        wanted = [html.unescape(path) for path in FILES.findall(page.text)]
        seen: set[str] = set()
        while wanted:
            path = wanted.pop(0)
            if path in seen:
                continue
            seen.add(path)
            if path not in self._files or path in self._etags:
                etag = self._etags.get(path)
                answer = await self._request(
                    "GET", path, FILE, more={"If-None-Match": etag} if etag else {}, expect=None
                )
                if answer.status == 200:
                    self._files[path] = answer.text if ".js" in path else ""
                    self._etags.pop(path, None)
                    if "max-age" not in answer.headers.get("cache-control", ""):
                        self._etags[path] = answer.headers.get("etag", "")
            wanted += [urllib.parse.urljoin(path, name) for name in IMPORTS.findall(self._files[path])]

    async def _request(
        self,
        method: str,
        path: str,
        action: str,
        *,
        body: bytes = b"",
        more: Mapping[str, str] | None = None,
        expect: int | None = 200,
    ) -> Answer:
        """Send and return the answer and note its time, or raise RequestFailedError."""
        started = time.perf_counter()
        self._record.requests += 1
        try:
            answer = await asyncio.wait_for(
                self._exchange(method, path, body=body, more=more or {}), TIMEOUT_SECONDS
            )
        except (OSError, EOFError, TimeoutError) as error:
            await self.close()
            raise RequestFailedError(f"{action}: no answer ({type(error).__name__})") from error
        wrong = answer.status >= 400 if expect is None else answer.status != expect
        if wrong:
            raise RequestFailedError(f"{action}: answered {answer.status}")
        self._record.note(action, 1000 * (time.perf_counter() - started))
        return answer

    async def _exchange(self, method: str, path: str, *, body: bytes, more: Mapping[str, str]) -> Answer:
        headers = {
            "Host": f"127.0.0.1:{self._port}",
            "X-Forwarded-For": self._address,
            "Accept": "text/html",
            "Accept-Language": "zh-CN",
            "Referer": f"http://127.0.0.1:{self._port}{path}",
            "Content-Length": str(len(body)),
            **more,
        }
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        message = "\r\n".join([*lines, "", ""]).encode() + body
        if self._writer is not None:
            if self._reader is not None and not self._reader.at_eof():
                try:
                    return await self._answer(message, path)
                except (ConnectionError, asyncio.IncompleteReadError) as error:
                    if isinstance(error, asyncio.IncompleteReadError) and error.partial:
                        raise
                    # The server closed the kept connection in the same moment: browsers send again.
                    self._record.sent_again += 1
            await self.close()
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return await self._answer(message, path)

    async def _answer(self, message: bytes, path: str) -> Answer:
        assert self._reader is not None
        assert self._writer is not None
        self._writer.write(message)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                self._keep_cookie(value.strip())
            else:
                headers[name.lower()] = value.strip()
        status = int(first.split(" ", 2)[1])
        length = 0 if status == 304 else int(headers.get("content-length", "0"))
        content = await self._reader.readexactly(length)
        if headers.get("connection", "").lower() == "close":
            await self.close()
        return Answer(status=status, path=path, headers=headers, text=content.decode("utf-8", "replace"))

    def _keep_cookie(self, text: str) -> None:
        pair, *attributes = text.split(";")
        name, _, value = pair.partition("=")
        if not value or any(part.strip().lower() == "max-age=0" for part in attributes):
            self._cookies.pop(name, None)
        else:
            self._cookies[name] = value
