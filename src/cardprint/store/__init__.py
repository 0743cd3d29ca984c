"""The station's SQLite file: hand-written SQL, a module for each concern."""

from cardprint.store import (
    answers,
    attempts,
    checks,
    finished,
    grants,
    jobs,
    journal,
    lanes,
    ledger,
    lines,
    outbox,
    places,
    printers,
    requests,
    testcards,
)
from cardprint.store.connection import ConnectionFactory, FatalStoreError, connect, rewrite_log
from cardprint.store.database import Database, Reading, Transaction

__all__ = [
    "ConnectionFactory",
    "Database",
    "FatalStoreError",
    "Reading",
    "Transaction",
    "answers",
    "attempts",
    "checks",
    "connect",
    "finished",
    "grants",
    "jobs",
    "journal",
    "lanes",
    "ledger",
    "lines",
    "outbox",
    "places",
    "printers",
    "requests",
    "rewrite_log",
    "testcards",
]
