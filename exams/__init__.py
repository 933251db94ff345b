"""What an exam is and what an attempt is worth.

Pure: no web, no database, no clock; the caller gives time and seed.

The road of an attempt, for whoever builds pages on it:

    from exams.bank import shipped_bank                  # Bank; read once, kept
    from exams.blueprints import BASE_EXAM, BLUEPRINTS, PRACTICE_EXAM, PROJECT_EXAMS, ServiceLine
    from exams.forms import Form, assemble_form, count_exposure, show_question
    from exams.responses import ResponseError, parse_response
    from exams import typewriting
    from exams.marking import mark_attempt
    from exams.timing import Accommodation, allowed_seconds, announcements, closes_at, deadline, judge_save

    form = assemble_form(bank, BASE_EXAM, seed)          # seed: a random integer, stored; never shown
    attempt.form = form.to_json()                        # later: Form.from_json(attempt.form)

    ends_at = deadline(started_at=..., exam_minutes=form.minutes, accommodation=Accommodation(multiplier=1.5))
    for notice in announcements(allowed_seconds(form.minutes, accommodation)): ...   # 10, 5 and 1 minute left

    question = form.questions[0]                         # in the form's order
    shown = show_question(bank, question)                # CandidateItem: kind, stem, options, unit; no key
    shown.stem.in_language("zh")                         # every Text has .zh and .en

    question = form.question(item_id)                    # UnknownQuestionError: not on this form
    if judge_save(deadline_at=ends_at, received_at=now, made_at=signed_time) is SaveVerdict.TOO_LATE: ...
    try:
        response = parse_response(shown.kind, request_values, option_ids=question.option_ids,
                                  prompt_ids=[prompt.id for prompt in shown.prompts])
    except ResponseError as error:
        error.sentence                                   # Text for the candidate
    responses[item_id] = response                        # fits JSON; None: left open

    typed = typewriting.begin(language="zh", at=...)     # a text to type: its start is remembered, then
    responses[item_id] = typewriting.go_on(typed, text=response, at=...)   # each text; at: ms since the start

    result = mark_attempt(form, bank, responses, accommodation=accommodation)
    attempt.result = result.to_json()                    # score, max_score, percent, passed, by_topic,
                                                         # standard_error, likely_percent, marks[id].feedback

    closes_at(deadline_at=ends_at, last_saved_at=...)    # when the server submits for a person who has gone

PROJECT_EXAMS is keyed by the service line ("presales-chat", "aftersales-chat", "hotline"), BLUEPRINTS by
the exam ("practice", "base", "project-presales-chat", ...). Print `result.whole_percent`: it is rounded
down, so that nobody who failed reads the pass mark. A practice form has `pass_percent` None and its result
`passed` None.

After it: `exams.retakes` (RETAKES[exam_id], next_attempt_at), `exams.certificates` (make_certificate_number,
parse_certificate_number, payload_digest). Names for people: `exams.items.TOPIC_NAMES`, `KIND_NAMES`, and
`Blueprint.title`. For editors and analysts: `exams.analysis` and the command group in `exams.commands`.
"""
