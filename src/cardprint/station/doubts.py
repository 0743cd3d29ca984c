"""Cards in doubt, as a person needs to see them to look for them."""

from __future__ import annotations

from cardprint.engine.parts import Parts
from cardprint.errors import StateError
from cardprint.language import Sentence, template
from cardprint.model.attempts import AttemptState
from cardprint.model.identifiers import JobId
from cardprint.model.views import DoubtView
from cardprint.store import Reading, answers, attempts, jobs, requests

__all__ = ["doubts", "settled"]

_NAMES = ("name", "nama", "full_name", "nama_lengkap")
_PATIENCE = 5.0
_LOOK_AGAIN = 0.05


def doubts(reading: Reading) -> tuple[DoubtView, ...]:
    """Show every attempt in doubt."""
    found = attempts.open_attempts(reading)
    return tuple(_view(reading, each) for each in found if each.state is AttemptState.IN_DOUBT)


def _view(reading: Reading, attempt: attempts.AttemptRow) -> DoubtView:
    row = reading.one(
        "SELECT a.intent_at, a.steps, a.reasons, a.card_number, a.chip_number, j.request,"
        " EXISTS (SELECT 1 FROM answer WHERE attempt = a.id AND state = 'open')"
        " FROM attempt AS a JOIN job AS j ON j.id = a.job WHERE a.id = ?",
        (attempt.id,),
    )
    since, steps, reasons, card, chip, request_row, answered = row or (0.0, "", "", "", "", 0, 0)
    request, _ = requests.load(reading, request_row)
    name = next((request.fields[key] for key in _NAMES if key in request.fields), "")
    before = attempt.before.blank_number if attempt.before is not None else None
    return DoubtView(
        job_id=JobId(attempt.job),
        attempt_id=attempt.name,
        printer=attempt.printer,
        since=since or 0.0,
        request_id=jobs.view(reading, attempt.job).request_id,
        initials="".join(f"{word[0]}." for word in str(name).split()),
        steps=tuple(steps.split()),
        reasons=tuple(reasons.split()),
        number=card or chip or before or "",
        answered=bool(answered),
    )


def settled(parts: Parts, row: int) -> bool:
    """Wait a moment for the owner to take an answer; StateError where it refuses it."""
    begun = parts.clock.monotonic()
    while row:
        with parts.database.reading() as reading:
            state, detail = answers.state_of(reading, row)
        if state == "refused":
            raise StateError(Sentence(detail or template("the station refused the answer; nothing was changed.")))
        if state == "taken":
            break
        if parts.clock.monotonic() - begun > _PATIENCE:
            return False
        parts.clock.sleep(_LOOK_AGAIN)
    return True
