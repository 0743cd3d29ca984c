"""Rule R4: a person looks at tray, path, reject bin and hopper, scans, and answers for a card in doubt."""

from __future__ import annotations

from cardprint.engine import act
from cardprint.engine.parts import Parts
from cardprint.engine.recovery import settle
from cardprint.errors import StateError
from cardprint.language import Sentence
from cardprint.model.attempts import AttemptState, CardFate
from cardprint.store import Reading, Transaction, answers, attempts, finished
from cardprint.store.answers import Answer

__all__ = ["answer", "take_answers"]


def answer(parts: Parts, given: Answer) -> int:
    """Conclude by what a person saw, or leave it to the process that owns the printers; 0 where it is concluded.

    Raises StateError, and changes nothing, where a guard refuses: the scan of another card, a second person who is
    missing, a card that is not in doubt.
    """
    database = parts.database
    if database.owned:
        _conclude(parts, given)
        return 0
    if database.owned_by_someone():
        with database.transaction(parts.clock.now()) as tx:
            attempt = _guarded(tx, parts, given)
            row = answers.give(tx, given)
            _note(tx, "answer-given", attempt, given)
        parts.committed()
        return row
    database.own()
    try:
        settle(parts)
        _conclude(parts, given)
    finally:
        database.disown()
    return 0


def take_answers(parts: Parts) -> int:
    """Conclude by what people left for this process, which owns the printers; give the number taken."""
    taken = 0
    with parts.database.reading() as reading:
        waiting = answers.left(reading)
    for given in waiting:
        try:
            _conclude(parts, given)
            taken += 1
        except StateError as error:
            with parts.database.transaction(parts.clock.now()) as tx:
                answers.mark(tx, given, "refused", error.message)
                _note(tx, "answer-refused", attempts.row_of(tx, given.attempt), given)
            parts.committed()
    return taken


def _conclude(parts: Parts, given: Answer) -> None:
    with parts.database.owning(parts.clock.now()) as tx:
        attempt = _guarded(tx, parts, given)
        conclusion = act.Conclusion(
            fate=given.fate,
            rule="missing" if given.fate is CardFate.UNKNOWN else "R4",
            reasons=() if given.fate is CardFate.PRINTED else ("x-seen-by-person",),
            card_number="" if finished.code_is(tx, attempt.id, given.card_number) else given.card_number,
            by=given.by,
            witness=given.witness,
        )
        act.conclude(tx, parts, attempt, conclusion)
        if given.row:
            answers.mark(tx, given, "taken")
        _note(tx, "answer-taken", attempt, given)
    parts.committed()


def _note(tx: Transaction, event: str, attempt: attempts.AttemptRow, given: Answer) -> None:
    tx.note(
        event,
        job=attempt.job,
        attempt=attempt.name,
        printer=attempt.printer,
        fate=given.fate.value,
        by=given.by,
        witness=given.witness,
    )


def _guarded(reading: Reading, parts: Parts, given: Answer) -> attempts.AttemptRow:
    """Give the attempt that an answer may conclude."""
    attempt = attempts.row_of(reading, given.attempt)
    if attempt.state is not AttemptState.IN_DOUBT:
        raise StateError(
            Sentence("the card of printer {printer} is not in doubt; nothing was changed.", printer=attempt.printer),
            cure=Sentence("See what is: cardprint jobs resolve"),
        )
    number = _number_of(reading, attempt)
    _check_number(reading, attempt, given, number)
    _check_people(parts, given, number)
    return attempt


def _number_of(reading: Reading, attempt: attempts.AttemptRow) -> str:
    """Give the number that the attempt's card must have, as far as anybody read it."""
    read_before = attempt.before.blank_number if attempt.before is not None else None
    return attempts.chip_or_card_number(reading, attempt) or read_before or ""


def _check_number(reading: Reading, attempt: attempts.AttemptRow, given: Answer, number: str) -> None:
    scanned = given.card_number
    if not scanned or finished.code_is(reading, attempt.id, scanned):
        return
    bound = reading.value("SELECT attempt FROM blank_number WHERE number = ?", (scanned,))
    if (number and scanned != number) or (bound is not None and bound != attempt.id):
        raise StateError(
            Sentence("the number is that of another card; nothing was changed."),
            cure=Sentence("Scan the card of this attempt, or look again where it is."),
        )


def _words(fate: CardFate) -> Sentence:
    """Say a fate as people do."""
    if fate is CardFate.NOT_FED:
        return Sentence("not fed")
    if fate is CardFate.UNKNOWN:
        return Sentence("missing")
    return Sentence("printed") if fate is CardFate.PRINTED else Sentence("spoiled")


def _check_people(parts: Parts, given: Answer, number: str) -> None:
    unscanned = not given.card_number
    needs_two = (
        given.fate is CardFate.UNKNOWN
        or (given.fate is CardFate.NOT_FED and unscanned)
        or (given.fate is CardFate.PRINTED and unscanned and bool(number))
    )
    two = bool(given.witness) and given.witness.strip().casefold() != given.by.strip().casefold()
    if not given.by.strip() or (needs_two and parts.config.people > 1 and not two):
        both = needs_two and parts.config.people > 1
        needed = Sentence("two different people") if both else Sentence("a name")
        scan = (
            Sentence("Add: --by NAME --witness NAME, or scan it: --card NUMBER") if both else Sentence("Add: --by NAME")
        )
        raise StateError(
            Sentence(
                "to say that the card is {fate} needs {needed}; nothing was changed.",
                fate=_words(given.fate),
                needed=needed,
            ),
            cure=scan if needs_two else Sentence("Add: --by NAME"),
        )
