"""What people are told: counts, a day, a card in doubt; in English, with what a translation needs."""

from __future__ import annotations

from collections.abc import Mapping

from cardprint.language import Sentence, joined, moment
from cardprint.model.views import DayReport, DoubtView, StationStatus, StockReport

__all__ = ["accounts", "counted", "of_day", "of_doubt", "of_worries"]

_LOOK = (
    Sentence("Look into the output tray: a good card of this person is PRINTED; scan it."),
    Sentence("Look into the path and the reject bin: a card that is half or bad is SPOILED."),
    Sentence("Count the hopper, or scan its front blank: the blank was NOT FED if it is still there."),
    Sentence("Only if it is in none of these places is it MISSING."),
)


def counted(counts: Mapping[str, int]) -> Sentence:
    """Say how many there are of what, a state or a type; nothing is said of what there is none of."""
    there = {name: count for name, count in counts.items() if count}
    return joined(Sentence("{count} {what}", count=count, what=Sentence(name)) for name, count in there.items())


def accounts(counts: Mapping[str, int]) -> str:
    """Say how many blanks are in which account, or people in which lane: by its name, which commands take as well."""
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def of_day(day: DayReport) -> Sentence:
    """Say what a day made of blanks, with the reasons of what spoiled."""
    spoiled = Sentence("{count} spoiled", count=sum(day.spoiled.values()))
    if day.spoiled:
        reasons = ", ".join(f"{count} {reason}" for reason, count in day.spoiled.items())
        spoiled = Sentence("{spoiled} ({reasons})", spoiled=spoiled, reasons=reasons)
    return Sentence("{day.printed} printed, {spoiled}, {day.missing} missing", day=day, spoiled=spoiled)


def of_worries(seen: StationStatus | StockReport) -> list[Sentence]:
    """Say what nobody has settled, and what runs low."""
    return [
        *(Sentence("Difference: {sentence}", sentence=sentence) for sentence in seen.discrepancies),
        *(Sentence("Low: {sentence}", sentence=sentence) for sentence in seen.warnings),
    ]


def of_doubt(doubt: DoubtView, place: str) -> list[str]:
    """Say of a card in doubt what is known, and where to look for it."""
    since = moment(doubt.since)
    where = Sentence(
        "{place}: printer {seen.printer}, since {since}, job {seen.job_id}, request {seen.request_id}",
        place=place,
        since=since,
        seen=doubt,
    )
    person = (where, Sentence("of {initials}", initials=doubt.initials)) if doubt.initials else (where,)
    why, steps = " ".join(doubt.reasons) or "x-in-doubt", ", ".join(doubt.steps) or Sentence("nothing")
    return [
        "",
        joined(person, " "),
        Sentence("Why: {why}. The driver reported: {steps}.", why=why, steps=steps),
        *([Sentence("Its card has the number {number}.", number=doubt.number)] if doubt.number else []),
        *([Sentence("An answer waits to be taken already.")] if doubt.answered else []),
        *_LOOK,
    ]
