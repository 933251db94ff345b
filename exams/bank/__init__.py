"""The questions we ship, TOML files of one topic each, and their loader.

A file looks like this; everything not marked optional must be there:

    topic = "after_sales"                  # one of exams.items.Topic; several files may share it

    [[item]]
    id = "as-window-starts"                # stays for good
    version = 1                            # raised when the words or the key change
    kind = "single"                        # one of exams.items.Kind
    difficulty = "easy"                    # easy, medium, hard: the author's guess
    stem.zh = "..."
    stem.en = "..."
    options = [                            # single, multiple; ordering: the lines; matching: what is given
      { id = "a", zh = "...", en = "..." },
    ]
    prompts = [                            # matching: what the options are given to
      { id = "p", zh = "...", en = "..." },
    ]
    shuffle = false                        # optional: the options keep their order
    key = "a"                              # single "a"; multiple ["a", "c"]; true_false true;
                                           # short_answer ["accepted", "also accepted"]; numeric "129.50";
                                           # ordering ["c", "a", "b", "d"], first to last;
                                           # matching { p = "b", q = "a" }, one option for each prompt
    unit = { zh = "元", en = "yuan" }      # numeric
    tolerance = "0.01"                     # numeric, optional
    passage = { zh = "...", en = "..." }   # typing: the text to copy, one line in each language
    full_speed = { zh = 40, en = 150 }     # typing: characters a minute for full marks
    full_accuracy = 97                     # typing, optional: percent of characters right for full marks
    least_accuracy = 80                    # typing, optional: at and below this nothing is earned
    rationale = { zh = "...", en = "..." } # for reviewers
    feedback = { zh = "...", en = "..." }  # for the candidate, after the end
    points = 1                             # optional
    practice = true                        # optional: only for practice, never scored
    retired = true                         # optional: an old version, kept to mark old attempts

A topic may have several files. Ids and the bank's order are in every page's source, so the loader refuses an
ordering item whose key is in the order of its lines or ids, and a matching item whose options follow its
prompts. An ordering item has 4 to 8 lines; a matching item 3 to 8 prompts and 3 to 10 options, of which some
may be right for several prompts or for none, none longer than 24 Chinese or 60 English characters.
"""

from exams.bank.loader import Bank, BankError, Fault, UnknownItemError, load_bank, shipped_bank
from exams.bank.tables import read_body, write_body

__all__ = [
    "Bank",
    "BankError",
    "Fault",
    "UnknownItemError",
    "load_bank",
    "read_body",
    "shipped_bank",
    "write_body",
]
