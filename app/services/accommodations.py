"""What a person needs in every exam, also in the one that is running."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Agent, AgentNeeds, User
from app.queries.attempts import find_running_attempt, list_answers
from app.queries.needs import find_needs
from app.services import audit
from exams.breaks import Breaks
from exams.forms import Form
from exams.timing import Accommodation, allowed_seconds


def accommodation_of(needs: AgentNeeds | None, *, large_text: bool) -> Accommodation:
    """Return what a person's needs mean in every exam."""
    if needs is None:
        return Accommodation(large_text=large_text)
    unlimited, multiplier = needs.exam_time_unlimited, float(needs.exam_time_multiplier)
    # One of the three, the most generous first: a person's wishes may have come from several places.
    return Accommodation(
        multiplier=1.0 if unlimited else multiplier,
        fixed_minutes=0 if unlimited or multiplier > 1 else needs.exam_extra_minutes,
        unlimited=unlimited,
        breaks=needs.exam_breaks,
        breaks_minutes=needs.exam_break_minutes,
        large_text=large_text,
        text_only=needs.text_only,
        # Whoever types with one hand, or hears the text before writing it, is not measured against a clock.
        typing_untimed=needs.one_hand or needs.screen_reader,
    )


def get_accommodation(session: Session, agent: Agent) -> Accommodation:
    """Return the person's accommodation as it is now."""
    large_text = session.scalars(select(User.large_text).where(User.id == agent.user_id)).one()
    return accommodation_of(find_needs(session, agent.id), large_text=large_text)


def give_more_time(session: Session, *, agent_id: uuid.UUID, needs: AgentNeeds, now: dt.datetime) -> None:
    """Apply changed needs to the attempt that is running, if they give more time; nobody loses time."""
    attempt = find_running_attempt(session, agent_id)
    if attempt is None or attempt.deadline_at is None:
        return
    # A break may be starting or ending at this moment.
    session.refresh(attempt, with_for_update=True)
    before = Accommodation(**attempt.accommodation)
    wanted = accommodation_of(needs, large_text=before.large_text)
    minutes = Form.from_json(attempt.form).minutes
    had, gets = allowed_seconds(minutes, before), allowed_seconds(minutes, wanted)
    if gets is None:
        granted, attempt.deadline_at = wanted, None
    elif had is not None and gets > had:
        # Added to the deadline, not worked out anew: breaks and slow conversations have moved it already.
        granted, attempt.deadline_at = wanted, attempt.deadline_at + dt.timedelta(seconds=gets - had)
    else:
        granted = before
    granted = dataclasses.replace(
        granted,
        typing_untimed=before.typing_untimed or wanted.typing_untimed,
        text_only=before.text_only or wanted.text_only,
        breaks=max(before.breaks, wanted.breaks),
        breaks_minutes=max(before.breaks_minutes, wanted.breaks_minutes),
    )
    if granted == before:
        return
    growing = Form.from_json(attempt.form).most is not None
    if granted.breaks and not before.breaks and attempt.breaks is None and not growing:
        # All questions are on the page already; what was answered is what was certainly seen.
        answered = frozenset(list_answers(session, attempt.id))
        attempt.breaks = Breaks(opened=answered).to_json()
    attempt.accommodation = dataclasses.asdict(granted)
    audit.record(session, "attempt.extended", attempt, actor_user_id=None, now=now)


def first_breaks(form: Form, accommodation: Accommodation) -> dict[str, Any] | None:
    """Return the state of an attempt in which breaks may be taken: its first question is open.

    An adaptive form holds nothing but what was shown, so there is nothing to open.
    """
    if accommodation.unlimited or not accommodation.breaks or form.most is not None:
        return None
    return Breaks(opened=frozenset({form.questions[0].item_id})).to_json()
