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
    options = [                            # single and multiple
      { id = "a", zh = "...", en = "..." },
    ]
    shuffle = false                        # optional: the options keep their order
    key = "a"                              # single "a"; multiple ["a", "c"]; true_false true;
                                           # short_answer ["accepted", "also accepted"]; numeric "129.50"
    unit = { zh = "元", en = "yuan" }      # numeric
    tolerance = "0.01"                     # numeric, optional
    rationale = { zh = "...", en = "..." } # for reviewers
    feedback = { zh = "...", en = "..." }  # for the candidate, after the end
    points = 1                             # optional
    practice = true                        # optional: only for practice, never scored
    retired = true                         # optional: an old version, kept to mark old attempts
"""

from exams.bank.loader import Bank, BankError, Fault, UnknownItemError, load_bank, shipped_bank

__all__ = ["Bank", "BankError", "Fault", "UnknownItemError", "load_bank", "shipped_bank"]
