"""The load test of exams: a small peak goes through, and what fails or is lost does not stay unseen."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.benchmarks.browsing import Browser, Record, RequestFailedError
from app.benchmarks.candidates import ACTIONS_IN_ORDER, SAVE, Sitting
from app.benchmarks.evidence import find_losses
from app.benchmarks.exam_load import TARGET_PEOPLE, Phase, faults_of, saturated
from app.benchmarks.processors import Share
from app.models import AttemptStatus, ExamAnswer
from app.services import attempts
from exams.bank import shipped_bank
from tests.make import NOON, Make

ROOT = Path(__file__).resolve().parents[2]
IDLE = Share(seconds=1.0, cores={"web": 0.4, "driver": 0.1}, busy=0.25, waiting=0.0)


def make_phase(*, people: int = 1, saves: list[float] | None = None, busiest: Share = IDLE) -> Phase:
    record = Record()
    record.times[SAVE] = saves or [1.0]
    return Phase(
        title=f"{people} people",
        people=people,
        record=record,
        whole=IDLE,
        busiest=busiest,
        late=[],
        sittings=[],
        signed_up=[],
    )


@pytest.mark.xdist_group("refilled-seats")
def test_a_small_peak_goes_through_with_every_answer_kept(tmp_path: Path) -> None:
    people, rung = 3, 4
    done = subprocess.run(
        [
            *(sys.executable, "-m", "app.cli", "bench-exams", "--state", str(tmp_path / "state")),
            *("--people", str(people), "--minutes", "0.02", "--rung", str(rung)),
            *("--think", "1", "--sit", "0.08", "--per-address", "2", "--workers", "1"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    for action in ACTIONS_IN_ORDER:
        assert re.search(rf"^{re.escape(action)} +\d", done.stdout, re.MULTILINE), action
    told = re.search(
        r"looked for: (\d+) accounts, (\d+) attempts, (\d+) answers, (\d+) handed in", done.stdout
    )
    assert told, done.stdout
    accounts, sat, answers, handed_in = map(int, told.groups())
    assert (accounts, sat, handed_in) == (people, people + rung, rung)
    assert answers > people
    assert done.stdout.count("failed requests: 0;") == 2
    assert "lost: 0" in done.stdout


def test_an_answer_that_is_no_success_ends_the_story_with_its_reason() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Away\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async def visit() -> Record:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        record = Record()
        browser = Browser(port=server.sockets[0].getsockname()[1], address="10.0.0.1", record=record)
        async with server:
            with pytest.raises(RequestFailedError, match=r"^save: answered 503$"):
                await browser.ask("/", SAVE)
        await browser.close()
        return record

    assert asyncio.run(visit()).times == {}


def test_faults_are_failed_requests_losses_and_slow_saves_of_a_thousand() -> None:
    good = make_phase(people=TARGET_PEOPLE, saves=[100.0] * 95 + [900.0] * 4)
    slow = make_phase(people=TARGET_PEOPLE, saves=[100.0] * 90 + [900.0] * 10)
    few = make_phase(people=TARGET_PEOPLE - 1, saves=[900.0])
    failing = make_phase()
    failing.record.failures["save: answered 500"] += 2

    assert faults_of([good, few], []) == []
    assert [fault[:21] for fault in faults_of([slow], [])] == ["95 % of saves took up"]
    assert faults_of([failing], ["gone"]) == [
        "2 requests failed (1 people)",
        "1 things that people were told are lost",
    ]


def test_what_gave_out_is_named() -> None:
    full = Share(seconds=1.0, cores={"web": 1.2, "PostgreSQL": 0.5}, busy=0.97, waiting=0.0)
    disk = Share(seconds=1.0, cores={"web": 0.1}, busy=0.3, waiting=0.5)

    assert saturated(make_phase(busiest=full)) == "the processors (97 %), most of it web"
    assert saturated(make_phase(busiest=disk)).startswith("the disk")
    assert saturated(make_phase()) == "nothing: 25 % of the processors were used"


class TestFindLosses:
    def test_sees_a_missing_account_a_missing_and_an_unmarked_attempt(
        self, session: Session, make: Make
    ) -> None:
        sitting = self.sit(session, make)
        sitting.submitted = True
        gone = Sitting(attempt_id="00000000-0000-0000-0000-000000000001", saved={})

        losses = list(find_losses(session, signed_up=["13900000000"], sittings=[sitting, gone]))

        assert losses[0] == "no account for 13900000000"
        assert losses[1].endswith("was handed in and is not marked")
        assert losses[2] == f"attempt {gone.attempt_id} is gone"
        assert len(losses) == 3

    def test_a_later_save_keeps_the_promise_and_an_earlier_one_breaks_it(
        self, session: Session, make: Make
    ) -> None:
        sitting = self.sit(session, make)
        item_id, (sequence, values) = next(iter(sitting.saved.items()))
        row = session.query(ExamAnswer).one()

        assert list(find_losses(session, signed_up=[], sittings=[sitting])) == []
        sitting.saved[item_id] = (sequence - 1, values)
        assert list(find_losses(session, signed_up=[], sittings=[sitting])) == []
        sitting.saved[item_id] = (sequence + 1, values)
        (loss,) = find_losses(session, signed_up=[], sittings=[sitting])
        assert loss.endswith(f"save {sequence + 1} was acknowledged, the row holds save {row.sequence}")

    def sit(self, session: Session, make: Make) -> Sitting:
        """Save one answer of an attempt that runs, and return what its candidate knows."""
        agent = make.agent()
        attempt = attempts.start_attempt(
            session,
            agent_id=agent.id,
            project_id=None,
            bank=shipped_bank(),
            seed=5,
            actor_user_id=agent.user_id,
            now=NOON,
        )
        assert attempt.status is AttemptStatus.RUNNING
        item_id = next(
            question["item_id"] for question in attempt.form["questions"] if question["option_ids"]
        )
        session.add(
            ExamAnswer(
                id=agent.id,
                attempt_id=attempt.id,
                item_id=item_id,
                response={"value": None},
                sequence=70,
                saved_at=NOON + dt.timedelta(minutes=1),
            )
        )
        session.flush()
        return Sitting(attempt_id=str(attempt.id), saved={item_id: (70, [])})
