"""The station's SQLite file: hand-written SQL, a module for each concern."""

from cardprint.store import attempts, checks, jobs, journal, lanes, ledger, outbox, printers, requests
from cardprint.store.connection import ConnectionFactory, FatalStoreError, connect
from cardprint.store.database import Database, Reading, Transaction

__all__ = [
    "ConnectionFactory",
    "Database",
    "FatalStoreError",
    "Reading",
    "Transaction",
    "attempts",
    "checks",
    "connect",
    "jobs",
    "journal",
    "lanes",
    "ledger",
    "outbox",
    "printers",
    "requests",
]
