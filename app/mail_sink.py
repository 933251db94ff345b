"""A mail server for a machine that has none: it takes every message and keeps it as a file.

It speaks real SMTP, so that the demo and the tests send mail the way production does.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import itertools
import socket
import threading
import time
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

SUFFIX = ".eml"


class MailSink:
    """An SMTP server on this machine alone; messages become files of `directory`, in order of arrival."""

    def __init__(self, directory: Path) -> None:
        """Take the directory. The port is taken at once, so that `url` can be told before `start`."""
        self._directory = directory
        self._numbers = itertools.count()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="mail sink", daemon=True)
        self._serving = threading.Event()
        self.url = f"smtp://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Answer from now on; who connected before has waited in the socket's queue."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        self._serving.wait()

    def stop(self) -> None:
        """End the server. What it took stays in its directory."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop.close()
        self._socket.close()

    def read_messages(self) -> list[EmailMessage]:
        """Return the messages kept, the oldest first."""
        return [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted(self._directory.glob(f"*{SUFFIX}"))
        ]

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        """Keep one message: aiosmtpd calls this when it has arrived whole."""
        content = envelope.original_content or b""
        path = self._directory / f"{time.time_ns()}-{next(self._numbers):06}{SUFFIX}"
        partial = path.with_suffix(".partial")
        partial.write_bytes(content)
        partial.replace(path)
        return "250 OK"

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: SMTP(self, loop=self._loop, hostname="localhost", enable_SMTPUTF8=True),
                sock=self._socket,
            )
        )
        self._loop.call_soon(self._serving.set)
        self._loop.run_forever()
        server.close()
        connections = asyncio.all_tasks(self._loop)
        for connection in connections:
            connection.cancel()
        self._loop.run_until_complete(asyncio.gather(*connections, return_exceptions=True))
