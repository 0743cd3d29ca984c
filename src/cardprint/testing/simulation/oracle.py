"""Judge a run: the book against the world, promise by promise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import attrs

from cardprint.engine.parts import business_date
from cardprint.errors import CardprintError
from cardprint.model import JobState
from cardprint.store import Reading
from cardprint.testing.simulation.plan import DEADLY, TroubleKind

if TYPE_CHECKING:
    from cardprint.station import Station
    from cardprint.testing.simulation.office import Office

__all__ = ["Report", "cards_due", "judge", "lacks_photo"]


@attrs.frozen(kw_only=True)
class Report:
    """State how a run went."""

    seed: int
    """Its seed."""
    violations: tuple[str, ...]
    """What broke a promise, one sentence each."""
    crashes: int
    """Deaths of the station's process."""
    calls: int
    """Calls to disk and devices: the places where it could have died."""
    doubts: Mapping[str, int]
    """Attempts that were in doubt, by the tier of their printer."""
    by_rule: Mapping[str, int]
    """Those of them that a rule concluded, without a person."""
    mistakes: int
    """Wrong answers of people."""
    mistakes_found: int
    """Those of them that the next count showed."""
    stalls: int
    """Processes that stood still, were overtaken, and woke."""
    forgotten: int
    """Starts with a store that a lying disk had robbed of what it had acknowledged."""
    halted: int
    """Printers whose counters knew better than such a store, and which were fed nothing before a count."""
    trace: str
    """A digest of all that happened: equal for equal plans."""


def judge(office: Office, station: Station | None) -> Report:
    """Compare all that the station says with all that is so."""
    violations = list(office.complaints)
    doubts: Counter[str] = Counter()
    by_rule: Counter[str] = Counter()
    mistakes = found = 0
    if station is not None:
        try:
            with station._database.reading() as reading:
                for printer, rule in reading.all(
                    "SELECT printer, rule FROM attempt WHERE id IN (SELECT CAST(substr(attempt, -8) AS INTEGER)"
                    " FROM journal WHERE event = 'attempt-in-doubt')",
                ):
                    tier = office.plan.tiers[int(printer[1:])]
                    doubts[tier] += 1
                    by_rule[tier] += int(rule in {"R1", "R2", "R3"})
                if not office.plan.lying:
                    violations += _promises(office, reading)
                # Evidence may have concluded before what somebody wanted to say was written down.
                mistakes = reading.value(
                    "SELECT count(*) FROM attempt WHERE rule = 'R4' AND station || '-' || printf('%08d', id) = ?",
                    (office.people.mistaken,),
                )
            if not (violations or office.plan.lying):
                differences = _count(office, station)
                violations += differences[0]
                found = differences[1]
            violations += station.check().problems
        except CardprintError as error:
            violations.append(f"the store cannot be judged: {error}")
    elif not violations:
        violations.append("there is no station to judge")
    troubles = office.troubles
    troubles.trace.update(repr((sorted(troubles.calls.items()), sorted(office.world.places().items()))).encode())
    return Report(
        seed=office.plan.seed,
        violations=tuple(dict.fromkeys(violations)),
        crashes=sum(count for kind, count in troubles.met.items() if kind in DEADLY),
        calls=sum(troubles.calls.values()),
        doubts=doubts,
        by_rule=by_rule,
        mistakes=mistakes,
        mistakes_found=found if mistakes else 0,
        stalls=troubles.met[TroubleKind.STALL],
        forgotten=office.memory.forgotten,
        halted=office.memory.halted,
        trace=troubles.trace.hexdigest(),
    )


def cards_due(office: Office, station: Station) -> int:
    """Give the number of requests that need a card: a revoked one whose job is canceled needs none."""
    revoked = office.centre.revoked()
    if not revoked:
        return office.plan.jobs
    needed = {job.request_id for job in station.jobs.list(limit=1000) if job.state is not JobState.CANCELED}
    return office.plan.jobs - len(set(revoked) - needed)


def lacks_photo(station: Station, attempt: int) -> bool:
    """Say whether the photo that the request of an attempt names is not in the station's folder."""
    with station._database.reading() as reading:
        named = reading.value(
            "SELECT r.photo FROM attempt AS a JOIN job AS j ON j.id = a.job JOIN request AS r ON r.id = j.request"
            " WHERE a.id = ?",
            (attempt,),
        )
    return not (station.config.folder / "photos" / named).is_file()


def _promises(office: Office, reading: Reading) -> list[str]:
    """Judge G1, G10, G14 and I8 as far as the world can tell."""
    found: list[str] = []
    request_of: dict[str, str] = dict(
        reading.all(
            "SELECT a.station || '-' || printf('%08d', a.id), r.request_id FROM attempt AS a"
            " JOIN job AS j ON j.id = a.job JOIN request AS r ON r.id = j.request",
        ),
    )
    tally = office.world.account(request_of)
    wrong = request_of.get(office.people.mistaken)
    cards = Counter(request_of.get(attempt, "nobody") for attempt in office.world.good_cards())
    doubled = [request for request, count in cards.items() if count > 1 and request != wrong]
    if doubled or (tally.doubled and not wrong):
        found.append(f"G1: {len(doubled)} requests have more than one good card")
    if tally.lost:
        found.append(f"G3: {tally.lost} cards are nowhere, or good for a request that nobody knows")
    found += _chips(office, reading)
    accepted = reading.value("SELECT count(*) FROM request")
    if accepted != office.plan.jobs:
        found.append(f"G10: {accepted} of {office.plan.jobs} requests are in the store")
    events: dict[str, int] = dict(reading.all("SELECT event, count(*) FROM journal GROUP BY event"))
    for fate, event in (("PRINTED", "card-printed"), ("SPOILED", "card-spoiled"), ("NOT_FED", "card-not-fed")):
        concluded = reading.value("SELECT count(*) FROM attempt WHERE fate = ?", (fate,))
        if concluded != events.get(event, 0):
            found.append(f"I8: {concluded} attempts are {fate}, and {events.get(event, 0)} lines say so")
    intents = reading.value("SELECT count(*) FROM attempt WHERE intent_at IS NOT NULL")
    if intents != events.get("attempt-intent", 0):
        found.append(f"I8: {intents} attempts were intended, and {events.get('attempt-intent', 0)} lines say so")
    printed = reading.value("SELECT count(*) FROM attempt WHERE fate = 'PRINTED'")
    heard = office.centre.told()
    told = Counter(report.outcome for report in heard)
    if told["printed"] != printed:
        found.append(f"G14: {printed} cards are printed, and the centre knows of {told['printed']}")
    spoiled = reading.value("SELECT count(*) FROM attempt WHERE fate = 'SPOILED'")
    if told["spoiled"] != spoiled:
        found.append(f"G14: {spoiled} cards are spoiled, and the centre knows of {told['spoiled']}")
    cards_told = Counter(report.request_id for report in heard if report.outcome == "printed")
    again = [name for name, count in cards_told.items() if count > 1]
    if again:
        found.append(f"G14: the centre was told more than once that {len(again)} requests are printed")
    return found + _leases(office, reading)


def _leases(office: Office, reading: Reading) -> list[str]:
    """Judge what was begun by what was leased, and what was leased and told by each other."""
    if not office.plan.leased:
        return []
    begun = reading.all(
        "SELECT r.request_id, a.intent_at FROM attempt AS a JOIN job AS j ON j.id = a.job"
        " JOIN request AS r ON r.id = j.request WHERE a.intent_at IS NOT NULL",
    )
    leases, told = office.centre.leases(), office.centre.told()
    found: list[str] = []
    latest: dict[str, date] = {}
    for lease in leases:
        latest[lease.request_id] = max(lease.until, latest.get(lease.request_id, lease.until))
    late = [name for name, at in begun if business_date(office.config, at) > latest[name]]
    if late:
        found.append(f"lease: {len(late)} cards were begun after their lease")
    after = reading.value(
        "SELECT count(DISTINCT begun.attempt) FROM journal AS begun"
        " JOIN attempt AS a ON a.id = CAST(substr(begun.attempt, -8) AS INTEGER) JOIN job AS j ON j.id = a.job"
        " JOIN job AS other ON other.request = j.request JOIN journal AS said ON said.job = other.id"
        " WHERE begun.event = 'attempt-intent' AND said.event IN ('job-canceled', 'cancel-wished')"
        " AND instr(said.data, 'x-revoked') > 0 AND begun.seq > said.seq"
    )
    if after:
        found.append(f"revoked: {after} cards were begun after the office knew that their request is revoked")
    given_up = {report.grant_id for report in told if report.outcome == "canceled"}
    ended = {lease.name: lease.request_id for lease in leases if lease.returned or lease.name in given_up}
    held = Counter(lease.request_id for lease in leases if lease.name not in ended)
    twice = [name for name, count in held.items() if count > 1]
    if twice:
        found.append(f"lease: {len(twice)} requests are leased twice at once")
    of_request = {lease.name: lease.request_id for lease in leases}
    # What becomes so while none holds names none.
    nameless = [report for report in told if not report.grant_id and report.request_id not in ended.values()]
    strange = [report for report in told if report.grant_id and of_request.get(report.grant_id) != report.request_id]
    if nameless or strange:
        found.append(f"lease: {len(nameless) + len(strange)} outcomes were told without the lease that held")
    return found


def _chips(office: Office, reading: Reading) -> list[str]:
    """Judge that every chip which may hold a person's data is known to the store by its number, with its attempt."""
    numbers: dict[str, str] = dict(
        reading.all("SELECT station || '-' || printf('%08d', id), chip_number FROM attempt WHERE chip_number <> ''"),
    )
    found: list[str] = []
    for card in office.world.cards.values():
        held = card.chip.text if card.chip is not None else ""
        if (
            card.chip is not None
            and held
            and card.fed_for.startswith(held)
            and numbers.get(card.fed_for) != card.chip.number
        ):
            found.append(f"chip: card {card.number} was written for an attempt that does not know its number")
        if office.plan.chips and card.good and held != card.prints[0].attempt_id:
            found.append(f"chip: card {card.number} is printed for one and written for another")
    return found


def _count(office: Office, station: Station) -> tuple[list[str], int]:
    """Count everything, as people do: what differs must be what the book could not know (G3)."""
    world = office.world
    before = dict(station.stock.report().accounts)
    differences = office.people.count(station)
    book = dict(station.stock.report().accounts)
    places = world.places()
    names = tuple(office.printers)
    doubles = Counter(card.fed_for for card in world.cards.values() if card.fed_for)
    extra = sum(count - 1 for count in doubles.values())
    # A machine that says "done" of a bad card is believed; where a person looked, it is booked as spoiled.
    bad = [card.fed_for for card in world.cards.values() if card.place.startswith("output:") and not card.good]
    with station._database.reading() as reading:
        believed = {
            row[0]
            for row in reading.all(
                "SELECT station || '-' || printf('%08d', id) FROM attempt WHERE fate = 'PRINTED'",
            )
        }
    false_done = sum(1 for attempt in bad if attempt in believed)
    spent = sum(places[f"reject:{name}"] + places[f"in-machine:{name}"] for name in names) + places.get("box", 0)
    spent += len(bad) - false_done
    unexplained = (
        book.get("missing", 0) - book.get("found", 0) - extra,
        book.get("printed", 0) - world.printed - false_done,
        book.get("spoiled:1", 0) - (spent - extra),
        book.get("vault", 0) + book.get("working", 0) - places["vault"],
    )
    inside = [name for name in names if before.get(f"in-machine:{name}", 0)]
    if office.people.mistaken:
        return ([f"a card is still in machine {name}" for name in inside], int(any(unexplained)))
    found = [f"a card is still in machine {name}" for name in inside]
    if any(unexplained):
        words = ("missing", "printed", "spoiled", "in the vault")
        found += [
            f"G3: {difference:+} cards {word} beyond what is so (counted: {differences or 'as booked'})"
            for difference, word in zip(unexplained, words, strict=True)
            if difference
        ]
    return found, 0
