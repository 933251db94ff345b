"""Item response theory: item parameters from answers, abilities from parameters, adaptive exams.

Pure: no web, no database, no clock. Logistic metric without the factor 1.7, abilities standard normal.

    from exams.irt.calibrate import CalibrationError, calibrate
    found = calibrate(answers, item_ids=ids)             # answers: (people, items), 1, 0 or nan for not had
    found.items[0].a, .b, .c, .se_a ...                  # None: the answers do not tell
    found.warnings                                       # sentences for whoever uses the figures
    items = found.estimated()                            # Items: arrays for everything below
"""
