"""The chat simulation: three scripted consumers at once, who react to what is written.

    from exams.chat.loader import get_script, shipped_scripts
    from exams.chat.play import Line, LineKind, Terms, advance, check_line, clean, replay, time_limit
    from exams.chat.score import score_play

    script = get_script("presales-sale-night")             # UnknownScriptError
    terms = Terms.for_person(time_multiplier=1.5, max_concurrent=2)
    text = clean(typed)                                     # LineError, with a sentence for the candidate
    line = Line(at=12.5, consumer="lin", kind=LineKind.TYPED, text=text)     # seconds after the start
    check_line(script, log, line, terms, language="zh")     # LineError: not here yet, gone, closed, too many
    play = replay(script, log, now=20.0, terms=terms, language="zh")        # every conversation, now
    report = score_play(script, log, ended_at=300.0, terms=terms, language="zh")
    report.share, report.to_json()                          # what a chat is worth, and why

All of it is a pure function of the script and the candidate's lines: whoever stores the lines stores
everything, and a server that dies in between loses nothing. `exams.chat.score` gives each formula,
`exams.chat.meaning` what counts as said, `exams.chat.play` when a consumer speaks.

A script is one file of `scripts/`; `zuoxi exams check-chats` says what is wrong with it, and
`zuoxi exams chat SCRIPT` plays it in the terminal. Every text has zh and en.

    id = "presales-sale-night"; version = 1; topic = "pre_sales"; minutes = 8      # at pace 1
    practice = true                       # optional: never scored; with hints = [...]
    title, situation                      # what the candidate reads first
    quick = [...]                         # phrases sent by one press; they are no first manual response
    weights = { first_response = 15, ... }                 # optional, all six parts
    [[card]] title, lines                 # the shop's knowledge
    [intents.NAME] zh, en = ["phrase", "a (b|c|) * d"]     # what may be meant; maybe_zh, maybe_en: weaker
    [[consumer]] id, name, opens, patience (seconds), facts, opening, nudges, leaving, farewell (model's)
    [[consumer.turn]] id, rules = [{ when = ["intent", "one+other"], say, go }], otherwise, then, then_say,
                      model               # go, then: a turn, "content" or "unhappy"; model: a good answer
    [[consumer.must]] id, kind = "say" | "ask", when, text, points
    [[consumer.forbidden]] id, when, text, grave, say, go, example, counter

The intents of `common.toml` (greeting, hold, apology, ...) are there for every script.
"""
