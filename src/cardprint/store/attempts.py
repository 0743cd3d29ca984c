"""Attempts as rows. Every write after the reservation names the claim's fencing number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from cardprint.errors import StateError
from cardprint.model.attempts import AttemptState, CardFate, Step
from cardprint.model.choosing import Draw
from cardprint.model.identifiers import AttemptId
from cardprint.model.printers import Observation
from cardprint.model.views import AttemptView

if TYPE_CHECKING:
    from cardprint.store.database import Reading, Transaction

__all__ = [
    "AttemptRow",
    "add",
    "chip_or_card_number",
    "conclude",
    "decision_of",
    "doubt",
    "fed_at",
    "intend",
    "job_of_open",
    "last_of_job",
    "may_have_card",
    "of_job",
    "open_attempts",
    "policy_row",
    "printer_of_open",
    "row_of",
    "step",
    "void",
]


def _observation_text(observation: Observation | None) -> str:
    told = {} if observation is None else msgspec.to_builtins(observation)
    seen = {name: value for name, value in told.items() if value is not None}
    return "" if observation is None else msgspec.json.encode(seen).decode()


def _observation(text: str) -> Observation | None:
    return msgspec.json.decode(text, type=Observation) if text else None


@attrs.frozen(kw_only=True)
class AttemptRow:
    """Hold what the engine needs of an attempt."""

    id: int
    name: AttemptId
    job: int
    printer: str
    fence: int
    state: AttemptState
    batch: int
    movement: int
    before: Observation | None
    device_job: str


_ROW = "SELECT id, job, printer, fence, state, batch, movement, evidence_before, device_job, station FROM attempt"


def _name(station: str, row: int) -> AttemptId:
    return AttemptId(f"{station}-{row:08d}")


def _row(row: tuple[Any, ...]) -> AttemptRow:
    return AttemptRow(
        id=row[0],
        name=_name(row[9], row[0]),
        job=row[1],
        printer=row[2],
        fence=row[3],
        state=AttemptState(row[4]),
        batch=row[5],
        movement=row[6],
        before=_observation(row[7]),
        device_job=row[8],
    )


def may_have_card(reading: Reading, request: int) -> bool:
    """Say whether a good card of a request exists, or one of which nobody knows where it is."""
    return (
        reading.value(
            "SELECT 1 FROM job AS j JOIN attempt AS a ON a.job = j.id"
            " WHERE j.request = ? AND a.fate IN ('PRINTED', 'UNKNOWN') AND a.corrected = '' LIMIT 1",
            (request,),
        )
        is not None
    )


def row_of(reading: Reading, attempt: int) -> AttemptRow:
    """Give an attempt, or raise StateError where there is none."""
    row = reading.one(f"{_ROW} WHERE id = ?", (attempt,))
    if row is None:
        raise StateError(f"there is no attempt {attempt}; nothing was changed.")
    return _row(row)


def open_attempts(reading: Reading) -> list[AttemptRow]:
    """Give every attempt that is neither voided nor concluded."""
    # By name: asked to sort by id, SQLite would rather walk through every attempt there ever was.
    rows = reading.all(
        f"{_ROW} INDEXED BY one_open_attempt_per_printer WHERE state IN ('RESERVED', 'INTENT', 'IN_DOUBT')"
    )
    return [_row(row) for row in sorted(rows)]


def printer_of_open(reading: Reading, printer: str) -> AttemptRow | None:
    """Give the printer's open attempt, if any."""
    row = reading.one(f"{_ROW} WHERE printer = ? AND state IN ('RESERVED', 'INTENT', 'IN_DOUBT')", (printer,))
    return None if row is None else _row(row)


def job_of_open(reading: Reading, job: int) -> AttemptRow | None:
    """Give the job's open attempt, if any."""
    row = reading.one(f"{_ROW} WHERE job = ? AND state IN ('RESERVED', 'INTENT', 'IN_DOUBT')", (job,))
    return None if row is None else _row(row)


def last_of_job(reading: Reading, job: int) -> AttemptRow:
    """Give a job's latest try."""
    return row_of(reading, int(reading.value("SELECT coalesce(max(id), 0) FROM attempt WHERE job = ?", (job,))))


def policy_row(tx: Transaction, plugin: str, version: str, settings_digest: str) -> int:
    """Give the row of a policy's version, made where it is new."""
    key = (plugin, version, settings_digest)
    row = tx.value("SELECT id FROM policy_version WHERE (plugin, version, settings_digest) = (?, ?, ?)", key)
    if row is not None:
        return int(row)
    return tx.insert("INSERT INTO policy_version (plugin, version, settings_digest) VALUES (?, ?, ?)", key)


def add(tx: Transaction, job: int, printer: str, *, batch: int, movement: int, policy: int, draw: Draw) -> AttemptRow:
    """Add a reserved attempt with a fencing number of its own."""
    tx.execute("UPDATE fence SET last = last + 1")
    details = msgspec.json.encode(dict(draw.values), order="sorted").decode()
    row = tx.insert(
        "INSERT INTO attempt (job, printer, station, fence, state, batch, movement, policy, decision, decision_details,"
        " follows) VALUES (?, ?, (SELECT value FROM meta WHERE name = 'station'), (SELECT last FROM fence), 'RESERVED',"
        " ?, ?, ?, ?, ?, (SELECT max(id) FROM attempt WHERE job = ? AND fate IN ('SPOILED', 'UNKNOWN')))",
        (job, printer, batch, movement, policy, draw.reason, details, job),
    )
    return row_of(tx, row)


def _write(tx: Transaction, attempt: AttemptRow, states: str, changes: str, values: Sequence[object]) -> None:
    written = tx.execute(
        f"UPDATE attempt SET {changes} WHERE id = ? AND fence = ? AND state IN ({states})",
        (*values, attempt.id, attempt.fence),
    )
    if written != 1:
        raise StateError(f"attempt {attempt.name} is no longer this worker's to change; nothing was changed.")


def void(tx: Transaction, attempt: AttemptRow, reasons: tuple[str, ...]) -> None:
    """End a reservation; nothing has moved."""
    _write(tx, attempt, "'RESERVED'", "state = 'VOIDED', reasons = ?", (" ".join(reasons),))


def intend(tx: Transaction, attempt: AttemptRow, before: Observation, faces: Sequence[str], code: str) -> None:
    """Write the intent: the point of no return, with the evidence and the hashes of what will be printed."""
    _write(
        tx,
        attempt,
        "'RESERVED'",
        "state = 'INTENT', evidence_before = ?, faces = ?, code = ?, intent_at = ?",
        (_observation_text(before), " ".join(faces), code, tx.now),
    )


def step(tx: Transaction, attempt: AttemptRow, step: Step) -> None:
    """Note what the driver reported."""
    _write(
        tx,
        attempt,
        "'INTENT', 'IN_DOUBT'",
        "steps = trim(steps || ' ' || ?), device_job = coalesce(nullif(?, ''), device_job),"
        " chip_number = coalesce(nullif(?, ''), chip_number), card_number = coalesce(nullif(?, ''), card_number)",
        (step.kind.value, step.device_job, step.chip_number, step.card_number),
    )


def doubt(tx: Transaction, attempt: AttemptRow, reasons: tuple[str, ...], detail: str) -> None:
    """Put an attempt in doubt."""
    _write(
        tx,
        attempt,
        "'INTENT', 'IN_DOUBT'",
        "state = 'IN_DOUBT', fate = 'UNKNOWN', reasons = ?, detail = ?",
        (" ".join(reasons), detail),
    )


def conclude(
    tx: Transaction,
    attempt: AttemptRow,
    fate: CardFate,
    *,
    rule: str,
    reasons: tuple[str, ...],
    detail: str,
    after: Observation | None,
    card_number: str,
) -> None:
    """Write what became of the blank, and by which rule that is known."""
    _write(
        tx,
        attempt,
        "'INTENT', 'IN_DOUBT'",
        "state = 'CONCLUDED', fate = ?, rule = ?, reasons = ?, detail = ?, evidence_after = ?,"
        " card_number = coalesce(nullif(?, ''), card_number)",
        (fate.value, rule, " ".join(reasons), detail, _observation_text(after), card_number),
    )


def chip_or_card_number(reading: Reading, attempt: AttemptRow) -> str:
    """Give the number that a finished card is known by, empty where it has none."""
    row = reading.one("SELECT card_number, chip_number FROM attempt WHERE id = ?", (attempt.id,))
    return "" if row is None else str(row[0] or row[1])


def decision_of(reading: Reading, job: int) -> tuple[str, dict[str, object]] | None:
    """Give the draw that chose a job last: keyword and values."""
    row = reading.one(
        "SELECT decision, decision_details FROM attempt WHERE job = ? AND state <> 'VOIDED' ORDER BY id DESC LIMIT 1",
        (job,),
    )
    return None if row is None else (row[0], msgspec.json.decode(row[1], type=dict[str, object]))


def of_job(reading: Reading, job: int) -> tuple[AttemptView, ...]:
    """Show the attempts of a job, oldest first."""
    return tuple(
        AttemptView(
            attempt_id=_name(row[8], row[0]),
            printer=row[1],
            state=row[2],
            fate=row[3],
            reasons=tuple(row[4].split()),
            batch=row[5],
            card_number=row[6],
            chip_number=row[13],
            decision=row[7],
            follows=_name(row[8], row[9]) if row[9] is not None else "",
            corrected=row[10],
            verified=bool(row[11]),
            handed_over=bool(row[12]),
        )
        for row in reading.all(
            "SELECT a.id, a.printer, a.state, a.fate, a.reasons, b.name, a.card_number, a.decision,"
            " a.station, a.follows, a.corrected, a.verified_by, a.handed_over_by, a.chip_number"
            " FROM attempt AS a JOIN batch AS b ON b.id = a.batch WHERE a.job = ? ORDER BY a.id",
            (job,),
        )
    )


def fed_at(reading: Reading, printer: str, limit: int) -> list[float]:
    """Give the wall times of the last intents on a printer, ``limit`` of them at the most."""
    rows = reading.all(
        "SELECT intent_at FROM attempt WHERE printer = ? AND intent_at IS NOT NULL ORDER BY id DESC LIMIT ?",
        (printer, limit),
    )
    return [float(at) for (at,) in rows]
