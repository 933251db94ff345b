"""Questions from and for other systems: GIFT, Moodle XML and QTI 2.

    file -> source -> gift_reader | moodle_reader | qti_package -> questions
        -> importing -> items -> bank_files
    items -> exporting -> questions -> gift_writer | moodle_writer | qti_writer -> file

    qti_package (zip, manifest, tests) -> qti_reader (an item) -> qti_answers (its interaction)
        -> qti_scoring (what an answer is worth, by running the item's own rules) -> qti_declarations

What is kept: the question, its options, the key, the feedback (general first, then what the file says to
single answers), the points, the id, and the category where it names one of our topics. What our bank cannot
hold is never dropped silently: it is a problem (the question cannot become an item) or a note (it can, and
something is to be looked at). Problems are essays, descriptions and types we have not; media; partial credit;
* in a short answer; several right numbers; whatever an item's own check refuses; and a question that cannot
be read at all. `docs/exam-formats.md` has the whole list.

Our own exports carry both languages, as Moodle's filter wants them or with xml:lang, and rationale,
difficulty, version, unit and practice in comments that other systems pass over. Only the newest versions are
exported, typing and chats not at all.
"""
