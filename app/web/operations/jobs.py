"""The work behind the pages: what waits, what is being done, what failed, and a new life for what gave up."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import clock
from app.db import db, transaction
from app.errors import MatchRunningError, NotFoundError
from app.models import OutboxMessage, Topic
from app.permissions import Permission
from app.queries import jobs as job_queries
from app.queries.jobs import JobState
from app.services import audit, dead_letters
from app.web.access import requires
from app.web.identity import the_actor
from app.web.operations import bp
from app.web.paging import page_number, pages_of

TOPIC_WORDS = {
    Topic.DELIVER_MESSAGE: _l("发一封邮件或短信"),
    Topic.RUN_MATCH: _l("排班"),
    Topic.PUBLISH_ROTA: _l("发布排班"),
    Topic.REFILL_SEAT: _l("给空出的坐席找人"),
    Topic.IMPORT_CONTACTS: _l("导入会话"),
    Topic.EXPIRE_HOLDS: _l("放回过期的占位"),
    Topic.LAPSE_OFFERS: _l("收回过期的邀约"),
    Topic.WATCH_ATTENDANCE: _l("看谁没有报到"),
    Topic.CLOSE_ATTEMPTS: _l("收走超时的考卷"),
    Topic.REFRESH_COVER: _l("重算坐席有人到的把握"),
}
STATE_WORDS = {
    JobState.DEAD: _l("放弃了"),
    JobState.FAILED: _l("失败，会再试"),
    JobState.RUNNING: _l("正在做"),
    JobState.WAITING: _l("排队"),
    JobState.DONE: _l("做完了"),
}


@bp.get("/jobs")
@requires(Permission.AUDIT_READ)
def list_jobs() -> ResponseReturnValue:
    wall_now = clock.wall_now()
    counts = job_queries.count_jobs(db.session, wall_now=wall_now)
    asked = request.args.get("state")
    # What needs somebody comes first, unless the address asks for something else.
    first = next((state for state in (JobState.DEAD, JobState.FAILED) if counts[state]), JobState.RUNNING)
    state = next((one for one in JobState if one.value == asked), first)
    page = page_number()
    return render_template(
        "operations/list_jobs.html",
        jobs=job_queries.list_jobs(db.session, state, wall_now=wall_now, page=page),
        pages=pages_of(counts[state], job_queries.PAGE_ROWS, page),
        counts=counts,
        state=state,
        topic_words=TOPIC_WORDS,
        state_words=STATE_WORDS,
    )


@bp.post("/jobs/<uuid:message_id>/revive")
@requires(Permission.JOB_MANAGE)
def revive_job(message_id: uuid.UUID) -> ResponseReturnValue:
    """Give work that gave up another life, once somebody has mended what stopped it."""
    try:
        is_dead = _revive(message_id)
    except MatchRunningError:
        flash(_("这一季正在排班，没有再开一次。等它算完，或先停下它。"))
    else:
        flash(_("又排进队里了，马上再试。") if is_dead else _("这件事没有放弃，不用再试。"))
    return redirect(url_for("operations.list_jobs"))


def _revive(message_id: uuid.UUID) -> bool:
    """Give the message another life; return False when it was not dead."""
    with transaction(db.session):
        message = db.session.get(OutboxMessage, message_id, with_for_update=True)
        if message is None:
            raise NotFoundError(f"job {message_id}")
        is_dead = message.dead_at is not None
        if is_dead:
            dead_letters.revive(db.session, message, now=clock.wall_now())
            audit.record(
                db.session,
                "job.revived",
                message,
                actor_user_id=the_actor().user_id,
                now=clock.utc_now(),
                topic=message.topic.value,
            )
    return is_dead
