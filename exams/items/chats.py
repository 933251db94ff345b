"""A chat simulation as a question: three consumers to serve, played by a script of `exams.chat`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from exams.items.base import Item
from exams.items.vocabulary import Flaw, Kind


@dataclasses.dataclass(frozen=True, kw_only=True)
class ChatItem(Item):
    """The stem tells the situation; `script` names the play. What it is worth, `exams.chat.score` says.

    A script that is out keeps its meaning, so that stored plays can be scored again: another play is another
    script and another item.
    """

    kind = Kind.CHAT

    script: str

    def faults(self) -> Iterator[Flaw]:
        yield from super().faults()
        if not self.script.strip():
            yield Flaw(
                "script is empty: write the id of a chat script.",
                zh="还没有写剧本的编号：请写上。",
                field="script",
            )
