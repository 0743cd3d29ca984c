"""What a station remembers of its printers, and what other processes ask of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "PrinterRow",
    "add_duty",
    "business_date",
    "change",
    "close_all",
    "counted",
    "fed_before",
    "fed_on",
    "instruct",
    "instructions",
    "instructions_done",
    "know",
    "reset_business_date",
    "row_of",
    "set_business_date",
]


@attrs.frozen(kw_only=True)
class PrinterRow:
    """Hold what is remembered of a printer."""

    name: str
    reasons: tuple[str, ...] = ()
    quarantine: str = ""
    paused_by: str = ""
    reconcile: bool = False
    failures: int = 0
    serial: str = ""
    pick_baseline: int | None = None
    used: int = 0
    printed: int = 0
    spoiled: int = 0


def counted(row: PrinterRow) -> PrinterRow:
    """Give a printer after somebody counted its hopper: open, and to be measured from a new baseline."""
    return attrs.evolve(row, reasons=(), reconcile=False, serial="", pick_baseline=None, used=0)


def close_all(tx: Transaction, names: Iterable[str]) -> None:
    """Close every printer until it is counted, and begin a new series of attempts' names: a store was restored."""
    tx.execute("UPDATE meta SET value = lower(hex(randomblob(4))) WHERE name = 'station'")
    for name in names:
        know(tx, name)
        change(tx, attrs.evolve(row_of(tx, name), reconcile=True))


def know(tx: Transaction, name: str) -> None:
    """Begin to remember a printer."""
    tx.execute("INSERT INTO printer (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))


def row_of(reading: Reading, name: str) -> PrinterRow:
    """Give what is remembered of a printer; a fresh one where there is nothing."""
    row = reading.one(
        "SELECT reasons, quarantine, paused_by, reconcile, failures, serial, pick_baseline, used, printed, spoiled"
        " FROM printer WHERE name = ?",
        (name,),
    )
    if row is None:
        return PrinterRow(name=name)
    return PrinterRow(
        name=name,
        reasons=tuple(row[0].split()),
        quarantine=row[1],
        paused_by=row[2],
        reconcile=bool(row[3]),
        failures=row[4],
        serial=row[5],
        pick_baseline=row[6],
        used=row[7],
        printed=row[8],
        spoiled=row[9],
    )


def change(tx: Transaction, row: PrinterRow) -> None:
    """Remember a printer as it is now."""
    tx.execute(
        "UPDATE printer SET reasons = ?, quarantine = ?, paused_by = ?, reconcile = ?, failures = ?, serial = ?,"
        " pick_baseline = ?, used = ?, printed = ?, spoiled = ? WHERE name = ?",
        (
            " ".join(row.reasons),
            row.quarantine,
            row.paused_by,
            int(row.reconcile),
            row.failures,
            row.serial,
            row.pick_baseline,
            row.used,
            row.printed,
            row.spoiled,
            row.name,
        ),
    )


def add_duty(tx: Transaction, name: str, day: str) -> None:
    """Count a card fed on a business day."""
    tx.execute(
        "INSERT INTO duty VALUES (?, ?, 1) ON CONFLICT (printer, business_date) DO UPDATE SET fed = fed + 1",
        (name, day),
    )


def fed_on(reading: Reading, name: str, day: str) -> int:
    """Count the cards fed on a business day."""
    return int(reading.value("SELECT fed FROM duty WHERE (printer, business_date) = (?, ?)", (name, day)) or 0)


def fed_before(reading: Reading, name: str, day: str, *, limit: int) -> dict[str, int]:
    """Count the cards fed on the latest business days before one, without the days on which none was."""
    return dict(
        reading.all(
            "SELECT business_date, fed FROM duty WHERE printer = ? AND business_date < ?"
            " ORDER BY business_date DESC LIMIT ?",
            (name, day, limit),
        ),
    )


def business_date(reading: Reading) -> str:
    """Give the stored business date, ISO; empty before the first."""
    return str(reading.value("SELECT value FROM meta WHERE name = 'business_date'"))


def set_business_date(tx: Transaction, day: str) -> None:
    """Go on to a later business date; an earlier one is passed over (decisions 6)."""
    tx.execute("UPDATE meta SET value = ? WHERE name = 'business_date' AND value < ?", (day, day))


def reset_business_date(tx: Transaction, day: str) -> None:
    """Go back to an earlier business date, which people have asked for."""
    tx.execute("UPDATE meta SET value = ? WHERE name = 'business_date'", (day,))


def instruct(tx: Transaction, kind: str, by: str) -> None:
    """Leave an instruction for the process that owns the printers now; no later owner follows it."""
    tx.insert(
        "INSERT INTO instruction (kind, owner, by_whom) SELECT ?, value, ? FROM meta WHERE name = 'owner'",
        (kind, by),
    )


def instructions(reading: Reading, owner: int) -> list[tuple[int, str, str]]:
    """Give what is still to be done by an owner: number, kind, who asked."""
    return [
        (number, kind, by)
        for number, kind, by in reading.all(
            "SELECT id, kind, by_whom FROM instruction WHERE done = 0 AND owner = ? ORDER BY id",
            (str(owner),),
        )
    ]


def instructions_done(tx: Transaction, numbers: list[int]) -> None:
    """Mark instructions as done."""
    for number in numbers:
        tx.execute("UPDATE instruction SET done = 1 WHERE id = ?", (number,))
