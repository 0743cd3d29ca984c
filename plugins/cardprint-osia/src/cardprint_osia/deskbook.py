"""What the desk remembers: which bundles it made, which it took, and the receipts that offices wait for."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import attrs

__all__ = ["DeskBook", "Made"]

_SCHEMA = """
PRAGMA synchronous = EXTRA;
CREATE TABLE IF NOT EXISTS bundle (
    office TEXT NOT NULL, sequence INTEGER NOT NULL, digest TEXT NOT NULL, upto TEXT NOT NULL,
    PRIMARY KEY (office, sequence));
CREATE TABLE IF NOT EXISTS receipt (
    office TEXT NOT NULL, key TEXT NOT NULL, receipt TEXT NOT NULL, bundle INTEGER, PRIMARY KEY (office, key));
CREATE TABLE IF NOT EXISTS office (
    name TEXT PRIMARY KEY, given INTEGER NOT NULL DEFAULT 0, taken INTEGER NOT NULL DEFAULT 0);
"""


@attrs.frozen(kw_only=True)
class Made:
    """Remember a bundle that was made."""

    sequence: int = 0
    """Its number; 0: there was none."""
    digest: str = ""
    """Its digest."""
    upto: str = ""
    """The centre's cursor behind it."""


class DeskBook:
    """Keep the desk's book in SQLite, in a file of mode 0600; every method is one transaction, durable on return."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path)
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def next_number(self, office: str) -> int:
        """Give a number that no bundle for the office has had, and will not have again."""
        with self._db:
            self._know(office)
            row = self._db.execute("UPDATE office SET given = given + 1 WHERE name = ? RETURNING given", (office,))
            return int(row.fetchone()[0])

    def last(self, office: str) -> Made:
        """Give the newest bundle that was made for an office."""
        number = self._db.execute("SELECT max(sequence) FROM bundle WHERE office = ?", (office,)).fetchone()[0]
        return self.made(office, number or 0) or Made()

    def made(self, office: str, sequence: int) -> Made | None:
        """Give a bundle by its number, 0 for what is before the first; None where none was made."""
        if sequence == 0:
            return Made()
        query = "SELECT sequence, digest, upto FROM bundle WHERE office = ? AND sequence = ?"
        row = self._db.execute(query, (office, sequence)).fetchone()
        return None if row is None else Made(sequence=row[0], digest=row[1], upto=row[2])

    def note(self, office: str, made: Made, *, follows: int) -> None:
        """Keep a bundle that was made, and that the receipts since the one before are in it."""
        with self._db:
            values = (office, made.sequence, made.digest, made.upto)
            self._db.execute("INSERT INTO bundle VALUES (?, ?, ?, ?)", values)
            self._db.execute(
                "UPDATE receipt SET bundle = ? WHERE office = ? AND (bundle IS NULL OR bundle > ?)",
                (made.sequence, office, follows),
            )

    def receipts(self, office: str, follows: int) -> dict[str, str]:
        """Give the receipts that were in no bundle up to this one."""
        query = "SELECT key, receipt FROM receipt WHERE office = ? AND (bundle IS NULL OR bundle > ?) ORDER BY key"
        return dict(self._db.execute(query, (office, follows)).fetchall())

    def keep_receipts(self, office: str, receipts: Mapping[str, str]) -> None:
        """Keep receipts for the next bundle; those of reports that came again go with it again."""
        with self._db:
            rows = [(office, key, receipt) for key, receipt in receipts.items()]
            self._db.executemany("INSERT OR REPLACE INTO receipt VALUES (?, ?, ?, NULL)", rows)

    def taken(self, office: str) -> int:
        """Give the number of the last bundle that was taken from an office."""
        row = self._db.execute("SELECT taken FROM office WHERE name = ?", (office,)).fetchone()
        return 0 if row is None else int(row[0])

    def take(self, office: str, sequence: int) -> None:
        """Note that a bundle of an office was taken whole."""
        with self._db:
            self._know(office)
            self._db.execute("UPDATE office SET taken = ? WHERE name = ?", (sequence, office))

    def _know(self, office: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO office (name) VALUES (?)", (office,))
