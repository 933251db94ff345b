"""Somebody who writes to a customer while everything breaks, and sends again what was not acknowledged."""

from __future__ import annotations

import dataclasses
import http.client
import json
import time

from tests.faults.exam_load import Candidate

MOST_MESSAGES = 250
"""Fewer than a simulation takes."""


@dataclasses.dataclass(eq=False)
class Talker(Candidate):
    """Writes numbered messages one after the other, each under one sequence number until it is there.

    `said` are the messages that the server has acknowledged, `begun` all that were ever sent.
    """

    consumer: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.said: list[int] = []
        self.begun = 0

    def run(self) -> None:
        while not self.finish.is_set() and self.begun < MOST_MESSAGES:
            self.begun += 1
            while not self.finish.is_set() and not self._send(self.begun):
                time.sleep(self.rng.uniform(0.01, 0.1))
            time.sleep(self.rng.uniform(0, 0.1))

    def drain(self) -> None:
        """Send the message that was under way until the server has it, and then once more."""
        patience = time.monotonic() + 60
        while len(self.said) < self.begun:
            assert time.monotonic() < patience, "the last message is not taken"
            if not self._send(self.begun):
                time.sleep(0.1)
        assert self._deliver(self.begun)

    def _send(self, count: int) -> bool:
        if not self._deliver(count):
            return False
        self.said.append(count)
        return True

    def _deliver(self, count: int) -> bool:
        self.requests += 1
        [item] = self.items
        form = {
            "consumer": self.consumer,
            "text": f"第{count}次",
            "sequence": count,
            "csrf_token": self._csrf,
        }
        try:
            status, reply = self._ask("POST", f"/agent/attempts/{self.attempt_id}/chats/{item}/lines", form)
            if status == 400:
                self._renew()
        except (OSError, http.client.HTTPException):
            self.failures += 1
            return False
        if status == 200:
            return "customers" in json.loads(reply)
        if status != 400 and status < 500:
            self.surprises.append(f"{status}: {reply[:200]!r}")
        return False
