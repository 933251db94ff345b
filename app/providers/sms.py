"""How an SMS reaches a phone: one interface, and a sandbox behind it for demos and for trying things out.

A house that sends SMS gets a class of its own here and a name in SMS_PROVIDERS.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Protocol


class SmsProvider(Protocol):
    """Hands a text to whoever brings it to the phone; raises when it was not taken."""

    @property
    def is_sandbox(self) -> bool:
        """Say whether nothing leaves, so that operations may read the texts in the recipient's place."""

    def send(self, recipient: str, text: str, *, message_id: uuid.UUID) -> None:
        """Send `text` to a mobile number; the same `message_id` twice is the same message."""


class SmsSandbox:
    """Sends nothing: operations read the text on their messages page."""

    is_sandbox = True

    def send(self, recipient: str, text: str, *, message_id: uuid.UUID) -> None:
        """Take the text; its row in the database is all that there is of it."""


SMS_PROVIDERS: Mapping[str, Callable[[], SmsProvider]] = {"sandbox": SmsSandbox}


def make_sms_provider(name: str) -> SmsProvider | None:
    """Return the installation's provider, or None where none is set and no SMS can leave."""
    return SMS_PROVIDERS[name]() if name else None
