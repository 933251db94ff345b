"""Signs that somebody else's knowledge stands in an attempt, for a person to look at.

Pure: no web, no database, no clock. Nothing here decides about anybody: it says what is unlikely, how
unlikely, and what was seen, in figures that a reviewer can tell the person.

    from exams.integrity.records import AnswerRecord, spent_seconds
    from exams.integrity.speed import find_fast_answers        # right answers given too fast for the person
    from exams.integrity.similarity import find_similar_pairs  # two people agree more than chance allows
    from exams.integrity.confirmation import compare_results   # a second, shorter sitting beside the first

Slowness is never a sign of anything. Speed is measured against the person's own, and where somebody is slower
than the others, against the others', so that more time, breaks or a screen reader cannot raise a flag.
"""
