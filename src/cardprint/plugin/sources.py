"""The contract of a data source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

from cardprint.errors import InputError
from cardprint.model import Cursor, OutcomeReport, Page, Receipt

__all__ = ["DataSource"]

_NO_BUNDLES = "See in its documentation whether it has bundles, and ask for an import file if not."


class DataSource(ABC):
    """Yield card requests and take reports of what became of them; made as ``Source(settings, context)``."""

    @abstractmethod
    def pull(self, cursor: Cursor | None) -> Iterator[Page]:
        """Yield pages from after ``cursor`` (None: from the beginning).

        The station stores a page and its cursor in one transaction before it asks for the next, so that a pull
        cut anywhere goes on after the last stored page. A fault of the whole (unreadable file, line down) raises
        SourceError or InputError; a fault of one record is a ``Rejected`` item and does not stop the others.
        """

    def acknowledge(self, reports: Sequence[OutcomeReport]) -> Sequence[Receipt]:
        """Take reports, one receipt each, in order; the same key may come again and counts once.

        Default: nothing is owed, all are accepted.
        """
        return [Receipt.ACCEPTED] * len(reports)

    def backlog(self) -> int | None:
        """Say how many requests wait at the source that it has not given to this station. Default: it cannot tell."""
        return None

    def fetch_photo(self, reference: str, offset: int = 0) -> bytes | None:
        """Give a photo's bytes from ``offset`` on; None for one that it has not. Default: photos come with requests."""
        return None

    def fetch_photos(self, references: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Give photos as they come, each with its reference, in any order; None for one that it has not.

        A request that names a photo (SHA-256, hex) and brings none is let in and held; the station asks for the photos
        whose cards would be made first, and keeps each before it takes the next. A line that is cut raises SourceError,
        and costs at most what was under way. Default: one ``fetch_photo`` after the other.
        """
        for reference in references:
            yield reference, self.fetch_photo(reference)

    def release(self, request_ids: Sequence[str]) -> None:
        """Give granted requests back to the source. Default: there are no grants."""

    def open_bundle(self, path: Path, cursor: Cursor | None) -> DataSource:
        """Copy, verify and open a file that the source has sent by hand, for a station that stands at ``cursor``.

        What is given back yields the records by ``pull``, answers by ``acknowledge`` for the reports that the bundle
        knows of (the others: LATER) and by ``fetch_photos`` for photos that are awaited still (None: not in it), and is
        closed. InputError says why one is refused, before anything is yielded. Default: it opens none.
        """
        raise InputError(f"This source opens no bundle; nothing of {path} was let in.", cure=_NO_BUNDLES)

    def write_bundle(self, path: Path, reports: Sequence[OutcomeReport], cursor: Cursor | None) -> None:
        """Write reports into a file that is carried to the source; they stay owed until it answers. Default: none."""
        raise InputError(f"This source takes no bundle; {path} was not written.", cure=_NO_BUNDLES)

    def close(self) -> None:
        """Give back what is open. Default: nothing to do."""
