"""A peak of candidates on a running site: a wave of sign-ups, then more and more people who sit at once.

Arrivals do not wait for the site: whoever is due comes, however slow the answers are.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import random
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

import numpy as np
from flask import Flask
from sqlalchemy import select

from app import clock, passwords
from app.benchmarks.browsing import Browser, Record, RequestFailedError
from app.benchmarks.candidates import (
    ACTIONS_IN_ORDER,
    PASSWORD,
    SAVE,
    WAIT_FOR_CODE,
    Candidate,
    Sitting,
)
from app.benchmarks.figures import HEADING, row_of
from app.benchmarks.processors import OTHERS, Processors, Sample, Share
from app.db import db, transaction
from app.demo.copying import copy_rows
from app.models import Agent, AgentStatus, Message, MessageStatus, Role, User

TEND_SECONDS = 0.25
SAMPLE_SECONDS = 1.0
SAY_SECONDS = 15.0
PHONE_SECONDS = 0.25
PATIENCE_SECONDS = 120.0
# Sign-ins of one rung come over so many seconds that this is their rate.
SIGN_INS_A_SECOND = 25.0
# What counts as the busiest moment.
BUSY_SECONDS = 10.0
# What 1,000 people who sit at once are to see.
TARGET_PEOPLE = 1_000
TARGET_MS = 200.0
CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Phase:
    """What one part of the test measured. `late` is how late the driver itself was, in milliseconds."""

    title: str
    people: int
    record: Record
    whole: Share
    busiest: Share
    late: list[float]
    sittings: list[Sitting]
    signed_up: list[str]

    @property
    def failed(self) -> int:
        return self.record.failures.total()


class Load:
    """Drives one site. `tend` keeps its processes alive and names those that died."""

    def __init__(
        self,
        app: Flask,
        *,
        port: int,
        processors: Processors,
        tend: Callable[[], Sequence[str]],
        say: Callable[[str], None],
        per_address: int,
        seed: int,
    ) -> None:
        self._app, self._port, self._processors = app, port, processors
        self._tend, self._say = tend, say
        self._per_address, self._seed = per_address, seed
        self._made = 0
        self._phones: dict[str, asyncio.Future[str]] = {}

    async def sign_up(self, count: int, *, seconds: float, think: float) -> Phase:
        """Let so many people sign up, start the base exam and save an answer, spread over the time."""
        record = Record()
        rng = random.Random(self._seed)
        candidates = [self._candidate(record, f"139{number:08d}", think=think) for number in range(count)]
        title = f"{count:,} sign-ups with a start in {seconds:.0f} s"
        async with self._measured(title, record, candidates) as phase, asyncio.TaskGroup() as people:
            for number, candidate in enumerate(candidates):
                due = seconds * (number + rng.random()) / count
                people.create_task(self._alone(self._arrive(candidate, record, due=due), record))
        return phase[0]

    async def sit(self, count: int, *, think: float, seconds: float) -> Phase:
        """Let so many people sign in, start in one moment, sit about so long, and hand in."""
        record = Record()
        candidates = [self._candidate(record, mobile, think=think) for mobile in self._make_accounts(count)]
        async with self._measured(f"{count:,} people sitting at once", record, candidates) as phase:
            start = asyncio.Barrier(count)
            ramp = count / SIGN_INS_A_SECOND
            async with asyncio.TaskGroup() as people:
                for number, candidate in enumerate(candidates):
                    due = ramp * number / count
                    story = self._take_part(candidate, start, due=due, seconds=seconds)
                    people.create_task(self._alone(story, record))
        return phase[0]

    async def _arrive(self, candidate: Candidate, record: Record, *, due: float) -> None:
        async def wait_for_code(mobile: str) -> str:
            asked = time.perf_counter()
            code = await self._wait_for_code(mobile)
            record.note(WAIT_FOR_CODE, 1000 * (time.perf_counter() - asked))
            return code

        await asyncio.sleep(due)
        try:
            await candidate.sign_up(wait_for_code)
            exams = await candidate.read_exams()
            await candidate.start(exams)
            await candidate.save()
        finally:
            await candidate.leave()

    async def _take_part(
        self, candidate: Candidate, start: asyncio.Barrier, *, due: float, seconds: float
    ) -> None:
        await asyncio.sleep(due)
        try:
            try:
                await candidate.sign_in()
                exams = await candidate.read_exams()
            finally:
                # Whoever did not get in is counted as well, or all others would wait for them.
                await start.wait()
            await candidate.start(exams)
            until = time.monotonic() + seconds * random.Random(candidate.mobile).uniform(0.8, 1.2)
            await candidate.sit(until=until)
            await candidate.submit()
        finally:
            await candidate.leave()

    async def _alone(self, story: Awaitable[None], record: Record) -> None:
        """Let one person's story end at a failed request and put it on the record; the others go on."""
        try:
            await story
        except RequestFailedError as error:
            record.failures[str(error)] += 1

    async def _wait_for_code(self, mobile: str) -> str:
        phone = self._phones[mobile] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(phone, PATIENCE_SECONDS)
        except TimeoutError as error:
            raise RequestFailedError(f"no SMS within {PATIENCE_SECONDS:.0f} s") from error
        finally:
            del self._phones[mobile]

    @contextlib.asynccontextmanager
    async def _measured(
        self, title: str, record: Record, candidates: Sequence[Candidate]
    ) -> AsyncIterator[list[Phase]]:
        """Look after the site, the phones and the figures while the block runs; then fill the list."""
        samples = [self._processors.sample(at=time.monotonic())]
        late: list[float] = []
        helpers = [
            asyncio.create_task(helper)
            for helper in (
                self._look_after(record),
                self._bring_codes(),
                self._take_samples(samples, late),
                self._tell(title, record),
            )
        ]
        phase: list[Phase] = []
        try:
            yield phase
        finally:
            for helper in helpers:
                helper.cancel()
            ended = await asyncio.gather(*helpers, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error
        samples.append(self._processors.sample(at=time.monotonic()))
        phase.append(
            Phase(
                title=title,
                people=len(candidates),
                record=record,
                whole=self._processors.share(samples[0], samples[-1]),
                busiest=max(self._windows(samples), key=lambda share: share.busy),
                late=late,
                sittings=[candidate.sitting for candidate in candidates if candidate.sitting],
                signed_up=[candidate.mobile for candidate in candidates if candidate.signed_up],
            )
        )

    def _windows(self, samples: Sequence[Sample]) -> Iterator[Share]:
        for first in samples:
            last = next((sample for sample in samples if sample.at >= first.at + BUSY_SECONDS), None)
            if last is not None:
                yield self._processors.share(first, last)
        yield self._processors.share(samples[0], samples[-1])

    async def _look_after(self, record: Record) -> None:
        while True:
            for name in self._tend():
                record.failures[f"the process {name} died"] += 1
            await asyncio.sleep(TEND_SECONDS)

    async def _take_samples(self, samples: list[Sample], late: list[float]) -> None:
        while True:
            due = time.monotonic() + SAMPLE_SECONDS
            await asyncio.sleep(SAMPLE_SECONDS)
            late.append(1000 * (time.monotonic() - due))
            samples.append(self._processors.sample(at=time.monotonic()))

    async def _tell(self, title: str, record: Record) -> None:
        started, before = time.monotonic(), 0
        while True:
            await asyncio.sleep(SAY_SECONDS)
            passed = time.monotonic() - started
            rate = (record.requests - before) / SAY_SECONDS
            before = record.requests
            self._say(
                f"  {title}, {passed:.0f} s: {rate:.0f} requests a second, {record.failures.total()} failed"
            )

    async def _bring_codes(self) -> None:
        """Be the phones: give everybody the code of the SMS that has been sent to them."""
        while True:
            await asyncio.sleep(PHONE_SECONDS)
            if self._phones:
                for mobile, code in await asyncio.to_thread(self._read_codes, list(self._phones)):
                    phone = self._phones.get(mobile)
                    if phone is not None and not phone.done():
                        phone.set_result(code)

    def _read_codes(self, mobiles: Sequence[str]) -> list[tuple[str, str]]:
        with self._app.app_context():
            rows = db.session.execute(
                select(Message.recipient, Message.body).where(
                    Message.recipient.in_(mobiles), Message.status == MessageStatus.SENT
                )
            ).all()
        return [(mobile, found[0]) for mobile, body in rows if (found := CODE.search(body))]

    def _candidate(self, record: Record, mobile: str, *, think: float) -> Candidate:
        """Return somebody new; so many who come after one another share an address, as in a care centre."""
        self._made += 1
        block = self._made // self._per_address
        address = f"10.{block >> 16 & 255}.{block >> 8 & 255}.{block & 255}"
        browser = Browser(port=self._port, address=address, record=record)
        return Candidate(browser, mobile=mobile, think=think, seed=self._seed * 1_000_003 + self._made)

    def _make_accounts(self, count: int) -> list[str]:
        """Make accounts that signed up some other day, and return their mobile numbers."""
        now = clock.utc_now()
        password_hash = passwords.hash_password(PASSWORD)
        mobiles = [f"138{self._made + number:08d}" for number in range(count)]
        ids = [(uuid.uuid4(), uuid.uuid4()) for _ in mobiles]
        with self._app.app_context(), transaction(db.session):
            copy_rows(
                db.session,
                User,
                (
                    "id",
                    "name",
                    "role",
                    "mobile",
                    "password_hash",
                    "locale",
                    "large_text",
                    "is_active",
                    "created_at",
                ),
                (
                    (
                        user_id,
                        f"考生{mobile[-5:]}",
                        Role.AGENT.value,
                        mobile,
                        password_hash,
                        "zh",
                        False,
                        True,
                        now,
                    )
                    for (user_id, _), mobile in zip(ids, mobiles, strict=True)
                ),
            )
            copy_rows(
                db.session,
                Agent,
                (
                    *("id", "user_id", "region", "recruited_by", "status", "standing"),
                    *("shifts_worked", "shifts_missed", "calendar_token", "joined_at"),
                ),
                (
                    (
                        *(agent_id, user_id, "寻乌县", "self", AgentStatus.NEW.value),
                        *(60, 0, 0, uuid.uuid4().hex, now),
                    )
                    for user_id, agent_id in ids
                ),
            )
        return mobiles


def table_of(phase: Phase) -> Iterator[str]:
    """Yield the lines of a phase's report."""
    yield ""
    yield f"{phase.title}: {phase.record.requests:,} requests in {phase.whole.seconds:.0f} s"
    yield HEADING.replace(" " * 2, "ms", 1)
    for action in ACTIONS_IN_ORDER:
        if action in phase.record.times:
            yield row_of(action, phase.record.times[action])
    yield row_of("the driver itself late", phase.late)
    yield f"processors in use, mean: {_cores(phase.whole)}"
    yield f"processors in use, busiest {BUSY_SECONDS:.0f} s: {_cores(phase.busiest)}"
    used = sum(cores for name, cores in phase.whole.cores.items() if name != OTHERS) * phase.whole.seconds
    yield f"processor time a request, driver included: {1000 * used / max(1, phase.record.requests):.1f} ms"
    yield f"saturated: {saturated(phase)}"
    yield f"failed requests: {phase.failed}; sent again over a closed connection: {phase.record.sent_again}"
    yield from (f"  {count} x {reason}" for reason, count in phase.record.failures.most_common(10))


def saturated(phase: Phase) -> str:
    """Name the resource that gave out in the busiest moment, or say that none did."""
    busiest = phase.busiest
    if busiest.busy >= 0.9:
        most = max(busiest.cores, key=lambda name: busiest.cores[name])
        return f"the processors ({100 * busiest.busy:.0f} %), most of it {most}"
    if busiest.waiting >= 0.3:
        return f"the disk (processors waited for it {100 * busiest.waiting:.0f} % of the time)"
    return f"nothing: {100 * busiest.busy:.0f} % of the processors were used"


def faults_of(phases: Sequence[Phase], losses: Sequence[str]) -> list[str]:
    """Return what the site did not bear, in words; nothing when all is well."""
    faults = [f"{phase.failed} requests failed ({phase.title})" for phase in phases if phase.failed]
    faults += [f"{len(losses)} things that people were told are lost"] if losses else []
    for phase in phases:
        saves = phase.record.times.get(SAVE, [])
        if phase.people == TARGET_PEOPLE and saves:
            found = float(np.percentile(saves, 95))
            if found > TARGET_MS:
                faults.append(
                    f"95 % of saves took up to {found:.0f} ms, not {TARGET_MS:.0f} ms ({phase.title})"
                )
    return faults


def _cores(share: Share) -> str:
    groups = ", ".join(f"{name} {cores:.2f}" for name, cores in share.cores.items())
    return f"{groups}; machine {100 * share.busy:.0f} %"
