"""The cards that exist of requests, as OSIA's credentials: how each came to be, and whether it holds."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from cardprint_centre.finding import MOST, chosen, condition, is_date, is_moment, no_more_than
from cardprint_centre.refused import Refused

__all__ = ["ENDS", "MOMENTS", "PROFILE", "REQUIRED", "SCHEMA", "TEXTS", "WRITABLE", "Credentials"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS credential (
    number INTEGER PRIMARY KEY AUTOINCREMENT, request TEXT NOT NULL, station TEXT NOT NULL, attempt TEXT NOT NULL,
    status TEXT NOT NULL, cause TEXT NOT NULL, said TEXT NOT NULL DEFAULT '{}', changed_by TEXT NOT NULL DEFAULT '',
    card_number TEXT, person TEXT NOT NULL, profile TEXT NOT NULL, issued TEXT, more TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS card_of_attempt ON credential (request, station, attempt) WHERE attempt <> '';
CREATE INDEX IF NOT EXISTS card_of_request ON credential (request);
CREATE INDEX IF NOT EXISTS card_of_person ON credential (person);
CREATE INDEX IF NOT EXISTS card_by_number ON credential (card_number);
"""
TEXTS = {
    "credentialId": "'C-' || number",
    "status": "status",
    "credentialNumber": "card_number",
    "personId": "person",
    "credentialProfileId": "profile",
    "serialNumber": "nullif(attempt, '')",
    "issuingAuthority": "more ->> '$.issuingAuthority'",
    "issuingPlace": "more ->> '$.issuingPlace'",
}
"""What can be asked for as text, with its SQL."""
MOMENTS = {"issuedDate": "issued", "expiryDate": "more ->> '$.expiryDate'"}
"""What can be asked for as a date, with its SQL."""
WRITABLE = ("expiryDate", "issuingAuthority", "issuingPlace", "others")
"""What the standard lets be updated; all else follows from the report and the request."""
REQUIRED = ("credentialId", "status", "personId", "credentialProfileId")
"""What the standard has in every answer."""
PROFILE = {name: name for name in ("credentialProfileId", "name", "credentialType")}
ENDS = ("spoiled", "withdrawn")
"""Outcomes after which the card of an attempt holds no more."""
_COUNTING = ("", "request")
"""Causes for which a card stands in the way of another one of its request: it holds, or was never to be."""
_NAME = re.compile(r"C-([1-9][0-9]{0,17})", re.ASCII)
_CHANGES = {("ACTIVE", "SUSPENDED"), ("SUSPENDED", "ACTIVE"), ("ACTIVE", "REVOKED"), ("SUSPENDED", "REVOKED")}
_PROFILES = (
    "SELECT credentialProfileId, credentialProfileId AS name, 'ID_CARD' AS credentialType FROM"
    " (SELECT DISTINCT body ->> '$.requestData.credentialProfileId' AS credentialProfileId FROM record)"
    " WHERE credentialProfileId IS NOT NULL"
)


class Credentials:
    """Keep the credentials of the records in the same file."""

    def __init__(self, database: sqlite3.Connection, lock: threading.RLock) -> None:
        self._db = database
        self._lock = lock

    def read(self, credential_id: str, attributes: Sequence[str] = ()) -> dict[str, Any]:
        """Give a credential as OSIA has it; Refused 404 where it is unknown."""
        with self._lock:
            return chosen(_item(self._known(credential_id)), attributes, REQUIRED)

    def find(self, expressions: Sequence[Mapping[str, Any]], attributes: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Give the credentials for which all expressions hold, oldest first; Refused 400 where they are too many."""
        where, values = condition(expressions, TEXTS, MOMENTS)
        query = f"SELECT * FROM credential WHERE {where} ORDER BY number LIMIT {MOST + 1}"  # noqa: S608 - our words
        with self._lock:
            rows = self._db.execute(query, values).fetchall()
        no_more_than(rows)
        return [chosen(_item(row), attributes, REQUIRED) for row in rows]

    def profiles(
        self, expressions: Sequence[Mapping[str, Any]], attributes: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Give a profile for each kind of blank that records name, for which all expressions hold."""
        where, values = condition(expressions, PROFILE, {})
        query = f"SELECT * FROM ({_PROFILES}) WHERE {where} ORDER BY name LIMIT {MOST + 1}"  # noqa: S608 - our words
        with self._lock:
            rows = self._db.execute(query, values).fetchall()
        no_more_than(rows)
        return [chosen(dict(row), attributes) for row in rows]

    def update(self, credential_id: str, body: Mapping[str, Any]) -> None:
        """Replace what may be written; Refused 403 for another value of what is read only, or once it is revoked."""
        more = {name: value for name, value in body.items() if name in WRITABLE}
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            row = self._known(credential_id)
            known = _item(row)
            for name, value in body.items():
                if name not in WRITABLE and value != known.get(name):
                    raise Refused(403, f"{name} is read only.")
            if more != json.loads(row["more"]):
                if row["status"] == "REVOKED":
                    raise Refused(403, "The credential is REVOKED.")
                self._db.execute("UPDATE credential SET more = ? WHERE number = ?", (json.dumps(more), row["number"]))

    def change(self, credential_id: str, status: str, *, by: str, said: Mapping[str, Any]) -> None:
        """Suspend, unsuspend or revoke; Refused 403 where that cannot follow. The same status again is nothing.

        ``said``: reason, requester and comment, as far as they are given.
        """
        kept = json.dumps({name: said[name] for name in ("reason", "requester", "comment") if name in said})
        with self._lock, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            row = self._known(credential_id)
            if row["status"] == status:
                return
            if (row["status"], status) not in _CHANGES:
                raise Refused(403, f"The credential is {row['status']}.")
            self._db.execute(
                "UPDATE credential SET status = ?, cause = ?, said = ?, changed_by = ? WHERE number = ?",
                (status, "desk" if status == "REVOKED" else "", kept, by, row["number"]),
            )

    def every(self) -> list[dict[str, Any]]:
        """Give every credential with its request, oldest first, and why and by whom it was changed last."""
        names = "request, station, attempt, card_number, issued, status, cause, changed_by, said"
        query = f"SELECT 'C-' || number AS id, {names} FROM credential ORDER BY number"  # noqa: S608 - our words
        with self._lock:
            return [{**dict(row), "said": json.loads(row["said"])} for row in self._db.execute(query)]

    def of_request(self, request_id: str) -> list[str]:
        """Give the ids of a request's credentials, oldest first."""
        rows = self._db.execute("SELECT number FROM credential WHERE request = ? ORDER BY number", (request_id,))
        return [f"C-{number}" for (number,) in rows]

    def issue(self, record: sqlite3.Row, station: str, report: Mapping[str, str], *, before: int | None = None) -> str:
        """Within a transaction, note that a card exists; give the conflict where another card of the request counts.

        It is born revoked where its request was, and where the station has told already that it is no good: reports
        may arrive in another order. ``before``: only outcomes of a lower number have been told.
        """
        attempt = report.get("attempt_id", "")
        told = self._end_told(record["id"], station, attempt, before)
        for card in self._db.execute("SELECT * FROM credential WHERE request = ?", (record["id"],)):
            if attempt and (card["station"], card["attempt"]) == (station, attempt):
                return "printed-again"
            if card["cause"] in _COUNTING and not told:
                return "printed-again" if card["station"] == station else "printed-elsewhere"
        cause = told or ("request" if record["status"] == "CANCELLED" else "")
        body = json.loads(record["body"])
        data = body.get("requestData", {})
        more = {"issuingPlace": station}
        if isinstance(data.get("issuingAuthority"), str):
            more["issuingAuthority"] = data["issuingAuthority"]
        if isinstance(data.get("validToDate"), str) and is_moment(data["validToDate"]):
            more["expiryDate"] = data["validToDate"]
        day = report.get("business_date", "")
        self._db.execute(
            "INSERT INTO credential (request, station, attempt, status, cause, card_number, person, profile, issued,"
            " more) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(record["id"], station, attempt, "REVOKED" if cause else "ACTIVE", cause),
                *(report.get("card_number") or None, body.get("personId", ""), data.get("credentialProfileId", "")),
                *(f"{day}T00:00:00Z" if is_date(day) else None, json.dumps(more)),
            ),
        )
        return ""

    def end(self, request_id: str, station: str, report: Mapping[str, str]) -> None:
        """Within a transaction, revoke the card of an attempt, if it is one; what was revoked by a desk stays so."""
        self._db.execute(
            "UPDATE credential SET status = 'REVOKED', cause = ?, said = '{}', changed_by = station"
            " WHERE request = ? AND station = ? AND attempt = ? AND cause IN ('', 'request')",
            (report["outcome"], request_id, station, report.get("attempt_id", "")),
        )

    def catch_up(self) -> None:
        """Within a transaction, make the credentials of a file that is older than they are, from what stations told."""
        rows = self._db.execute(
            "SELECT o.number, o.station AS teller, o.body AS report, r.* FROM outcome AS o"
            " JOIN record AS r ON r.id = o.id WHERE o.outcome IN ('printed', 'spoiled', 'withdrawn') ORDER BY o.number"
        ).fetchall()
        for row in rows:
            report = json.loads(row["report"])
            if report["outcome"] == "printed":
                self.issue(row, row["teller"], report, before=row["number"])
            else:
                self.end(row["id"], row["teller"], report)

    def _end_told(self, request_id: str, station: str, attempt: str, before: int | None) -> str:
        if not attempt:
            return ""
        row = self._db.execute(
            "SELECT outcome FROM outcome WHERE id = ? AND station = ? AND outcome IN ('spoiled', 'withdrawn')"
            " AND body ->> '$.attempt_id' = ? AND (? IS NULL OR number < ?)",
            (request_id, station, attempt, before, before),
        ).fetchone()
        return "" if row is None else str(row["outcome"])

    def _known(self, credential_id: str) -> sqlite3.Row:
        named = _NAME.fullmatch(credential_id)
        number = int(named[1]) if named else 0
        row: sqlite3.Row | None = self._db.execute("SELECT * FROM credential WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise Refused(404, "No such credential.")
        return row


def _item(row: sqlite3.Row) -> dict[str, Any]:
    item = {
        "credentialId": f"C-{row['number']}",
        "status": row["status"],
        "personId": row["person"],
        "credentialProfileId": row["profile"],
        "credentialNumber": row["card_number"],
        "serialNumber": row["attempt"] or None,
        "issuedDate": row["issued"],
        **json.loads(row["more"]),
    }
    return {name: value for name, value in item.items() if value is not None}
