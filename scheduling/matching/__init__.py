"""The matcher: gives every seat a certified, available, rested person, and proves how good the plan is.

    from scheduling.matching.problem import Problem, ProblemError
    from scheduling.matching.solver import solve
    from scheduling.matching.report import build_report
    from scheduling.matching.explain import explain

    problem = Problem.from_arrays(...)                       # times: integer minutes since problem.origin
    solution = solve(problem, seconds=20, seed=0, progress=show, should_stop=cancelled) solution.agent,
    solution.demand                          # index arrays, one entry a filled seat solution.pairs(problem)
    # the same as (agent_id, demand_id) solution.value <= solution.bound                         # integers;
    no plan at all is worth more than bound report = build_report(problem, solution)                 # value,
    bound, gap, seats, filled, shortages by cause explain(problem, solution, agent=..., demand=...)        #
    why this person, or why not

Where things are:

    problem   the problem as frozen arrays; every fault of the input is a sentence
    files     the same from and to a folder of CSV files
    layout    what the solver works on: spans of time, rows by project, each agent's open spans
    days      runs of days, days off and weekends; ruled, the best plan that keeps their limits
    plans     the exact best plan of one agent at given prices (dynamic programming, integers)
    prices    one price a demand row, lowered and raised until few seats are wanted twice; the upper bound
    choice    a plan for everybody, guided by the prices, then improved by ejection chains
    exchange  where shifts are short: people change places within a span to make room for one more
    ledger    who has which seats meanwhile; parts, the same for several threads
    solver    the three in turn, within seconds or within counted work
    bids      what a shift is worth to one agent at the prices; explain says by how much it was missed
    remedies  who would fill an empty seat once trained, asked or paid more
    report, explain, checker, cover, generate, bench

The value of a filled seat is `value` of the demand row + `score` of the certificate + `preference` of the
availability window it lies in (the best one, when several hold it). The hard rules are the functions of
`checker`. A week runs from Monday to Sunday, and a shift belongs to the day and week in which it starts.
"""
