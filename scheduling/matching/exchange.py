"""Room made within a span: somebody takes a full row because those who work at that time move to other rows.

Where shifts are short a stretch has dozens of them and nobody can be put out of its middle, but who works for
which project within ten minutes is free to change. For the people who work in a span that is an assignment
problem, kept solved: `way_worth` of a row is what it brings beyond its own value to let one more in there, by
the best chain of moves to a free seat, less the fee for that seat. With it a plan found for one agent is best
for all who work then together, as long as the others keep their times.

Ahuja, Magnanti, Orlin, "Network Flows" (1993), chapter 12 (successive shortest paths). All functions here are
compiled.
"""

from __future__ import annotations

import numpy as np

from scheduling.matching.compiled import allocating, compiled
from scheduling.matching.ledger import add, note, refresh, release, remove, undo
from scheduling.matching.plans import NEVER, SCALE, best_plan

NO_END = -(1 << 40)
"""What a full row is worth as the end of a way: no way to a free seat is worth less."""


@compiled
def replan(frame, scratch, rota, agents, is_free):  # type: ignore[no-untyped-def]
    """Let each agent plan anew from all seats that can be freed for them; return the points won.

    Where seats are free of charge a plan that loses points (not every plan is exact) is undone.
    """
    total = np.int64(0)
    for agent in agents:
        points, logged = release(frame, rota, agent, -2, 0)
        won = -points
        for k in range(frame.open_first[agent], frame.open_first[agent + 1]):
            span = np.int64(frame.open_span[k])
            if rota.stale[span]:
                points, logged = renew_span(frame, rota, span, False, logged)
                won += points
        _, rows = best_plan(frame, scratch, agent, rota.net_free)
        for k in range(rows):
            points, logged = enter(frame, rota, agent, scratch.plan_row[k], scratch.plan_gain[k], logged)
            won += points
        if is_free and won < 0:
            undo(frame, rota, logged)
            won = np.int64(0)
        total += won
    return total


@allocating
def ask_fees(frame, rota, fees):  # type: ignore[no-untyped-def]
    """Ask these fees for free seats from now on (1/64 points)."""
    rota.fee[:] = fees
    for row in range(len(fees)):
        refresh(frame, rota, row, -2)


@compiled
def tidy_spans(frame, rota):  # type: ignore[no-untyped-def]
    """Let those who work at one time change places while that brings points, in every span; return the points
    won.
    """
    won = np.int64(0)
    for span in range(len(rota.stale)):
        logged = 1
        while logged > 0 and rota.untidy[span]:
            points, logged = renew_span(frame, rota, np.int64(span), True, np.int64(0))
            won += points
    return won


@compiled
def renew_span(frame, rota, span, tidy, logged):  # type: ignore[no-untyped-def]
    """Set the net values of the span's rows, after moving people within it while that brings points.

    Unless it is to be `tidy`, nobody moves into a free seat on their own: an agent who plans anew mostly
    comes back to where they were. Returns the points won and the length of the log, half of which is kept for
    new plans.
    """
    first, stop = frame.span_first[span], frame.span_first[span + 1]
    won = np.int64(0)
    start = np.int64(0)
    while start >= 0:
        for place in range(first, stop):
            if rota.stale_row[place]:
                weigh_moves(frame, rota, span, place)
        start = find_ways(frame, rota, span, tidy)
        if start >= 0 and logged + 2 * (stop - first) + 2 > len(rota.log_row) // 2:
            end_ways(frame, rota, span)
            break
        if start < 0:
            break
        points, logged = move_along(frame, rota, start, logged)
        won += points
    for place in range(first, stop):
        row = frame.span_row[place]
        worth = rota.way_worth[place]
        rota.net_free[row] = frame.row_value[row] * SCALE + worth if worth > NO_END // 2 else NEVER
    rota.stale[span] = False
    rota.untidy[span] &= start >= 0 or not tidy
    return won, logged


@compiled
def score_in(frame, agent, project):  # type: ignore[no-untyped-def]
    """Return the agent's score in a project they are certified for."""
    cert = frame.cert_first[agent]
    while frame.cert_project[cert] != project:
        cert += 1
    return frame.cert_score[cert]


@compiled
def weigh_moves(frame, rota, span, place):  # type: ignore[no-untyped-def]
    """Find the best move from one row of the span to each other, in 1/64 points."""
    first, stop = frame.span_first[span], frame.span_first[span + 1]
    row = frame.span_row[place]
    here = frame.move_first[span] + (place - first) * (stop - first)
    rota.move_worth[here : here + stop - first] = NEVER
    for seat in range(rota.seat_first[row], rota.seat_first[row] + rota.taken[row]):
        agent = rota.seat_agent[seat]
        now = frame.row_value[row] + score_in(frame, agent, frame.row_project[row])
        for cert in range(frame.cert_first[agent], frame.cert_first[agent + 1]):
            project = frame.cert_project[cert]
            other = np.int64(frame.row_for[project, span])
            while 0 <= other < frame.project_first[project + 1] and frame.row_span[other] == span:
                if other != row and frame.capacity[other] > 0:
                    cell = here + frame.row_place[other]
                    worth = (frame.row_value[other] + frame.cert_score[cert] - now) * SCALE
                    if worth > rota.move_worth[cell]:
                        rota.move_worth[cell] = worth
                        rota.mover[cell] = agent
                other += 1
    rota.stale_row[place] = False


@compiled
def find_ways(frame, rota, span, with_paths):  # type: ignore[no-untyped-def]
    """Find the best way out of each row of the span (Bellman and Ford's, for the dearest path).

    Returns a place from which moves alone bring points: one on a round or, `with_paths`, the start of a way
    to a free seat; -1 for none. With a round the ways are not complete.
    """
    first, stop = frame.span_first[span], frame.span_first[span + 1]
    end_ways(frame, rota, span)
    changed = np.int64(0)
    rounds = 0
    while changed >= 0 and rounds <= stop - first:
        changed = lengthen_ways(frame, rota, span)
        rounds += 1
    if changed >= 0:
        for _ in range(stop - first):
            changed = rota.way_next[changed]
        return changed
    if not with_paths:
        return changed
    most = np.int64(0)
    for place in range(first, stop):
        # Whoever leaves a row gives its fee back.
        worth = rota.way_worth[place] + rota.fee[frame.span_row[place]]
        if worth > most and rota.way_next[place] >= 0:
            changed = np.int64(place)
            most = worth
    return changed


@compiled
def end_ways(frame, rota, span):  # type: ignore[no-untyped-def]
    """Begin with the free seats alone: no moves."""
    for place in range(frame.span_first[span], frame.span_first[span + 1]):
        row = frame.span_row[place]
        rota.way_next[place] = -1
        rota.way_worth[place] = -rota.fee[row] if rota.taken[row] < frame.capacity[row] else NO_END


@compiled
def lengthen_ways(frame, rota, span):  # type: ignore[no-untyped-def]
    """Go on from each row to the one from where most is brought; return a place that changed, -1 for none."""
    first = frame.span_first[span]
    rows = frame.span_first[span + 1] - first
    worth = rota.way_worth[first : first + rows]
    changed = np.int64(-1)
    for place in range(rows):
        here = frame.move_first[span] + place * rows
        moves = rota.move_worth[here : here + rows]
        best = worth[place]
        for there in range(np.uint64(rows)):
            best = max(best, moves[there] + worth[there])
        if best > worth[place]:
            there = 0
            while moves[there] + worth[there] != best:
                there += 1
            worth[place] = best
            rota.way_next[first + place] = first + there
            rota.way_agent[first + place] = rota.mover[here + there]
            changed = first + place
    return changed


@compiled
def way_from(rota, start):  # type: ignore[no-untyped-def]
    """Write the places of a way to `path`; return how many, and whether it leads back to its start."""
    count = 0
    place = np.int64(start)
    while place >= 0 and (count == 0 or place != start):
        rota.path[count] = place
        count += 1
        place = rota.way_next[place]
    return count, place >= 0


@compiled
def leave(frame, rota, agent, row, logged):  # type: ignore[no-untyped-def]
    """Take a seat away and note it; return the agent's points there and the length of the log."""
    gain = remove(frame, rota, agent, row, -2)
    return gain, note(rota, logged, False, agent, row, gain)


@compiled
def join(frame, rota, agent, row, other, gain, logged):  # type: ignore[no-untyped-def]
    """Seat an agent in another row than the one they brought `gain` in; return what they bring now and the
    length of the log.
    """
    gain += score_in(frame, agent, frame.row_project[other]) - score_in(frame, agent, frame.row_project[row])
    add(frame, rota, agent, other, gain, -2)
    return frame.row_value[other] + gain, note(rota, logged, True, agent, other, gain)


@compiled
def move_along(frame, rota, start, logged):  # type: ignore[no-untyped-def]
    """Move everybody on a way or a round one row on; return the points won and the length of the log."""
    count, is_round = way_from(rota, start)
    last, end = frame.span_row[rota.path[count - 1]], frame.span_row[rota.path[0]]
    if not is_round:
        return move_on(frame, rota, count, logged)
    mover = rota.way_agent[rota.path[count - 1]]
    gain, logged = leave(frame, rota, mover, last, logged)
    won, logged = move_on(frame, rota, count, logged)
    points, logged = join(frame, rota, mover, last, end, gain, logged)
    return won + points - frame.row_value[last] - gain, logged


@compiled
def move_on(frame, rota, count, logged):  # type: ignore[no-untyped-def]
    """Move one agent from each row of the path to the next, the last first; return the points won and the
    length of the log.
    """
    won = np.int64(0)
    for k in range(count - 2, -1, -1):
        row, other = frame.span_row[rota.path[k]], frame.span_row[rota.path[k + 1]]
        agent = rota.way_agent[rota.path[k]]
        gain, logged = leave(frame, rota, agent, row, logged)
        points, logged = join(frame, rota, agent, row, other, gain, logged)
        won += points - frame.row_value[row] - gain
    return won, logged


@compiled
def enter(frame, rota, agent, row, gain, logged):  # type: ignore[no-untyped-def]
    """Seat an agent in a row of a span that is up to date, moving whom that takes; return the points won and
    the length of the log.
    """
    count, _ = way_from(rota, frame.span_first[frame.row_span[row]] + frame.row_place[row])
    won, logged = move_on(frame, rota, count, logged)
    add(frame, rota, agent, row, gain, -2)
    return won + frame.row_value[row] + gain, note(rota, logged, True, agent, row, gain)
