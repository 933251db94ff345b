"""Questions from and for other systems: GIFT and Moodle XML.

    file -> source -> gift_reader | moodle_reader -> questions -> importing -> items -> bank_files
    items -> exporting -> questions -> gift_writer | moodle_writer -> file

What is kept: the question, its options, the key, the feedback (general first, then what the file says to
single answers), the points, the id, and the category where it names one of our topics. What our bank cannot
hold is never dropped silently: it is a problem (the question cannot become an item) or a note (it can, and
something is to be looked at). Problems are essays, descriptions and types we have not; media; partial credit;
capitals that count; * in a short answer; several right numbers; and whatever an item's own check refuses,
such as two options.

Our own exports carry both languages as Moodle's filter wants them, and rationale, difficulty, version, unit
and practice in comments that other systems pass over. Only the newest versions are exported, typing and chats
not at all.
"""
