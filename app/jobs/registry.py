"""Which function does the work of which topic."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.jobs import attempts, imports, messages
from app.models import Topic

HANDLERS: Mapping[Topic, Callable[..., None]] = {
    Topic.DELIVER_MESSAGE: messages.deliver_message,
    Topic.IMPORT_CONTACTS: imports.import_contacts,
    Topic.CLOSE_ATTEMPTS: attempts.close_attempts,
}
