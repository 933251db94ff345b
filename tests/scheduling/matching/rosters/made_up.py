"""Small instances of the benchmark's format, made by chance or by hand."""

from __future__ import annotations

import random

BY_HAND = """# two weeks, an early and a late shift
SECTION_HORIZON
14

SECTION_SHIFTS
E,480,
L,480,E

SECTION_STAFF
Ann,E=14|L=14,3840,2880,5,2,2,1
Bo,E=14|L=2,3840,2880,5,2,2,1
Cy,E=0|L=14,1920,960,5,1,1,1

SECTION_DAYS_OFF
Ann,0
Bo,5,6

SECTION_SHIFT_ON_REQUESTS
Ann,2,E,2
Cy,9,L,3

SECTION_SHIFT_OFF_REQUESTS
Bo,12,E,4

SECTION_COVER
0,E,1,100,1
0,L,1,100,1
1,E,1,100,1
2,E,2,100,1
2,L,1,100,1
9,L,1,100,1
10,L,2,100,1
11,E,1,100,1
"""


def make_text(seed: int, *, days: int = 7, employees: int = 3, shifts: int = 2) -> str:
    """Return an instance; it may well have no roster."""
    chance = random.Random(seed)
    names = [f"S{k}" for k in range(shifts)]
    lines = ["SECTION_HORIZON", str(days), "SECTION_SHIFTS"]
    for place, name in enumerate(names):
        barred = [other for other in names[:place] if chance.random() < 0.7]
        lines.append(f"{name},{chance.choice([240, 360, 480])},{'|'.join(barred)}")
    lines.append("SECTION_STAFF")
    for k in range(employees):
        most = "|".join(f"{name}={chance.choice([0, 1, 2, days, days])}" for name in names)
        least = chance.choice([0, 240, 720])
        numbers = (chance.choice([960, 1440, 2400]), least, chance.randint(2, 5), chance.randint(1, 3))
        lines.append(
            f"N{k},{most},{','.join(map(str, numbers))},{chance.randint(1, 3)},{chance.randint(0, 2)}"
        )
    lines.append("SECTION_DAYS_OFF")
    lines += [f"N{k},{chance.randrange(days)}" for k in range(employees)]
    for section in ("ON", "OFF"):
        lines.append(f"SECTION_SHIFT_{section}_REQUESTS")
        for _ in range(employees):
            who, day = chance.randrange(employees), chance.randrange(days)
            lines.append(f"N{who},{day},{chance.choice(names)},{chance.randint(1, 9)}")
    lines.append("SECTION_COVER")
    for day in range(days):
        for name in names:
            if chance.random() < 0.8:
                weights = f"{chance.choice([5, 100])},{chance.choice([0, 1, 3])}"
                lines.append(f"{day},{name},{chance.randint(0, 2)},{weights}")
    return "\n".join(lines) + "\n"
