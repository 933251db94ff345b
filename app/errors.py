"""Reasons the domain can refuse a request. web/errors.py gives each one its HTTP status and its sentence."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from app.work_steps import WorkStep


class DomainError(Exception):
    """Base of every refusal that a user can be told about."""


class NotFoundError(DomainError):
    """There is no such thing, or not for this actor: the two look the same from outside."""


class StaleStateError(DomainError):
    """The thing has moved on since the page was made (already answered, already paid, already cancelled)."""


class ChangedCertificateError(DomainError):
    """The certificate does not say any more what was sealed: it is neither signed nor handed out."""


class LostClaimError(DomainError):
    """Another worker has taken over the work since this one claimed it."""


class AlreadyRegisteredError(DomainError):
    """The e-mail address or mobile number belongs to an account."""


class CodeRefusedError(DomainError):
    """The code is wrong, used or too old; `tries_left` says how often it may still be typed."""

    def __init__(self, *, tries_left: int) -> None:
        super().__init__(f"code refused, {tries_left} tries left")
        self.tries_left = tries_left


class TooManyCodesError(DomainError):
    """Codes were asked for too often for this contact; the next one can be sent at `again_at`."""

    def __init__(self, *, again_at: dt.datetime) -> None:
        super().__init__(f"the next code can be sent at {again_at}")
        self.again_at = again_at


class SignInRefusedError(DomainError):
    """No account with that name and password; the two look the same from outside."""


class StepSkippedError(DomainError):
    """The ladder's steps go in order: sign up, base exam, pool, project, trial, certified, formal shifts."""


class BarredError(DomainError):
    """A revoked certificate keeps the person from starting again until `until`."""

    def __init__(self, *, until: dt.datetime) -> None:
        super().__init__(f"barred until {until}")
        self.until = until


class LessonsUnreadError(DomainError):
    """An assessment opens when the lessons of its project are read; `left` are not."""

    def __init__(self, *, left: int) -> None:
        super().__init__(f"{left} lessons are not read")
        self.left = left


class AppealLateError(DomainError):
    """A decision can be appealed for thirty days."""


class SameDeciderError(DomainError):
    """Whoever decided first does not answer the appeal."""


class UnderAgeError(DomainError):
    """The person is younger than the law allows for work."""


class IdentityUnknownError(DomainError):
    """Nobody works, on trial or for pay, before their identity is confirmed."""


class WorkStepMissingError(DomainError):
    """A shift is neither taken nor begun while a step before it is missing; `step` says which."""

    def __init__(self, *, step: WorkStep) -> None:
        super().__init__(f"missing before the shift: {step}")
        self.step = step


class ConsentMissingError(DomainError):
    """The person has not agreed that what they wrote is used."""


class UnsuitableProjectError(DomainError):
    """The project asks for something that the person's own needs rule out."""


class AttemptRunningError(DomainError):
    """The person already sits an exam; `attempt_id` says which."""

    def __init__(self, *, attempt_id: uuid.UUID) -> None:
        super().__init__(f"attempt {attempt_id} is running")
        self.attempt_id = attempt_id


class AttemptClosedError(DomainError):
    """The attempt was handed in or its time is over: no answer is taken any more."""


class ChatOverError(DomainError):
    """The simulated conversations were ended or their time is over: nothing can be sent any more."""


class ChatSequenceError(DomainError):
    """Another message has this number, sent from another page; `following` is the next free one."""

    def __init__(self, *, following: int) -> None:
        super().__init__(f"the number is taken, {following} is free")
        self.following = following


class RetakeTooEarlyError(DomainError):
    """The next attempt opens at `opens_at`; None means that no attempt is left."""

    def __init__(self, *, opens_at: dt.datetime | None) -> None:
        super().__init__(f"next attempt opens at {opens_at}")
        self.opens_at = opens_at


class QuestionFrozenError(DomainError):
    """The question was seen before a break, or a break is on: it takes no answer."""


class AnswerConfirmedError(DomainError):
    """The answer was confirmed: an adaptive exam has gone on from it, and there is no way back."""


class CalibrationRefusedError(DomainError):
    """The calibration has too few items of ours, or would make too inexact an exam."""


class BreakRefusedError(DomainError):
    """No break is left, or a `conversation` has to be ended first."""

    def __init__(self, *, conversation: bool = False) -> None:
        super().__init__("a conversation is going on" if conversation else "no break is left")
        self.conversation = conversation


class OverlapError(DomainError):
    """The person's time is taken already in that stretch."""


class SeatsUnavailableError(DomainError):
    """Some cells have fewer seats left than asked for; `cells` names each as (cell id, wanted, left)."""

    def __init__(self, *, cells: Sequence[tuple[uuid.UUID, int, int]]) -> None:
        super().__init__(f"{len(cells)} cells have too few seats left")
        self.cells = tuple(cells)


class SlotStartedError(DomainError):
    """Shifts that have begun can be neither booked nor cancelled; `cells` names them."""

    def __init__(self, *, cells: Sequence[uuid.UUID]) -> None:
        super().__init__(f"the shifts of {len(cells)} cells have begun")
        self.cells = tuple(cells)


class TransferUsedError(DomainError):
    """The booking's seats were kept for a bank transfer before: that is done once."""


class BookingClosedError(DomainError):
    """The season's booking is not open now."""


class MatchRunningError(DomainError):
    """A run of the matcher is under way for this season."""


class PinRefusedError(DomainError):
    """Nobody may be put on a seat against the rules; `rules` names those that it would break."""

    def __init__(self, *, rules: Sequence[str]) -> None:
        super().__init__(f"the pin breaks {', '.join(rules)}")
        self.rules = tuple(rules)


class OfferClosedError(DomainError):
    """The offer was answered or has lapsed."""


class CheckInClosedError(DomainError):
    """Too early or too late to check in; the window is `opens_at` to `closes_at`."""

    def __init__(self, *, opens_at: dt.datetime, closes_at: dt.datetime) -> None:
        super().__init__(f"check-in is open from {opens_at} to {closes_at}")
        self.opens_at = opens_at
        self.closes_at = closes_at


class OwnWorkError(DomainError):
    """What somebody wrote is approved or sent back by somebody else."""


class ItemTakenError(DomainError):
    """The bank has an item of this id already."""


class BankGapError(DomainError):
    """Without the item some exam could not be put together any more; `exams` are their ids."""

    def __init__(self, *, exams: Sequence[str]) -> None:
        super().__init__(f"the bank could not fill {', '.join(exams)}")
        self.exams = tuple(exams)


class NoSubstituteError(DomainError):
    """Nobody who may take the seat is free."""
