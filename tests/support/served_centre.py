"""The centre of a simulated office that speaks the real protocol: our source, HTTP, and the test centre."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs

from cardprint.model import CardRequest, OutcomeReport
from cardprint.plugin import DataSource, PluginContext
from cardprint.testing.simulation import Centre, Plan
from cardprint.testing.simulation.centre import Lease, photo_of, requests_of
from cardprint_centre import Served
from cardprint_osia.settings import OsiaSettings
from cardprint_osia.source import OsiaSource
from support.bad_line import BadLine, Trouble
from support.clocks import RealClock
from support.osia import as_body

__all__ = ["ServedCentre"]

_STATION = "simulated"
_BAD = 0.15
"""Share of requests that meet a trouble of the line, until faults stop."""
_ERROR = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 30\r\n\r\n"
_TROUBLES = (
    Trouble(up=0),
    Trouble(up=60),
    # A whole answer before a cut would leave it to chance whether the next request meets the cut.
    Trouble(down=0),
    Trouble(part=0.2),
    Trouble(part=0.9),
    Trouble(down=40, reset=True),
    Trouble(twice=True),
    Trouble(instead=_ERROR),
    Trouble(instead=_ERROR, served=True),
)


class ServedCentre(Centre):
    """Keep a plan's requests in a real centre, and reach it over a line whose troubles are drawn from the plan's seed.

    All that is asked of it is told from its records, as whoever runs it could.
    """

    def __init__(self, plan: Plan, folder: Path, today: Callable[[], date]) -> None:
        self._plan = plan
        self._folder = folder
        self._served = Served(today=today)
        self._records = self._served.records
        self._line = BadLine(self._served.port)
        self._line.trouble = self._trouble
        self._chance = random.Random(f"line/{plan.seed}")
        self._bad = _BAD if plan.troubles else 0.0
        self._deaf = self._cuts = self._told = 0
        self._secrets = TemporaryDirectory()
        token = Path(self._secrets.name) / "token"
        token.write_text(self._served.tokens.issue(_STATION))
        token.chmod(0o600)
        self._settings = OsiaSettings(
            url=self._line.url,
            token_file=token,
            lease_size=plan.jobs if plan.leased else 0,
            lease_days=1,
            page_size=2,
            # In the order in which they are asked for, so that a seed replays exactly.
            connections=1,
        )
        self._sources: list[OsiaSource] = []
        self._revoked: list[str] = []
        self._photos: dict[str, bytes] = {}
        """Those that are still lacking, by request."""
        for number, request in enumerate(requests_of(plan)):
            photo = photo_of(number)[1] if plan.photos else b""
            if photo and plan.photos[number]:
                self._records.add_photo(photo)
            elif photo:
                self._photos[request.request_id] = photo
            self._records.create(request.request_id, _body(request), "print-ready")
        if plan.leased:
            self._records.lease(_STATION, plan.jobs, today(), self._settings.lease_days)

    def source(self) -> DataSource:
        context = PluginContext(name="centre", clock=RealClock(), folder=self._folder, photos=self._folder / "photos")
        source = OsiaSource(self._settings, context)
        source.name = "centre"  # type: ignore[attr-defined] # a plugin object that is handed over has a name
        self._sources.append(source)
        return source

    def told(self) -> Sequence[OutcomeReport]:
        rows = self._records._db.execute("SELECT body FROM outcome ORDER BY number")
        return [OutcomeReport(**json.loads(row["body"])) for row in rows]

    def leases(self) -> Sequence[Lease]:
        leases: dict[str, Lease] = {}
        for item in self._records.changes(_STATION, 0, 100_000)[0]:
            name, day = item["lease"], item["until"]
            if item["kind"] == "granted":
                request_id = item["credentialRequestId"]
                leases[name] = Lease(name=name, request_id=request_id, until=date.fromisoformat(day))
            elif item["kind"] == "renewed":
                leases[name] = attrs.evolve(leases[name], until=date.fromisoformat(day))
            elif item["kind"] == "returned":
                leases[name] = attrs.evolve(leases[name], returned=True)
        return list(leases.values())

    def lose_reply(self) -> None:
        self._deaf += 1

    def cut_photo(self) -> None:
        self._cuts += 1

    def take_back(self, number: int) -> None:
        held = self._held()
        if held:
            self._records.release([held[number % len(held)]], _STATION)

    def add_photo(self, number: int) -> None:
        if self._photos:
            name = sorted(self._photos)[number % len(self._photos)]
            self._records.add_photo(self._photos.pop(name))
            self._correct(name)

    def correct(self, number: int) -> None:
        held = self._held()
        if held:
            name = held[number % len(held)]
            self._photos.pop(name, None)
            photo = self._records.add_photo(photo_of(number, self._told + 1)[1])
            self._correct(name, biometricData=_face(photo))

    def revoke(self, number: int) -> None:
        held = self._held()
        if held:
            name = held[number % len(held)]
            self._records.cancel(name)
            self._revoked.append(name)

    def revoked(self) -> Sequence[str]:
        return self._revoked

    def calm(self) -> None:
        self._bad = 0.0
        self._deaf = self._cuts = 0
        while self._photos:
            self.add_photo(0)

    def close(self) -> None:
        for source in self._sources:
            source.close()
        self._line.close()
        self._served.close()
        self._secrets.cleanup()

    def _held(self) -> list[str]:
        return sorted(name for name, _ in self._records.overdue(date.max))

    def _correct(self, name: str, **others: Any) -> None:  # noqa: ANN401 - JSON
        """Change what the centre has of a request, and with that tell of it, as long as it is open."""
        self._told += 1
        body = self._records.read(name)
        if body["status"] == "PENDING":
            self._records.correct(name, {**body, "biographicData": {"name": f"Orang Contoh {self._told}"}, **others})

    def _trouble(self, _number: int, line: bytes) -> Trouble:
        path = line.split(b" ")[1]
        if b"/outcomes" in path and self._deaf:
            self._deaf -= 1
            return Trouble(down=0)
        if b"/photos/" in path and self._cuts:
            self._cuts -= 1
            return Trouble(part=self._chance.random())
        return self._chance.choice(_TROUBLES) if self._chance.random() < self._bad else Trouble()


def _body(request: CardRequest) -> dict[str, Any]:
    row = {
        "subject_id": request.subject_id,
        "name": "Orang Contoh",
        "priority": "0",
        "request_type": "FIRST_ISSUANCE",
        "reason": "",
        "waiting_since": "",
        "needs": " ".join(request.needs),
    }
    return as_body(row, request.photo)


def _face(photo: str) -> list[dict[str, str]]:
    return [{"biometricType": "FACE", "imageRef": f"https://centre.example/photos/{photo}"}]
