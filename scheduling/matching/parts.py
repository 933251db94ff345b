"""Chains on several threads: the agents are dealt into parts at random, each with the seats its agents hold
and a share of the free ones, and every part is improved by itself. After a while they are dealt anew.

The number of parts hangs on the size of the season alone when work is counted, so that the plan does not
depend on the number of threads. No part touches what another reads, so there is nothing to lock.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from scheduling.matching import choice, exchange, ledger
from scheduling.matching.crew import Budget, Crew
from scheduling.matching.plans import Frame, Scratch
from scheduling.matching.problem import Ints

AGENTS_FOR_PARTS = ((40_000, 4), (3_000, 2))
"""So many parts from so many agents on; in smaller seasons each part would hold too little of a row."""
AGENTS_FOR_EXCHANGE = ((200, 2),)
"""The same where people move within spans."""

SETTLE_TOGETHER, REPLAN_TOGETHER = 100, 10
"""So many agents plan anew between two looks at the clock."""
CHEAPER, DEARER = 0.8, 1.1
"""What becomes of the part of its price that a row asks when it has a seat to spare and when it has none."""


def parts_for(agents: int, *, exchanges: bool) -> int:
    """Return into how many parts a season of this size may be dealt."""
    sizes = AGENTS_FOR_EXCHANGE if exchanges else AGENTS_FOR_PARTS
    return next((parts for least, parts in sizes if agents >= least), 1)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Some agents, their seats, and the frame with the seats that are theirs to use."""

    agents: Ints
    frame: Frame
    rota: ledger.Rota


class Deal:
    """The plans of everybody, dealt into parts."""

    def __init__(
        self, crew: Crew, plans: ledger.Plans, scaled_prices: Ints, *, parts: int, seed: int
    ) -> None:
        self.crew = crew
        self.plans = plans
        self.prices = scaled_prices
        self.asked = scaled_prices
        self.parts = parts
        self.chains = 0
        self._shares = np.ones(len(scaled_prices))
        self._random = np.random.default_rng(seed)
        self._dealt: list[Part] = []
        self._kept = plans
        self.exchanges = crew.layout.most_exchanged > 0
        """Whether people are moved within spans instead of being put out by chains."""

    @property
    def blurred(self) -> bool:
        """Whether chains ask other prices than those of the bound."""
        return self.asked is not self.prices

    def points(self) -> tuple[int, int]:
        """Return the points of the plans and how many seats they fill."""
        plans = self.plans
        points, seats = ledger.plan_points(self.crew.high, plans.plan_row, plans.plan_gain, plans.plan_count)
        return int(points), int(seats)

    def blur(self, amount: float) -> None:
        """Let the chains ask prices that are off by up to `amount` (1/64 points), each by another part of it;
        0 is the prices themselves.

        Agents who are worth the same in a seat, or whose best plan brings nothing beyond the prices, have no
        reason to begin a chain that would bring points to others; wrong prices give them one. A chain that
        loses points is undone as always.
        """
        if not amount:
            self._ask(self.prices)
            return
        off = self._random.uniform(-amount, amount, len(self.prices))
        self._ask(np.maximum(0, self.prices + np.rint(off).astype(np.int64)))

    def _ask(self, asked: Ints) -> None:
        self.asked = asked
        if self.parts == 1:
            for part in self._dealt:
                ledger.ask(part.frame, part.rota, self.asked)

    def run(self, chains: int) -> int:
        """Run so many chains, shared out among the parts, and return the points won."""
        if not self._dealt or self.parts > 1:
            self._dealt = self._deal()
        each = -(-chains // self.parts)
        first = self.chains

        def work(number: int, scratch: Scratch) -> int:
            part = self._dealt[number]
            if not len(part.agents):
                return 0
            return int(choice.run_chains(part.frame, scratch, part.rota, part.agents, each, first))

        won = sum(self.crew.for_parts(self.parts, work))
        self.chains += each * self.parts
        return won

    def ask_in_full(self) -> None:
        """Let every free seat have its full price again."""
        self._shares[:] = 1.0

    def replan(self, share: float, budget: Budget, *, pace: float) -> None:
        """Let everybody plan anew from all seats that can be freed for them by moves within spans
        (`exchange`), each free seat at this share of its price.

        It asks still less the longer its row has seats to spare, so that those are found which nobody wanted
        while the others keep their price.
        """
        if not self._dealt or self.parts > 1:
            self._dealt = self._deal()
        taken = np.sum([part.rota.taken for part in self._dealt], axis=0)
        change = np.where(taken < self.crew.layout.capacity, CHEAPER, DEARER) ** pace
        self._shares = np.minimum(1.0, self._shares * change)
        fees = np.rint(self.prices * self._shares * share).astype(np.int64)
        orders = [self._random.permutation(part.agents) for part in self._dealt]

        def work(number: int, scratch: Scratch) -> None:
            part, order = self._dealt[number], orders[number]
            exchange.ask_fees(part.frame, part.rota, fees)
            for first in range(0, len(order), REPLAN_TOGETHER):
                if budget.overrun:
                    break
                some = order[first : first + REPLAN_TOGETHER]
                exchange.replan(part.frame, scratch, part.rota, some, share == 0)
            exchange.tidy_spans(part.frame, part.rota)

        self.crew.for_parts(self.parts, work)
        self.chains += sum(len(order) for order in orders)

    def keep(self) -> None:
        """Remember the plans as they are."""
        self._kept = ledger.Plans(*(plan.copy() for plan in self.plans))

    def restore(self) -> None:
        """Go back to the plans remembered."""
        for plan, kept in zip(self.plans, self._kept, strict=True):
            plan[:] = kept
        self._dealt = []

    def settle(self, budget: Budget) -> int:
        """Let everybody plan anew beside the others, each from all free seats; return the points won.

        Chains ask prices, so between plans of equal worth they may leave a seat free that somebody could just
        take.
        """
        if self.parts > 1 or not self._dealt:
            self.parts = 1
            self._dealt = self._deal()
        part = self._dealt[0]
        won = 0
        for first in range(0, len(part.agents), SETTLE_TOGETHER):
            if budget.overrun:
                break
            agents = part.agents[first : first + SETTLE_TOGETHER]
            scratch = self.crew.scratches[0]
            if self.exchanges:
                won += int(exchange.replan(part.frame, scratch, part.rota, agents, True))
                won += int(exchange.tidy_spans(part.frame, part.rota))
            else:
                won += int(choice.settle(part.frame, scratch, part.rota, agents))
        return won

    def _deal(self) -> list[Part]:
        layout, high, plans = self.crew.layout, self.crew.high, self.plans
        order = self._random.permutation(layout.agents)
        hands = [np.sort(order[part :: self.parts]) for part in range(self.parts)]
        taken = np.zeros((self.parts, len(layout.capacity)), dtype=np.int64)
        for part, agents in enumerate(hands):
            ledger.count_seats(high, plans.plan_row, plans.plan_count, agents, taken[part])
        free = layout.capacity - taken.sum(axis=0)
        # A row's first free seat goes to a part drawn by lot, the next to the part after it.
        turn = self._random.integers(0, self.parts, len(free))
        dealt = []
        for part, agents in enumerate(hands):
            capacity = taken[part] + (free + self.parts - 1 - (part - turn) % self.parts) // self.parts
            rota = ledger.make_rota(
                layout, plans, self.prices, self.asked, capacity, seed=int(self._random.integers(1 << 62))
            )
            frame = high._replace(capacity=capacity)
            ledger.seat_plans(frame, rota, agents)
            if self.exchanges:
                exchange.tidy_spans(frame, rota)
            dealt.append(Part(agents=agents, frame=frame, rota=rota))
        return dealt
