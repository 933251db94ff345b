"""Runs of the matcher: start, stop and publish one, read its report, ask why somebody got a seat."""

from __future__ import annotations

import uuid

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.db import db, transaction
from app.errors import MatchRunningError, NotFoundError, StaleStateError
from app.permissions import Permission
from app.queries import matching as matching_queries
from app.services import match_retries, matching, rota
from app.services.seat_explanations import explain_seat
from app.web.access import requires
from app.web.identity import the_actor
from app.web.operations import bp
from app.web.operations.match_texts import (
    FAILURES,
    LINE_WORDS,
    OBSTACLES,
    PHASES,
    RULES,
    STEPS,
    cause_sentence,
    cause_words,
    violation_figures,
)
from app.web.operations.run_card import make_card, news_of
from app.web.operations.season import find_event, make_form, render_board, uuid_or_none
from app.web.operations.why_words import raise_words, read_advice, remedy_lines

SHORTAGES_SHOWN = 100


@bp.post("/season/runs")
@requires(Permission.MATCH_RUN)
def create_run() -> ResponseReturnValue:
    event = find_event()
    if event is None:
        raise NotFoundError("no season")
    form = make_form()
    if not form.validate_on_submit():
        return render_board(form), 422
    try:
        with transaction(db.session):
            matching.request_run(
                db.session,
                event_id=event.id,
                seconds=form.seconds.data,
                seed=form.seed.data or 0,
                actor_user_id=the_actor().user_id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
    except MatchRunningError:
        flash(_("这一季正在排班，没有再开一次。等它算完，或先停下它。"))
    return redirect(url_for("operations.show_season", _anchor="matcher"))


@bp.post("/runs/<uuid:run_id>/stop")
@requires(Permission.MATCH_RUN)
def stop_run(run_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            matching.stop_run(db.session, run_id, actor_user_id=the_actor().user_id, now=clock.utc_now())
    except StaleStateError:
        flash(_("这一次已经算完了，不用再停。"))
    return redirect(url_for("operations.show_season", _anchor="matcher"))


@bp.post("/runs/<uuid:run_id>/publish")
@requires(Permission.ROTA_PUBLISH)
def publish_run(run_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            rota.request_publish(
                db.session,
                run_id,
                actor_user_id=the_actor().user_id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            )
    except StaleStateError:
        flash(_("这一次排班已经发布，或已经有更新的一次。"))
    except MatchRunningError:
        flash(_("另一次排班正在算，等它结束再发布。"))
    return redirect(url_for("operations.show_season", _anchor="matcher"))


@bp.post("/runs/<uuid:run_id>/retry")
@requires(Permission.MATCH_RUN)
def retry_run(run_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with transaction(db.session):
            run_id = match_retries.retry_run(
                db.session,
                run_id,
                actor_user_id=the_actor().user_id,
                now=clock.utc_now(),
                wall_now=clock.wall_now(),
            ).id
    except StaleStateError:
        flash(_("这一次没有失败，不用再试。"))
    except MatchRunningError:
        flash(_("这一季正在排班，没有再开一次。等它算完，或先停下它。"))
    return redirect(url_for("operations.show_run", run_id=run_id))


@bp.get("/runs/<uuid:run_id>/card")
@requires(Permission.SEASON_READ)
def show_run_card(run_id: uuid.UUID) -> ResponseReturnValue:
    """The run's card alone, for the page that watches it; a run that has ended asks for the whole page."""
    card = make_card(matching_queries.get_run(db.session, run_id))
    page = render_template(
        "operations/_run_card.html", card=card, form=make_form(), phases=PHASES, failures=FAILURES
    )
    return Response(page, headers=[] if card.is_active else [("HX-Refresh", "true")])


@bp.get("/runs/<uuid:run_id>/news")
@requires(Permission.SEASON_READ)
def show_run_news(run_id: uuid.UUID) -> ResponseReturnValue:
    """One sentence about the run, for a page that says it aloud now and then."""
    return news_of(make_card(matching_queries.get_run(db.session, run_id)), PHASES)


@bp.get("/runs/<uuid:run_id>")
@requires(Permission.SEASON_READ)
def show_run(run_id: uuid.UUID) -> ResponseReturnValue:
    """A run's whole report; with ?project= and ?slot=, why these people sit there and others do not."""
    run = matching_queries.get_run(db.session, run_id)
    project_id, slot_id = uuid_or_none(request.args.get("project")), uuid_or_none(request.args.get("slot"))
    explanation = (
        explain_seat(db.session, run, project_id=project_id, slot_id=slot_id)
        if project_id and slot_id
        else None
    )
    shortages = matching_queries.list_shortages(db.session, run_id, limit=SHORTAGES_SHOWN)
    return render_template(
        "operations/show_run.html",
        run=run,
        card=make_card(run),
        causes=matching_queries.count_short_seats(db.session, run_id),
        shortages=shortages,
        advice=read_advice(db.session, run, shortages),
        remedy_lines=remedy_lines,
        raise_words=raise_words,
        seats=matching_queries.list_fullest_seats(db.session, run_id),
        runs=matching_queries.list_runs(db.session, run.event_id),
        explanation=explanation,
        is_asked=bool(project_id and slot_id),
        cause_words=cause_words,
        cause_sentence=cause_sentence,
        obstacles=OBSTACLES,
        rules=RULES,
        violation_figures=violation_figures,
        phases=PHASES,
        steps=STEPS,
        form=make_form(),
        failures=FAILURES,
        line_words=LINE_WORDS,
    )
