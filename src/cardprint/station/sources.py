"""Where requests come from, and where their outcomes go."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from cardprint.engine.delivery import deliver
from cardprint.engine.intake import Intake
from cardprint.engine.parts import Parts
from cardprint.errors import InputError, SourceError
from cardprint.language import Sentence
from cardprint.model.configuration import PluginUse
from cardprint.model.identifiers import Cursor
from cardprint.model.pages import OutcomeReport, Receipt
from cardprint.model.views import IntakeReport, RejectView
from cardprint.plugin import DataSource, PluginContext
from cardprint.registry import Registry
from cardprint.station.doors import add_reports
from cardprint.store import outbox, requests

__all__ = ["Sources"]

_LOCAL = "local"
_COLUMN = "columns."


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
        """Take in all that a configured source has, page by page; what was stored stays if the line breaks."""
        source = self._configured(name)
        if source is None:
            known = ", ".join(self._parts.config.sources) or Sentence("none")
            raise SourceError(
                Sentence("no source is called {name!r}; nothing was let in.", name=name),
                cure=Sentence("Configured: {known}.", known=known),
            )
        return self._take_in(name, source, progress)

    def import_file(
        self,
        path: Path | str,
        *,
        source: str = "import",
        settings: Mapping[str, object] | None = None,
        progress: Callable[[IntakeReport], None] | None = None,
    ) -> IntakeReport:
        """Take in a file of requests (XLSX, CSV, JSON Lines, or a ZIP of one of the last two with photos).

        The same file twice adds nothing; a corrected one changes what still waits. An import that was cut goes on
        where it stopped. ``deliver`` writes outcomes beside the file that was imported last under the source's
        name: give files that are worked off side by side names of their own. A setting ``columns.NAME`` is the one
        header of a column, as a command line can say it.
        """
        full = Path(path).expanduser().resolve()
        use = PluginUse(plugin="file", settings={**_with_columns(settings or {}), "path": str(full)})
        made = self._registry.data_source(use, self._context(source))
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            requests.keep_settings(tx, source, {"path": str(full)})
        return self._take_in(source, made, progress)

    def deliver(self) -> int:
        """Tell sources of the outcomes they are owed; give the number of reports accepted."""
        return deliver(self._parts, self._source)

    def rejects(self, source: str = "") -> list[RejectView]:
        """Show refused records, of one source or of all."""
        with self._parts.database.reading() as reading:
            return list(outbox.rejects(reading, source))

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

    def _take_in(
        self,
        name: str,
        source: DataSource,
        progress: Callable[[IntakeReport], None] | None,
    ) -> IntakeReport:
        intake, report = Intake(self._parts, name), IntakeReport()
        with self._parts.database.reading() as reading:
            cursor = requests.cursor_of(reading, name)
        try:
            for page in source.pull(Cursor(cursor) if cursor else None):
                report = add_reports(report, intake.store(page))
                if progress is not None:
                    progress(report)
        finally:
            source.close()
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
