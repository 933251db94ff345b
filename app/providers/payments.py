"""How a merchant's money reaches us: one interface, a bank transfer and a sandbox behind it.

A provider never decides what a payment means for a booking: services/payments.py does. A provider that talks
to another house over the network would be called before the transaction, and its answer passed in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Protocol

from app.models.booking import PaymentProvider


@dataclasses.dataclass(frozen=True, kw_only=True)
class Beginning:
    """What became of a request for money: `is_settled` when it is here already."""

    is_settled: bool


class Provider(Protocol):
    """Asks for an amount under a reference that comes back with the money."""

    kind: PaymentProvider

    def begin(self, *, reference: str, amount_fen: int) -> Beginning:
        """Ask for `amount_fen`; `reference` is unique for ever."""


class BankTransfer:
    """The merchant writes the reference on a transfer; operations confirm when it is on the account."""

    kind = PaymentProvider.BANK_TRANSFER

    def begin(self, *, reference: str, amount_fen: int) -> Beginning:  # noqa: ARG002 - nobody is told
        return Beginning(is_settled=False)


class Sandbox:
    """Play money for demos and tests: it is here at once."""

    kind = PaymentProvider.SANDBOX

    def begin(self, *, reference: str, amount_fen: int) -> Beginning:  # noqa: ARG002 - nobody is told
        return Beginning(is_settled=True)


def available_providers(*, sandbox: bool) -> Mapping[PaymentProvider, Provider]:
    """Return the providers of this installation, the quickest first; play money only where it is allowed."""
    providers: list[Provider] = [Sandbox(), BankTransfer()] if sandbox else [BankTransfer()]
    return {provider.kind: provider for provider in providers}
