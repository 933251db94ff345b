"""Item response theory: item parameters from answers, abilities from parameters, adaptive exams.

Pure: no web, no database, no clock. Logistic metric without the factor 1.7, abilities standard normal.

    from exams.irt.calibrate import CalibrationError, calibrate
    found = calibrate(answers, item_ids=ids)             # answers: (people, items), 1, 0 or nan for not had
    found.items[0].a, .b, .c, .se_a ...                  # None: the answers do not tell
    found.warnings                                       # sentences for whoever uses the figures
    items = found.estimated()                            # Items: arrays for everything below

    from exams.irt.scoring import score_people
    score_people(items, answers).theta                   # and .se; items in the order of the columns

    from exams.review import review
    review(points, item_ids=ids, groups=needs).flags     # sentences: items that misfit or are unfair

The road of an adaptive attempt:

    from exams.irt.adaptive import Attempt, Pool, Settings, count_exposure
    from exams.irt.adaptive import find_standing, record_answer, start_attempt
    from exams.irt.simulate import warm_up
    pool = Pool(items=items, topics=topics)              # one topic an item
    settings = Settings(most=25, shares={"manners": 3, "after_sales": 4})
    exposure = warm_up(pool, settings, seed=1)           # once a calibration; its three fields are stored
    attempt = start_attempt(pool, settings, seed=seed, exposure=exposure)
    stored = attempt.to_json()                           # keeps the parameters of this moment

    attempt = Attempt.from_json(stored)
    standing = find_standing(attempt)                    # .next_item or .stop, .theta, .se
    attempt = record_answer(attempt, standing.next_item, right=True)
    exposure = count_exposure([attempt], before=exposure)    # when it is over
    pool.items.expected_percent(standing.theta)          # of the whole pool: beside a pass mark
"""
