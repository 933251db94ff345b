"""The best plan of an agent, read off the table that `tables` has filled.

All functions here are compiled; what the columns and the table hold is told there.
"""

from __future__ import annotations

import numpy as np

from scheduling.matching.compiled import compiled
from scheduling.matching.tables import find, going_at, later, way, way_after, work


@compiled
def follow(  # type: ignore[no-untyped-def]
    limits, table, net, length, use, week, day, touch_first, touch_last, after, chosen, rules=None
):
    """Walk the table forward, write the items of the best plan to `chosen`, and return how many they are."""
    count = 0
    i = np.int64(0)
    n = np.int64(0)
    d = np.int64(0)
    c = np.int64(0)
    while i < limits.items:
        here = table[i * limits.per_item + (d * limits.nodes + c) * limits.width + n]
        following = i + 1
        if here != find(limits, rules, table, way(limits, week, day, i, i + 1), n, d, c):
            q = np.int64(0)
            k = i
            while k >= 0:
                if week[i] != week[k]:
                    n = np.int64(0)
                d, c = later(rules, day[k] - day[i], d, c, i)
                _, d, c = work(limits, rules, length[k], d, c, k)
                n += use[k]
                q += length[k]
                chosen[count] = k
                count += 1
                i = k
                k = next_in_stretch(
                    limits,
                    rules,
                    table,
                    net,
                    length,
                    use,
                    week,
                    day,
                    touch_first,
                    touch_last,
                    after,
                    i,
                    q,
                    n,
                    d,
                    c,
                )
            following = np.int64(after[i])
        if following < limits.items:
            if week[i] != week[following]:
                n = np.int64(0)
            d, c = later(rules, day[following] - day[i], d, c, i)
        i = following
    return count


@compiled
def next_in_stretch(  # type: ignore[no-untyped-def]
    limits, rules, table, net, length, use, week, day, touch_first, touch_last, after, i, q, n, d, c
):
    """Return the item that goes on with the stretch in the best plan, or -1 when it ends here."""
    if touch_first[i] == touch_last[i] or q + limits.shortest > limits.stretch:
        return np.int64(-1)
    here = going_at(limits, i, q) + (d * limits.nodes + c) * limits.width + n
    value = table[here]
    if value == find(limits, rules, table, way(limits, week, day, i, after[i]), n, d, c):
        return np.int64(-1)
    for k in range(touch_first[i], touch_last[i]):
        if q + length[k] > limits.stretch:
            continue
        n2 = (n if week[i] == week[k] else np.int64(0)) + use[k]
        d2, c2 = later(rules, day[k] - day[i], d, c, i)
        if rules is not None and c2 < 0:
            continue
        allowed, d2, c2 = work(limits, rules, length[k], d2, c2, k)
        if not allowed or n2 > limits.week:
            continue
        onward = way_after(limits, week, day, touch_first, touch_last, after, k, q + length[k])
        if value == net[k] + find(limits, rules, table, onward, n2, d2, c2):
            return np.int64(k)
    return np.int64(-1)
