"""A centre that speaks OSIA, as a test arranges it, and sources of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cardprint.plugin import PluginContext
from cardprint_centre import Served
from cardprint_osia.settings import OsiaSettings
from cardprint_osia.source import OsiaSource
from support.clocks import RealClock
from support.source_suite import PAGE, Origin, Row

__all__ = ["OsiaOrigin", "as_body"]


def as_body(row: Row, photo: str = "") -> dict[str, Any]:
    priority: object = int(row["priority"]) if row["priority"].isdecimal() else row["priority"]
    others = {"reason": row["reason"], "waitingSince": row["waiting_since"], "needs": row["needs"].split()}
    body: dict[str, Any] = {
        "personId": row["subject_id"],
        "biographicData": {"name": row["name"]},
        "requestData": {
            "priority": priority,
            "credentialProfileId": "standard",
            "requestType": row["request_type"],
            "others": others,
        },
    }
    if photo:
        body["biometricData"] = [{"biometricType": "FACE", "imageRef": f"https://centre.example/photos/{photo}"}]
    return body


class OsiaOrigin(Origin):
    def __init__(self, served: Served, folder: Path) -> None:
        self.served = served
        self.records = served.records
        for table in ("record", "change", "outcome", "credential", "photo"):
            self.records._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
        self.folder = folder
        self._rows: dict[str, Row] = {}
        self._sources: list[OsiaSource] = []

    def put(self, rows: Sequence[Row], photos: Mapping[str, bytes] | None = None) -> None:
        for row in rows:
            name = row["request_id"]
            if self._rows.get(name) == row:
                continue
            photo = (photos or {}).get(name)
            body = as_body(row, self.records.add_photo(photo) if photo else "")
            if name in self._rows:
                self.records.correct(name, body)
            else:
                self.records.create(name, body, row["verdict"])
            self._rows[name] = dict(row)

    def source(self, station: str = "office", **settings: Any) -> OsiaSource:  # noqa: ANN401 - what OsiaSettings takes
        token = self.folder / f"{station}.token"
        token.write_text(self.served.tokens.issue(station))
        token.chmod(0o600)
        context = PluginContext(name="centre", clock=RealClock(), folder=self.folder, photos=self.folder)
        given = {"url": self.served.url, "token_file": token, "lease_size": 0, "page_size": PAGE, **settings}
        source = OsiaSource(OsiaSettings(**given), context)
        self._sources.append(source)
        return source

    def outcomes(self) -> list[tuple[str, str, str]]:
        return [(each["key"], each["id"], each["outcome"]) for each in self.records.outcomes()]

    def status(self, request_id: str) -> str:
        return str(self.records.read(request_id)["status"])

    def close(self) -> None:
        for source in self._sources:
            source.close()
