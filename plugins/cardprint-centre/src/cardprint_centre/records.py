"""The centre's records, in SQLite: what is known of each request, who holds it, and what became of it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cardprint_centre.credentials import ENDS, SCHEMA, Credentials
from cardprint_centre.refused import Refused

__all__ = ["Records", "Refused"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'PENDING', verdict TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0, station TEXT NOT NULL DEFAULT '', lease TEXT NOT NULL DEFAULT '',
    until TEXT NOT NULL DEFAULT '', printed_by TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS change (
    number INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
    lease TEXT NOT NULL, until TEXT NOT NULL, verdict TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS change_of ON change (station, number);
CREATE INDEX IF NOT EXISTS waiting ON record (station, status, verdict, priority);
CREATE TABLE IF NOT EXISTS outcome (
    number INTEGER PRIMARY KEY AUTOINCREMENT, station TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL,
    outcome TEXT NOT NULL, body TEXT NOT NULL, conflict TEXT NOT NULL, UNIQUE (station, key));
CREATE INDEX IF NOT EXISTS outcome_of ON outcome (id);
CREATE TABLE IF NOT EXISTS photo (digest TEXT PRIMARY KEY, content BLOB NOT NULL);
"""
_FREE = "station = '' AND status = 'PENDING' AND verdict = 'print-ready'"
_HELD = "station = ? AND status = 'PENDING' AND verdict = 'print-ready'"
_FAILED = {"aborted", "missing"}
_READ_ONLY = {"credentialRequestId", "credentialIds", "status"}
_VERSION = 1
"""Of the file (``user_version``): 0 has no credentials."""


class Records:
    """Keep requests, leases, outcomes and photos; every method is one transaction."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_SCHEMA + SCHEMA)
        self.credentials = Credentials(self._db, self._lock)
        if self._version() < _VERSION:
            with self._db:
                self._begin()
                # Another process may have been first.
                if self._version() < _VERSION:
                    self.credentials.catch_up()
                    self._db.execute(f"PRAGMA user_version = {_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def create(self, request_id: str, body: Mapping[str, Any], verdict: str = "unverified") -> None:
        """Take a captured request; Refused 409 where its id is known."""
        with self._lock, self._db:
            self._begin()
            if self._find(request_id) is not None:
                raise Refused(409, "This id exists.")
            self._db.execute(
                "INSERT INTO record (id, body, verdict, priority) VALUES (?, ?, ?, ?)",
                (request_id, json.dumps(_kept(body)), verdict, _priority(body)),
            )
            self._tell("new", request_id)

    def read(self, request_id: str) -> dict[str, Any]:
        """Give a request as OSIA has it; Refused 404 where it is unknown."""
        with self._lock:
            row = self._known(request_id)
            told = {"credentialRequestId": row["id"], "status": row["status"]}
            return {**json.loads(row["body"]), **told, "credentialIds": self.credentials.of_request(request_id)}

    def correct(self, request_id: str, body: Mapping[str, Any]) -> None:
        """Change a request; Refused 403 once it is issued or cancelled, but for the same status again."""
        kept = _kept(body)
        status = str(body.get("status", ""))
        with self._lock, self._db:
            self._begin()
            row = self._known(request_id)
            changed = kept != json.loads(row["body"])
            status = status or row["status"]
            if row["status"] != "PENDING" and (changed or status != row["status"]):
                raise Refused(403, f"The request is {row['status']}.")
            self._db.execute(
                "UPDATE record SET body = ?, status = ?, priority = ? WHERE id = ?",
                (json.dumps(kept), status, _priority(kept), request_id),
            )
            if changed:
                self._tell("corrected", request_id)

    def verify(self, request_id: str) -> str:
        """Find out whether a captured request is correct and the only one, and give its verdict.

        ``unverified`` stays where a name, or a photo that it refers to, is missing. ``duplicate`` is a first issuance
        for a person who has one already, or whose photo, byte for byte, is another person's.
        """
        with self._lock, self._db:
            self._begin()
            row = self._known(request_id)
            if row["verdict"] != "unverified":
                return str(row["verdict"])
            body = json.loads(row["body"])
            photo = _photo_of(body)
            if not body["personId"] or not any(body["biographicData"].values()) or (photo and not self.photo(photo)):
                return "unverified"
            verdict = "duplicate" if self._is_double(row["id"], body, photo) else "print-ready"
            self._db.execute("UPDATE record SET verdict = ? WHERE id = ?", (verdict, request_id))
            self._tell("verdict", request_id)
            return verdict

    def unverified(self) -> list[str]:
        """Give the ids of the captured requests that wait for their verdict."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id FROM record WHERE verdict = 'unverified' AND status = 'PENDING' ORDER BY rowid"
            )
            return [row["id"] for row in rows]

    def _is_double(self, request_id: str, body: Mapping[str, Any], photo: str) -> bool:
        others = self._db.execute(
            "SELECT body FROM record WHERE id <> ? AND verdict = 'print-ready' AND status IN ('PENDING', 'ISSUED')"
            " AND (body ->> '$.personId' = ? OR (? <> '' AND instr(body, ?)))",
            (request_id, body["personId"], photo, photo),
        )
        for (text,) in others:
            other = json.loads(text)
            if other["personId"] != body["personId"]:
                if photo == _photo_of(other):
                    return True
            elif {each["requestData"]["requestType"] for each in (body, other)} == {"FIRST_ISSUANCE"}:
                return True
        return False

    def judge(self, request_id: str, verdict: str) -> None:
        """Note a finding: ``print-ready`` after verification, ``duplicate`` where the person is known already."""
        with self._lock, self._db:
            self._begin()
            if self._known(request_id)["verdict"] == "duplicate":
                raise Refused(403, "A duplicate is never printable.")
            self._db.execute("UPDATE record SET verdict = ? WHERE id = ?", (verdict, request_id))
            self._tell("verdict", request_id)

    def cancel(self, request_id: str) -> None:
        """Revoke a request; Refused 403 once it is issued. Again is nothing."""
        with self._lock, self._db:
            self._begin()
            row = self._known(request_id)
            if row["status"] == "ISSUED":
                raise Refused(403, "The request is ISSUED.")
            if row["status"] != "CANCELLED":
                self._db.execute(
                    "UPDATE record SET status = 'CANCELLED', verdict = 'revoked' WHERE id = ?", (request_id,)
                )
                self._tell("revoked", request_id)

    def lease(self, station: str, count: int, today: date, days: int) -> int:
        """Fill a station's lease up to ``count`` records that wait, most urgent first; give how many it holds.

        What it holds for less than half of that time is renewed. Asking again changes nothing, so that a lost answer
        does no harm.
        """
        until, half = today + timedelta(days=days), today + timedelta(days=days // 2)
        with self._lock, self._db:
            self._begin()
            held = self._held(station)
            for (request_id,) in self._db.execute(
                f"SELECT id FROM record WHERE {_HELD} AND until < ? ORDER BY rowid",  # noqa: S608 - our words
                (station, half.isoformat()),
            ).fetchall():
                self._db.execute("UPDATE record SET until = ? WHERE id = ?", (until.isoformat(), request_id))
                self._tell("renewed", request_id, everyone=False)
            rows = self._db.execute(
                f"SELECT id FROM record WHERE {_FREE} ORDER BY priority DESC, rowid LIMIT ?",  # noqa: S608 - our words
                (max(0, count - held),),
            ).fetchall()
            for (request_id,) in rows:
                number = self._db.execute("SELECT coalesce(max(number), 0) + 1 FROM change").fetchone()[0]
                self._db.execute(
                    "UPDATE record SET station = ?, lease = ?, until = ? WHERE id = ?",
                    (station, f"L-{number}", until.isoformat(), request_id),
                )
                self._tell("granted", request_id, everyone=False)
            return held + len(rows)

    def release(self, request_ids: Sequence[str], station: str) -> int:
        """Take back what a station holds and gives up; give how many. By a person, for a station that is no more."""
        freed = 0
        with self._lock, self._db:
            self._begin()
            for request_id in request_ids:
                row = self._find(request_id)
                if row is not None and row["station"] == station and row["status"] == "PENDING":
                    self._tell("returned", request_id, everyone=False)
                    self._db.execute(
                        "UPDATE record SET station = '', lease = '', until = '' WHERE id = ?", (request_id,)
                    )
                    freed += 1
        return freed

    def overdue(self, today: date) -> list[tuple[str, str]]:
        """Give id and station of leases past their date. The clock frees none: the card may be printed already."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, station FROM record WHERE status = 'PENDING' AND until <> '' AND until < ? ORDER BY rowid",
                (today.isoformat(),),
            )
            return [(row["id"], row["station"]) for row in rows]

    def changes(self, station: str, after: int, limit: int) -> tuple[list[dict[str, Any]], int, bool]:
        """Give changes after a number, the number to go on from, and whether there is more; station "": all records."""
        with self._lock:
            rows = self._db.execute(
                "SELECT * FROM change WHERE station = ? AND number > ? ORDER BY number LIMIT ?",
                (station, after, limit + 1),
            ).fetchall()
        more, rows = len(rows) > limit, rows[:limit]
        return [_item(row) for row in rows], rows[-1]["number"] if rows else after, more

    def backlog(self) -> int:
        """Count what is free to print and leased to no station: what a station holds, it counts itself."""
        with self._lock:
            free = self._db.execute(f"SELECT count(*) FROM record WHERE {_FREE}").fetchone()[0]  # noqa: S608 - the same
            return int(free)

    def report(self, station: str, report: Mapping[str, str]) -> str:
        """Take one outcome and give its receipt; the same key of a station counts once."""
        body = json.dumps(dict(report), sort_keys=True)
        request_id, outcome = report["request_id"], report["outcome"]
        with self._lock, self._db:
            self._begin()
            known = self._db.execute(
                "SELECT body FROM outcome WHERE station = ? AND key = ?", (station, report["key"])
            ).fetchone()
            if known is not None:
                return "accepted" if known["body"] == body else "refused"
            row = self._find(request_id)
            if row is None:
                return "refused"
            conflict = self._settle(station, row, report)
            self._db.execute(
                "INSERT INTO outcome (station, key, id, outcome, body, conflict) VALUES (?, ?, ?, ?, ?, ?)",
                (station, report["key"], request_id, outcome, body, conflict),
            )
            return "accepted"

    def outcomes(self) -> list[dict[str, str]]:
        """Give every outcome, in order of arrival, with the conflict that it made, if any."""
        with self._lock:
            rows = self._db.execute("SELECT station, key, id, outcome, conflict FROM outcome ORDER BY number")
            return [dict(row) for row in rows]

    def add_photo(self, content: bytes) -> str:
        """Keep a photo and give the SHA-256 that names it."""
        digest = hashlib.sha256(content).hexdigest()
        with self._lock, self._db:
            self._db.execute("INSERT OR IGNORE INTO photo VALUES (?, ?)", (digest, content))
        return digest

    def photo(self, digest: str) -> bytes | None:
        """Give a photo."""
        with self._lock:
            row = self._db.execute("SELECT content FROM photo WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else bytes(row["content"])

    def _settle(self, station: str, row: sqlite3.Row, report: Mapping[str, str]) -> str:
        """Make the record say what became of it; a card in the world is never argued away, only noted as a conflict."""
        outcome = report["outcome"]
        if outcome == "printed":
            conflict = self.credentials.issue(row, station, report)
            if conflict:
                return conflict
            status = "CANCELLED" if row["status"] == "CANCELLED" else "ISSUED"
            printed_by = row["printed_by"] or station
            self._db.execute(
                "UPDATE record SET status = ?, printed_by = ? WHERE id = ?", (status, printed_by, row["id"])
            )
            if not row["printed_by"] and row["station"] not in {"", station}:
                self._tell("returned", row["id"], everyone=False)
            return "printed-after-revocation" if status == "CANCELLED" else ""
        if outcome in ENDS:
            self.credentials.end(row["id"], station, report)
        if row["status"] == "PENDING" and row["station"] in {"", station}:
            if outcome in _FAILED:
                self._db.execute("UPDATE record SET status = 'FAILED' WHERE id = ?", (row["id"],))
            elif outcome == "canceled" and report.get("grant_id", "") == row["lease"]:
                # Of an earlier lease it is old news: the record may be leased to the same station again.
                self._db.execute("UPDATE record SET station = '', lease = '', until = '' WHERE id = ?", (row["id"],))
        return ""

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _begin(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def _find(self, request_id: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM record WHERE id = ?", (request_id,)).fetchone()
        return row

    def _known(self, request_id: str) -> sqlite3.Row:
        row = self._find(request_id)
        if row is None:
            raise Refused(404, "No such request.")
        return row

    def _held(self, station: str) -> int:
        query = f"SELECT count(*) FROM record WHERE {_HELD}"  # noqa: S608 - our words
        return int(self._db.execute(query, (station,)).fetchone()[0])

    def _tell(self, kind: str, request_id: str, *, everyone: bool = True) -> None:
        """Write a change for the station that holds the record, and for those that read all."""
        row = self._known(request_id)
        for station in {row["station"], *([""] if everyone else [])}:
            self._db.execute(
                "INSERT INTO change (station, kind, id, lease, until, verdict, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (station, kind, request_id, row["lease"], row["until"], row["verdict"], row["body"]),
            )


def _item(row: sqlite3.Row) -> dict[str, Any]:
    item = {name: row[name] for name in ("number", "kind", "lease", "until", "verdict")}
    item["credentialRequestId"] = row["id"]
    if row["kind"] in {"new", "corrected", "granted"}:
        item["credentialRequest"] = json.loads(row["body"])
    return item


def _kept(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is kept of a body: not what the centre itself says of a request."""
    return {name: value for name, value in body.items() if name not in _READ_ONLY}


def _photo_of(body: Mapping[str, Any]) -> str:
    """Give the SHA-256 at the end of the face's ``imageRef``, empty where there is none."""
    references = [str(item.get("imageRef", "")) for item in body.get("biometricData", [])]
    return references[0].rpartition("/")[2] if references else ""


def _priority(body: Mapping[str, Any]) -> int:
    priority = body.get("requestData", {}).get("priority", 0)
    return priority if isinstance(priority, int) else 0
