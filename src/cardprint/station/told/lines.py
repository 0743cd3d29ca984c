"""What people are told of the lines to the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cardprint.language import Sentence as _
from cardprint.language import joined, moment
from cardprint.model.syncing import DeadLetter, SourceView, SyncReport
from cardprint.station.told.counts import counted
from cardprint.station.told.table import Table

__all__ = ["of_letters", "of_lines_to", "of_sync"]

_SHORT = 16
_TAKEN = ("new", "corrected", "withdrawn", "held", "rejected", "refused")


def of_sync(report: SyncReport) -> list[str]:
    """Say what passed between the station and a source in a round."""
    intake = report.intake
    taken = counted({word: getattr(intake, word) for word in _TAKEN})
    parts = [taken] if taken else [] if report.trouble else [_("nothing new")]
    if intake.photos:
        parts.append(_("{count} photos came", count=intake.photos))
    if report.awaited:
        parts.append(_("{count} photos are still to come", count=report.awaited))
    if report.delivered:
        parts.append(_("{count} reports delivered", count=report.delivered))
    if report.owed:
        parts.append(_("{count} still owed", count=report.owed))
    said: list[str] = [_("{name}: {parts}.", name=report.source, parts=joined(parts))] if parts else []
    if report.refused:
        said.append(_("{count} reports were refused for good: cardprint sources refused", count=report.refused))
    if report.trouble:
        trouble = f"{report.trouble} {report.cure}".rstrip()
        said += [_("{name}: {trouble}", name=report.source, trouble=trouble)]
    return said


def _leased(view: SourceView) -> object:
    if not view.leased_until:
        return view.leased
    return _("{count}, first until {date}", count=view.leased, date=view.leased_until)


def of_lines_to(sources: Sequence[SourceView]) -> Iterator[str | Table]:
    """Show the line to each source, and why those do not answer that do not."""
    if not sources:
        return
    rows = [
        (
            view.name,
            _("up") if view.answered is not None and not view.trouble else _("down") if view.trouble else "",
            _("never") if view.answered is None else moment(view.answered),
            view.cursor[:_SHORT],
            view.backlog,
            _leased(view),
            view.owed,
            "" if view.owed_since is None else moment(view.owed_since),
            view.refused,
        )
        for view in sources
    ]
    yield ""
    yield Table(rows, "source", "line", "answered", "cursor", "waits there", "leased", "owed", "owed since", "refused")
    for view in sources:
        if view.awaited:
            yield _("{name}: {count} photos are still to come.", name=view.name, count=view.awaited)
        if view.trouble:
            yield _("{name}: {trouble}", name=view.name, trouble=view.trouble)


def of_letters(letters: Sequence[DeadLetter]) -> list[str | Table]:
    """Show the reports that sources have refused for good."""
    if not letters:
        return [_("No report was refused.")]
    rows = [(each.key, each.source, each.request_id, each.job_id, each.outcome, each.business_date) for each in letters]
    again = _("Once the source would take them: cardprint sources resend KEY --by NAME, or --all")
    return [Table(rows, "key", "source", "request", "job", "outcome", "day"), again]
