"""Lines of the journal, said: when, what, about what, and who did it."""

from __future__ import annotations

from collections.abc import Sequence

from cardprint.language import moment
from cardprint.model.views import Change
from cardprint.station.told.table import Table

__all__ = ["of_history", "of_lines"]


def of_lines(lines: Sequence[Change]) -> Table:
    """Say what has happened at the station."""
    rows = [
        (line.seq, moment(line.at), line.event, line.job_id, line.attempt_id, line.printer, _people(line))
        for line in lines
    ]
    return Table(rows, "line", "time", "event", "job", "attempt", "printer", "by")


def of_history(lines: Sequence[Change]) -> Table:
    """Say what has happened to one job."""
    rows = [(line.seq, moment(line.at), line.event, _people(line)) for line in lines]
    return Table(rows, "line", "time", "event", "by")


def _people(line: Change) -> str:
    return ", ".join(str(line.data[who]) for who in ("by", "witness") if line.data.get(who))
