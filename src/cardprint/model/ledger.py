"""The ledger's rules: accounts, movements and what may move where."""

from __future__ import annotations

import enum

import attrs

from cardprint.errors import LedgerError
from cardprint.language import Sentence
from cardprint.model.identifiers import BatchId

__all__ = [
    "ALLOWED",
    "SOURCES",
    "Account",
    "AccountKind",
    "Batch",
    "MovementKind",
    "StockMovement",
    "check_movement",
    "hopper",
    "in_machine",
    "parse_account",
]


class AccountKind(enum.Enum):
    """Kinds of places where blanks can be."""

    SUPPLIER = "supplier"
    """Where deliveries come from; a source, its balance is negative."""
    VAULT = "vault"
    """Locked away."""
    WORKING = "working"
    """Out of the vault, in the operators' hands."""
    HOPPER = "hopper"
    """In a printer's hopper."""
    IN_MACHINE = "in-machine"
    """Between intent and outcome."""
    PRINTED = "printed"
    """Good cards."""
    SPOILED = "spoiled"
    """Used up without a good card, in a box."""
    DESTROYED = "destroyed"
    """Destroyed before two people."""
    RETURNED = "returned"
    """Sent back."""
    LENT = "lent"
    """Lent to another office."""
    MISSING = "missing"
    """Found nowhere."""
    FOUND = "found"
    """Where surplus comes from; a source, its balance is negative."""


SOURCES = frozenset({AccountKind.SUPPLIER, AccountKind.FOUND})
"""Accounts that blanks come from; every other balance is never below zero (I2)."""

_PLACED = frozenset({AccountKind.HOPPER, AccountKind.IN_MACHINE, AccountKind.LENT, AccountKind.SPOILED})


@attrs.frozen
class Account:
    """Name one place where blanks can be."""

    kind: AccountKind
    """What kind of place."""
    place: str = ""
    """Which printer, office or box, where the kind has several."""

    def __str__(self) -> str:
        """Give the name used in books and tables, for example ``hopper:P1``."""
        return f"{self.kind.value}:{self.place}" if self.place else self.kind.value


def hopper(printer: str) -> Account:
    """Name the hopper of a printer."""
    return Account(AccountKind.HOPPER, printer)


def in_machine(printer: str) -> Account:
    """Name the inside of a printer."""
    return Account(AccountKind.IN_MACHINE, printer)


def parse_account(name: str) -> Account:
    """Read an account's name, or raise LedgerError where it names none."""
    kind_name, _, place = name.partition(":")
    try:
        kind = AccountKind(kind_name)
    except ValueError:
        known = ", ".join(kind.value for kind in AccountKind)
        raise LedgerError(
            Sentence("no account is called {name!r}; nothing was booked.", name=name),
            cure=Sentence("Known: {known}.", known=known),
        ) from None
    if bool(place) != (kind in _PLACED):
        what = Sentence("needs a place after a colon") if kind in _PLACED else Sentence("has no place")
        raise LedgerError(
            Sentence(
                "the account {kind!r} {what}, {name!r} was given; nothing was booked.",
                kind=kind_name,
                what=what,
                name=name,
            )
        )
    return Account(kind, place)


class MovementKind(enum.Enum):
    """How a movement is booked (TigerBeetle's two-phase transfers)."""

    SINGLE = "single"
    """Booked at once."""
    PENDING = "pending"
    """Reserved: no longer available, not yet moved."""
    POST = "post"
    """Completes a pending movement."""
    VOID = "void"
    """Ends a pending movement without moving anything."""


_K = AccountKind
ALLOWED: frozenset[tuple[AccountKind, AccountKind]] = frozenset(
    {
        (_K.SUPPLIER, _K.VAULT),
        (_K.VAULT, _K.WORKING),
        (_K.WORKING, _K.VAULT),
        (_K.WORKING, _K.HOPPER),
        (_K.HOPPER, _K.WORKING),
        (_K.HOPPER, _K.IN_MACHINE),
        (_K.HOPPER, _K.SPOILED),
        (_K.WORKING, _K.SPOILED),
        (_K.IN_MACHINE, _K.PRINTED),
        (_K.IN_MACHINE, _K.SPOILED),
        (_K.IN_MACHINE, _K.HOPPER),
        (_K.IN_MACHINE, _K.MISSING),
        (_K.PRINTED, _K.SPOILED),
        (_K.SPOILED, _K.DESTROYED),
        (_K.VAULT, _K.RETURNED),
        (_K.VAULT, _K.LENT),
        (_K.LENT, _K.VAULT),
        (_K.MISSING, _K.VAULT),
        (_K.MISSING, _K.WORKING),
        (_K.MISSING, _K.SPOILED),
        *((place, _K.MISSING) for place in (_K.VAULT, _K.WORKING, _K.HOPPER, _K.SPOILED)),
        *((_K.FOUND, place) for place in (_K.VAULT, _K.WORKING, _K.HOPPER, _K.SPOILED)),
    },
)
"""Every way a blank can take; what is not here is refused."""


@attrs.frozen(kw_only=True)
class StockMovement:
    """Book a number of blanks of one batch from one account to another."""

    batch_id: BatchId
    """Which delivery they belong to."""
    count: int
    """Whole cards, at least 1."""
    source: Account
    """Where they leave."""
    target: Account
    """Where they arrive."""
    kind: MovementKind = MovementKind.SINGLE
    """How it is booked."""
    reason: str = ""
    """A keyword."""
    by: str = ""
    """Who."""
    witness: str = ""
    """The second person, where one is asked for."""


@attrs.frozen(kw_only=True)
class Batch:
    """State a delivery of blanks."""

    batch_id: BatchId
    """Its number."""
    name: str
    """What the office calls it."""
    kind: str
    """The kind of blank."""
    count: int
    """Cards delivered."""
    serial_first: str = ""
    """First number of its range, where its blanks are numbered."""
    serial_last: str = ""
    """Last number of its range."""


def check_movement(movement: StockMovement) -> None:
    """Refuse with LedgerError what no balance could make right."""
    if movement.count < 1:
        raise LedgerError(
            Sentence("{count} blanks cannot be moved; nothing was booked.", count=movement.count),
            cure=Sentence("Give at least 1."),
        )
    if (movement.source.kind, movement.target.kind) not in ALLOWED:
        way = {"source": movement.source, "target": movement.target}
        message = Sentence("blanks do not go from {source} to {target}; nothing was booked.", **way)
        raise LedgerError(message, cure=Sentence("See the ways they can take with: cardprint stock --help"))
