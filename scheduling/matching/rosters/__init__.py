"""Rosters of the public employee-scheduling benchmark, by the market that staffs seats: plans, prices, proof.

    instance = read_instance(path)                                    # or ProblemError with every fault
    solution = solve_roster(instance, seconds=60, threads=2)          # .roster, .cost, .bound, .gap

As in the marketplace each employee has an exact best plan at given prices, each shift of a day has a price,
the prices prove how good any roster can be, and a roster is improved by planning employees anew against them.
What differs is what a plan must keep to (least runs of work and of free days, weekends, kinds of shift, least
minutes) and that cover may be missed or exceeded at a cost; so the prices come from a linear program.

    reading    a benchmark file; every fault is a line, a value and its mend
    instance   the roster to make, and what one costs
    frame      the same in integers for the compiled code
    tables     the exact best plan of one employee for a stretch of days (dynamic programming)
    plans      the same with limits on kinds of shift; the plans of many employees
    planner    threads, working memory, what was learned
    market     plans on offer, their linear program, prices and the bound
    search     column generation, dives, integer programs over a market
    base       the first roster
    respond    chains of answers: one employee after the other, at what shifts are worth just now
    alone      any plan of one employee, where the tables fail
    repair     parts of a roster made anew, aimed at missed shifts
    solver     all of them in turn, within seconds
    evaluate   the rules and the cost again, sharing no code with the rest
    commands   `zuoxi scheduling curtois`
"""
