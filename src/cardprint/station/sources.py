"""Where requests come from, and where their outcomes go."""

from __future__ import annotations

import csv
import functools
import math
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import attrs

from cardprint.engine.arriving import bring, fetch
from cardprint.engine.delivery import deliver, tell
from cardprint.engine.intake import Intake
from cardprint.engine.parts import Parts
from cardprint.errors import InputError, SourceError
from cardprint.language import Sentence
from cardprint.model.configuration import PluginUse
from cardprint.model.identifiers import Cursor
from cardprint.model.pages import OutcomeReport, Receipt
from cardprint.model.syncing import DeadLetter, IntakeReport, RejectView, SourceView, SyncReport
from cardprint.plugin import DataSource, PluginContext
from cardprint.registry import Registry
from cardprint.station.bundles import MOST_REPORTS, bundle_source
from cardprint.station.doors import add_reports
from cardprint.station.syncing import after, gets_on, sync, watch
from cardprint.store import lines, outbox, requests

__all__ = ["Sources"]

_LOCAL = "local"
_COLUMN = "columns."
_PHOTOS = 60.0
"""Seconds after which a round is done with photos, so that outcomes and what is revoked wait no longer than that."""


class _Nobody(DataSource):
    """Stand for requests that a program handed in: it learns outcomes from the station itself."""

    def pull(self, cursor: Cursor | None) -> NoReturn:  # pragma: no cover - never pulled
        raise SourceError(Sentence("what a program handed in cannot be pulled."))

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        return [Receipt.ACCEPTED] * len(reports)


class Sources:
    """Pull from sources, import files, and tell sources of outcomes."""

    def __init__(self, parts: Parts, registry: Registry, context: Callable[[str], PluginContext]) -> None:
        self._parts = parts
        self._registry = registry
        self._context = context

    def pull(self, name: str, *, progress: Callable[[IntakeReport], None] | None = None) -> IntakeReport:
        """Take in all that a configured source has, page by page, and then the photos that come after their records.

        What was stored stays if the line breaks.
        """
        source = self._configured(name)
        if source is None:
            raise self._unknown(name)
        with closing(source):
            return self._take_in(name, source, progress, photos=math.inf)

    def import_file(
        self,
        path: Path | str,
        *,
        source: str = "import",
        settings: Mapping[str, object] | None = None,
        progress: Callable[[IntakeReport], None] | None = None,
    ) -> IntakeReport:
        """Take in a file of requests (XLSX, CSV, JSON Lines, or a ZIP of one of the last two with photos), or a bundle.

        The same file twice adds nothing; a corrected one changes what still waits. An import that was cut goes on
        where it stopped. ``deliver`` writes outcomes beside the file that was imported last under the source's
        name: give files that are worked off side by side names of their own. A setting ``columns.NAME`` is the one
        header of a column, as a command line can say it. A bundle goes to the configured source that opens it; where
        there are several, ``source`` names one. InputError says why a bundle is refused.
        """
        full = Path(path).expanduser().resolve()
        named = bundle_source(self._parts, self._registry, full, source)
        if named:
            return self._import_bundle(named, full, progress)
        use = PluginUse(plugin="file", settings={**_with_columns(settings or {}), "path": str(full)})
        made = self._registry.data_source(use, self._context(source))
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            requests.keep_settings(tx, source, {"path": str(full)})
        with closing(made):
            return self._take_in(source, made, progress)

    def write_bundle(self, name: str, path: Path | str) -> int:
        """Write what a source is owed into a bundle that is carried to it, and give the number of reports.

        They stay owed until the source answers, in a bundle or over the line; InputError where it takes no bundle.
        """
        source = self._configured(name)
        if source is None:
            raise self._unknown(name)
        with self._parts.database.reading() as reading:
            reports = [report for _, report in outbox.owed(reading, name, MOST_REPORTS)]
            cursor = requests.cursor_of(reading, name)
        with closing(source):
            source.write_bundle(Path(path), reports, Cursor(cursor) if cursor else None)
        return len(reports)

    def _import_bundle(self, name: str, path: Path, progress: Callable[[IntakeReport], None] | None) -> IntakeReport:
        with self._parts.database.reading() as reading:
            cursor = requests.cursor_of(reading, name)
        source = self._configured(name)
        if source is None:
            raise self._unknown(name)
        with closing(source), closing(source.open_bundle(path, Cursor(cursor) if cursor else None)) as bundle:
            told = tell(self._parts, name, bundle)
            report = self._take_in(name, bundle, progress)
            # Of records that came over the line, and that the bundle's pages pass over.
            report = attrs.evolve(report, photos=sum(bring(self._parts, name, bundle)))
        return attrs.evolve(report, told=told.accepted, untold=told.refused)

    def sync(self, name: str = "") -> tuple[SyncReport, ...]:
        """Tell each configured source what it is owed and take in what it has; or one source, by name.

        Sources that are owed a report and are not configured, as imported files are, are told too. A line that is down
        is told by the source's report; what was stored before stays; it is tried again at once where it was cut after
        something had passed. Raises SourceError where ``name`` is unknown.
        """
        if name:
            return (self._synced_whole(name),)
        with self._parts.database.reading() as reading:
            owed = [each for each in outbox.owing_sources(reading) if each not in self._names]
        return tuple(self._synced_whole(each) for each in (*self._names, *owed) if self._source(each) is not None)

    def watch(
        self,
        name: str = "",
        *,
        every: float = 60.0,
        ended: threading.Event | None = None,
        heard: Callable[[SyncReport], None] = lambda _: None,
    ) -> None:
        """Sync each source, or the named one, every ``every`` seconds until ``ended`` is set; ``heard`` gets reports.

        A source that does not answer is tried at growing intervals, or when it says so; nothing waits for another.
        """
        ended = ended or threading.Event()
        watch(
            (name,) if name else self._names,
            functools.partial(self._synced, ended=ended),
            every=every,
            clock=self._parts.clock.monotonic,
            ended=ended,
            heard=heard,
        )

    def list(self) -> tuple[SourceView, ...]:
        """Show the configured sources, and others that are owed a report, each with its line as last seen."""
        with self._parts.database.reading() as reading:
            return lines.views(reading, self._names)

    def refused(self, source: str = "") -> Sequence[DeadLetter]:
        """Show the reports that a source has refused for good, oldest first, of one source or of all."""
        with self._parts.database.reading() as reading:
            return lines.dead_letters(reading, source)

    def resend(self, *keys: str, source: str = "", by: str) -> int:
        """Owe refused reports again: those of the keys, else all of a source, else all; give their number."""
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            count = lines.resend(tx, keys, source)
            tx.note("reports-resent", count=count, by=by)
        self._parts.committed()
        return count

    def deliver(self) -> int:
        """Tell sources of the outcomes they are owed; give the number of reports accepted."""
        return deliver(self._parts, self._source)

    def rejects(self, source: str = "") -> Sequence[RejectView]:
        """Show refused records, of one source or of all."""
        with self._parts.database.reading() as reading:
            return [*outbox.rejects(reading, source)]

    def export_rejects(self, path: Path | str, source: str = "") -> int:
        """Write the refused records as CSV (source, line, column, rule, shape) and give their number."""
        target = Path(path)
        try:
            with (
                os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as stream,
                self._parts.database.reading() as reading,
            ):
                writer = csv.writer(stream)
                writer.writerow(["source", "line", "column", "rule", "shape"])
                count = 0
                for reject in outbox.rejects(reading, source):
                    writer.writerow([reject.source, reject.line, reject.column, reject.rule, reject.shape])
                    count += 1
        except OSError as error:
            raise InputError(
                Sentence(
                    "the rejects cannot be written to {target}: {strerror}; they stay in the store.",
                    target=target,
                    strerror=error.strerror,
                ),
                cure=Sentence("Name a file you may write to."),
            ) from error
        return count

    @property
    def _names(self) -> tuple[str, ...]:
        return (*self._parts.config.sources, *self._registry.instances.sources)

    def _unknown(self, name: str) -> SourceError:
        known = ", ".join(self._parts.config.sources) or Sentence("none")
        return SourceError(
            Sentence("no source is called {name!r}; nothing was let in.", name=name),
            cure=Sentence("Configured: {known}.", known=known),
        )

    def _synced_whole(self, name: str) -> SyncReport:
        """Go round until no photo is awaited any more, and again after a cut before which anything has passed."""
        report = last = self._synced(name)
        while (gets_on(last) and last.retry_after is None) if last.trouble else last.awaited:
            last = self._synced(name)
            report = after(report, last)
        return report

    def _synced(self, name: str, *, ended: threading.Event | None = None) -> SyncReport:
        configured = self._configured(name)
        source = configured or self._source(name)
        if source is None:
            raise self._unknown(name)
        take_in = (
            functools.partial(self._take_in, name, photos=_PHOTOS, ended=ended) if configured is not None else None
        )
        return sync(self._parts, name, source, take_in)

    def _take_in(
        self,
        name: str,
        source: DataSource,
        progress: Callable[[IntakeReport], None] | None,
        *,
        photos: float | None = None,
        ended: threading.Event | None = None,
    ) -> IntakeReport:
        """Take in a source's pages, then for so many seconds the photos that come after; None: it has none of these.

        Once ``ended`` is set no more photos are asked for.
        """
        clock = self._parts.clock.monotonic
        intake, report = Intake(self._parts, name, fetches=True), IntakeReport()
        with self._parts.database.reading() as reading:
            cursor = requests.cursor_of(reading, name)
        for page in source.pull(Cursor(cursor) if cursor else None):
            report = add_reports(report, intake.store(page, after=cursor))
            cursor = page.cursor
            if progress is not None:
                progress(report)
        if photos is None:
            return report
        until = clock() + photos
        over = ended.is_set if ended is not None else lambda: False
        for came in fetch(self._parts, name, source, enough=lambda: over() or clock() >= until):
            report = attrs.evolve(report, photos=report.photos + came)
            if progress is not None:
                progress(report)
        return report

    def _configured(self, name: str) -> DataSource | None:
        use = self._parts.config.sources.get(name)
        if use is not None:
            return self._registry.data_source(use, self._context(name))
        return self._registry.instances.sources.get(name)

    def _source(self, name: str) -> DataSource | None:
        configured = self._configured(name)
        if configured is not None:
            return configured
        with self._parts.database.reading() as reading:
            settings = requests.settings_of(reading, name)
        if settings:
            return self._registry.data_source(PluginUse(plugin="file", settings=settings), self._context(name))
        return _Nobody() if name == _LOCAL else None


def _with_columns(settings: Mapping[str, object]) -> dict[str, object]:
    """Make the table ``columns`` of keys such as ``columns.subject_id``."""
    dotted = {key.removeprefix(_COLUMN): [header] for key, header in settings.items() if key.startswith(_COLUMN)}
    others = {key: value for key, value in settings.items() if not key.startswith(_COLUMN)}
    given = settings.get("columns", {})
    return {**others, "columns": {**given, **dotted}} if dotted and isinstance(given, Mapping) else others
