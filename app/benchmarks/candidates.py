"""People of a load test: they sign up, sign in, and sit the base exam as the exam's page and script do."""

from __future__ import annotations

import asyncio
import dataclasses
import html
import json
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from app.benchmarks.browsing import FILE, Answer, Browser, Fields

PASSWORD = "a-load-of-people"
# Names of the actions, as the report shows them.
ASK_FOR_CODE = "sign up: ask for the code"
TYPE_CODE = "sign up: type the code"
MAKE_ACCOUNT = "sign up: make the account"
WAIT_FOR_CODE = "wait for the SMS"
SIGN_IN = "sign in"
START = "start"
LOAD = "load page"
SAVE = "save"
LOOK = "look for news"
SUBMIT = "submit"
OTHER_PAGE = "other page"
ACTIONS_IN_ORDER = (
    *(ASK_FOR_CODE, WAIT_FOR_CODE, TYPE_CODE, MAKE_ACCOUNT),
    *(SIGN_IN, START, LOAD, SAVE, LOOK, SUBMIT, OTHER_PAGE, FILE),
)

# The exam's page looks every 30 s, which is half the time that a question takes.
LOOK_SHARE = 1 / 2
# On a page of signing up a person reads and types for such shares of the time that a question takes.
TYPING_SHARES = (1 / 60, 1 / 12)
RELOAD_CHANCE = 0.15
QUESTION = re.compile(r'<form [^>]*class="zx-card zx-question"[^>]*data-kind="(\w+)".*?</form>', re.DOTALL)
ITEM = re.compile(r'name="item_id" value="([^"]+)"')
OPTION = re.compile(r'<input [^>]*type="(?:radio|checkbox)" value="([^"]+)"')
LIST = re.compile(r"<select .*?</select>", re.DOTALL)
CHOICE = re.compile(r'<option value="([^"]+)"')


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asked:
    """One question of a page: how it is answered, and what its form offers."""

    item_id: str
    kind: str
    options: Sequence[str]
    lists: Sequence[Sequence[str]]

    def answer(self, rng: random.Random) -> list[str]:
        """Return what somebody might answer, as the form would send it."""
        if self.lists:
            # An ordering takes each place once: line by line, another one.
            return [choices[place % len(choices)] for place, choices in enumerate(self.lists)]
        if self.kind == "multiple":
            return sorted(rng.sample(list(self.options), 2))
        if self.options:
            return [rng.choice(self.options)]
        return [str(rng.randrange(1, 500)) if self.kind == "numeric" else "请稍等，我马上为您查询"]


@dataclasses.dataclass(kw_only=True)
class Sitting:
    """An attempt as the candidate knows it: the sequence and values of each save that was acknowledged."""

    attempt_id: str
    saved: dict[str, tuple[int, list[str]]]
    submitted: bool = False


class Candidate:
    """One person with a browser and a mobile number."""

    def __init__(self, browser: Browser, *, mobile: str, think: float, seed: int) -> None:
        """Take the seconds that the person thinks about a question, on average."""
        self._browser, self.mobile, self._think = browser, mobile, think
        self._rng = random.Random(seed)
        self.signed_up = False
        self.sitting: Sitting | None = None
        self._page: _ExamPage | None = None

    async def sign_up(self, wait_for_code: Callable[[str], Awaitable[str]]) -> None:
        """Make an account through its three pages; the code comes by SMS."""
        page = await self._browser.open("/sign-up/agent", OTHER_PAGE)
        await self._type()
        fields = [
            ("name", f"考生{self.mobile[-5:]}"),
            ("region", "寻乌县"),
            ("contact", self.mobile),
            ("consent", "y"),
        ]
        page = await self._browser.press(
            "/sign-up/agent", [*fields, _token(page)], ASK_FOR_CODE, then=OTHER_PAGE
        )
        code = await wait_for_code(self.mobile)
        await self._type()
        page = await self._browser.press(
            "/verify", [("code", code), _token(page)], TYPE_CODE, then=OTHER_PAGE
        )
        await self._type()
        await self._browser.press(
            "/verify/password",
            [("password", PASSWORD), _token(page)],
            MAKE_ACCOUNT,
            then=OTHER_PAGE,
        )
        self.signed_up = True

    async def sign_in(self) -> None:
        """Sign in and open the list of exams."""
        page = await self._browser.open("/sign-in", OTHER_PAGE)
        fields = [("contact", self.mobile), ("password", PASSWORD), _token(page)]
        await self._browser.press("/sign-in", fields, SIGN_IN, then=OTHER_PAGE)

    async def read_exams(self) -> Answer:
        """Open the list of exams, from where the exam is started."""
        return await self._browser.open("/agent/exams", OTHER_PAGE)

    async def start(self, exams: Answer) -> None:
        """Start the base exam and load its page."""
        page = await self._browser.press("/agent/exams/base", [_token(exams)], START, then=LOAD)
        self._page = _ExamPage(page)
        self.sitting = Sitting(attempt_id=self._page.attempt_id, saved={})

    async def sit(self, *, until: float) -> None:
        """Answer one question after the other, and look for news as the page does.

        `until` is by the clock of time.monotonic.
        """
        assert self._page is not None
        next_look = time.monotonic() + LOOK_SHARE * self._think
        next_save = self._soon()
        while True:
            moment = min(next_look, next_save)
            if moment >= until:
                await asyncio.sleep(max(0.0, until - time.monotonic()))
                return
            await asyncio.sleep(max(0.0, moment - time.monotonic()))
            if moment == next_look:
                next_look += LOOK_SHARE * self._think
                await self._look()
                continue
            await self.save()
            next_save = self._soon()
            if self._rng.random() < RELOAD_CHANCE:
                self._page = _ExamPage(
                    await self._browser.open(f"/agent/attempts/{self._page.attempt_id}", LOAD)
                )

    async def save(self) -> None:
        """Answer the next question and note that the server has said so."""
        assert self._page is not None
        assert self.sitting is not None
        question = self._page.questions[len(self.sitting.saved) % len(self._page.questions)]
        values = question.answer(self._rng)
        sequence = self._page.next_sequence()
        fields: Fields = [
            ("item_id", question.item_id),
            ("sequence", str(sequence)),
            ("stamp", self._page.stamp),
            ("age", str(self._page.age())),
            *(("answer", value) for value in values),
            ("csrf_token", self._page.csrf_token),
        ]
        reply = await self._browser.send(f"/agent/attempts/{self.sitting.attempt_id}/answers", fields, SAVE)
        self._page.take_time(json.loads(reply.text))
        self.sitting.saved[question.item_id] = (sequence, values)

    async def submit(self) -> None:
        """Hand in and read the result."""
        assert self.sitting is not None
        path = f"/agent/attempts/{self.sitting.attempt_id}/submit"
        page = await self._browser.open(path, OTHER_PAGE)
        await self._browser.press(path, [_token(page)], SUBMIT, then=OTHER_PAGE)
        self.sitting.submitted = True

    async def leave(self) -> None:
        """Close the browser."""
        await self._browser.close()

    async def _look(self) -> None:
        assert self._page is not None
        path = f"/agent/attempts/{self._page.attempt_id}/state?since={self._page.looked_at}"
        news = json.loads((await self._browser.ask(path, LOOK)).text)
        self._page.take_time(news)
        self._page.looked_at = news["elapsed"]

    async def _type(self) -> None:
        await asyncio.sleep(self._think * self._rng.uniform(*TYPING_SHARES))

    def _soon(self) -> float:
        return time.monotonic() + self._think * self._rng.uniform(0.5, 1.5)


class _ExamPage:
    """What the exam's script knows: the questions, and the server's time as the page was told it."""

    def __init__(self, answer: Answer) -> None:
        self._loaded_at = time.monotonic()
        data = _attributes(answer.text)
        self.attempt_id = data["attempt"]
        self.csrf_token = answer.csrf_token
        self.looked_at = self._elapsed = int(data["elapsed"])
        self._last = 0
        self.stamp, self._stamped_at = data["stamp"], self._loaded_at
        self.questions = [_read_question(found) for found in QUESTION.finditer(answer.text)]

    def next_sequence(self) -> int:
        passed = int(1000 * (time.monotonic() - self._loaded_at))
        self._last = max(self._last + 1, self._elapsed + passed)
        return self._last

    def age(self) -> int:
        """Milliseconds since the server's time was told."""
        return int(1000 * (time.monotonic() - self._stamped_at))

    def take_time(self, news: Mapping[str, str]) -> None:
        self.stamp, self._stamped_at = news["stamp"], time.monotonic()


def _read_question(found: re.Match[str]) -> Asked:
    form = found[0]
    item = ITEM.search(form)
    assert item
    return Asked(
        item_id=html.unescape(item[1]),
        kind=found[1],
        options=[html.unescape(value) for value in OPTION.findall(form)],
        lists=[[html.unescape(value) for value in CHOICE.findall(one)] for one in LIST.findall(form)],
    )


def _attributes(page: str) -> dict[str, str]:
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'data-(attempt|elapsed|stamp)="([^"]*)"', page)
    }


def _token(page: Answer) -> tuple[str, str]:
    return ("csrf_token", page.csrf_token)
