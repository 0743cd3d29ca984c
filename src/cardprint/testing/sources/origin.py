"""The other end of a data source: people who do not exist, and what a test asks of whoever holds them."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from cardprint.model import OutcomeReport
from cardprint.plugin import DataSource

__all__ = ["PAGE", "Origin", "Row", "made_up_rows", "portrait", "report"]

PAGE = 7
"""Records a page, to which an origin sets its source."""
Row = Mapping[str, str]
"""One record, by field."""


class Origin(ABC):
    """Hold the data at the other end, as a test arranges them."""

    @abstractmethod
    def put(self, rows: Sequence[Row], photos: Mapping[str, bytes] | None = None) -> None:
        """Hold these records and no others; ``photos`` by request id."""

    @abstractmethod
    def source(self) -> DataSource:
        """Give a source as a station that has just started has it, with pages of ``PAGE`` records."""

    @abstractmethod
    def outcomes(self) -> list[tuple[str, str, str]]:
        """Give key, request id and outcome of every report that has arrived, in order."""


def made_up_rows(count: int) -> list[dict[str, str]]:
    """Give records of people who do not exist."""
    return [
        {
            "request_id": f"R-{number}",
            "subject_id": f"{9900000000000000 + number}",
            "request_type": "REPLACEMENT" if number % 5 == 0 else "FIRST_ISSUANCE",
            "reason": "lost" if number % 5 == 0 else "",
            "priority": str(number % 10),
            "waiting_since": f"2024-01-{1 + number % 28:02}",
            "needs": "two-sided" if number % 3 == 0 else "",
            "verdict": "print-ready",
            "name": f"Orang Contoh, {number}",
        }
        for number in range(1, count + 1)
    ]


def portrait(seed: int) -> bytes:
    """Give bytes that begin as a PNG does."""
    return b"\x89PNG\r\n\x1a\n" + hashlib.sha256(str(seed).encode()).digest() * 40


def report(number: int, outcome: str = "printed") -> OutcomeReport:
    """Give the report of the request ``R-<number>``."""
    return OutcomeReport(
        key=f"station:{number}",
        request_id=f"R-{number}",
        outcome=outcome,
        attempt_id=f"A-{number}",
        business_date="2024-05-02",
    )
