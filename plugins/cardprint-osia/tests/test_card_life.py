"""A record followed through the standard alone: from the request to a real station's card, and to its revocation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cardprint import Station
from cardprint_centre import Served
from cardprint_centre.tokens import CREDENTIAL_READ, CREDENTIAL_WRITE, PROFILE_READ, READ
from support.osia import OsiaOrigin
from support.source_suite import made_up_rows
from support.stations import Bench


class Followed:
    """A station with two leased records, and a desk that knows the standard and no more."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.origin = OsiaOrigin(served, folder)
        self.origin.put([{**row, "needs": "", "verdict": "print-ready"} for row in made_up_rows(2)])
        source = self.origin.source(lease_size=5)
        source.name = "centre"  # type: ignore[attr-defined] # a plugin object that is handed over has a name
        self.bench = Bench(folder)
        self.station: Station = self.bench.open(source)
        self.bench.stock(self.station, 20)
        self.station.step()
        token = served.tokens.issue("desk", (READ, CREDENTIAL_READ, CREDENTIAL_WRITE, PROFILE_READ))
        self.desk = httpx2.Client(
            base_url=f"{served.url}/v1/",
            headers={"Authorization": f"Bearer {token}"},
            params={"transactionId": "T-1"},
            trust_env=False,
        )

    def turn(self) -> None:
        """Hear of records, print all that may be printed, and tell."""
        for _ in range(2):
            (report,) = self.station.sources.sync()
            assert not report.trouble
            self.bench.turn(self.station)

    def cards(self) -> list[dict[str, Any]]:
        """Give the cards of the first record."""
        request = self.desk.get("credentialRequests/R-1").json()
        return [self.desk.get(f"credentials/{name}").json() for name in request["credentialIds"]]

    def standing(self) -> list[str]:
        return [card["status"] for card in self.cards()]

    def job(self) -> int:
        return max(job.job_id for job in self.station.jobs.list(limit=100) if job.request_id == "R-1")

    def close(self) -> None:
        assert self.station.check().ok
        assert [each["conflict"] for each in self.origin.records.outcomes() if each["conflict"]] == []
        self.desk.close()
        self.station.close()
        self.origin.close()


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    served = Served()
    followed = Followed(served, tmp_path)
    yield followed
    followed.close()
    served.close()


def test_a_record_is_followed_to_its_card_and_the_card_to_its_revocation(followed: Followed) -> None:
    assert followed.cards() == []
    followed.turn()
    (card,) = followed.cards()
    attempt = followed.station.jobs.show(followed.job()).attempts[-1]
    assert (card["status"], card["serialNumber"], card["issuingPlace"]) == ("ACTIVE", attempt.attempt_id, "office")
    assert card.get("credentialNumber", "") == attempt.card_number
    day = followed.station.status().business_date
    assert card["issuedDate"] == f"{date.fromisoformat(day)}T00:00:00Z"
    asked = [{"attributeName": "personId", "operator": "=", "value": card["personId"]}]
    assert followed.desk.post("credentials", json=asked).json() == [card]
    followed.desk.post(f"credentials/{card['credentialId']}/revoke", json={"reason": "lost"})
    assert followed.standing() == ["REVOKED"]


def test_a_card_that_is_found_bad_gives_way_to_the_next_one(followed: Followed) -> None:
    followed.turn()
    followed.station.jobs.spoil(followed.job(), reason="misprint", by="Sari", witness="Budi")
    followed.turn()
    first, second = followed.cards()
    assert (first["status"], second["status"]) == ("REVOKED", "ACTIVE")
    assert first["serialNumber"] != second["serialNumber"]


def test_a_re_issue_asks_the_centre_to_revoke_the_first_card(followed: Followed) -> None:
    followed.turn()
    followed.station.jobs.reissue(followed.job(), reason="lost", by="Sari", witness="Budi")
    (report,) = followed.station.sources.sync()
    assert (report.trouble, followed.standing()) == ("", ["REVOKED"])
    followed.turn()
    followed.station.jobs.reissue(followed.job(), reason="lost", by="Sari", witness="Budi")
    followed.turn()
    assert followed.standing() == ["REVOKED", "REVOKED", "ACTIVE"]


def test_a_desk_that_revokes_first_is_not_contradicted_by_the_station(followed: Followed) -> None:
    followed.turn()
    (card,) = followed.cards()
    followed.desk.post(f"credentials/{card['credentialId']}/revoke", json={"reason": "stolen"})
    followed.station.jobs.reissue(followed.job(), reason="stolen", by="Sari", witness="Budi")
    followed.turn()
    assert followed.standing() == ["REVOKED", "ACTIVE"]
    said = {each["id"]: each["said"] for each in followed.origin.records.credentials.every()}
    assert said[card["credentialId"]] == {"reason": "stolen"}
