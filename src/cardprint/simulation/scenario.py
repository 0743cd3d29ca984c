"""An office to simulate, read from a TOML file: printers, a backlog, arrivals, deliveries of blanks."""

from __future__ import annotations

import math
import random
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

import attrs
import cattrs

from cardprint.errors import ConfigurationError
from cardprint.model import CardRequest, RequestType
from cardprint.simulation.build import TIERS, PrinterBuild, capabilities

__all__ = ["Arrivals", "Backlog", "Delivery", "Scenario", "ScenarioPrinter", "read_scenario"]

_not_negative = attrs.validators.ge(0)
_positive = attrs.validators.gt(0)
_positive_float = attrs.validators.gt(0.0)
_share = attrs.validators.and_(attrs.validators.ge(0.0), attrs.validators.le(1.0))
_maybe_positive_float = attrs.validators.optional(_positive_float)
_maybe_positive = attrs.validators.optional(_positive)


@attrs.frozen(kw_only=True)
class ScenarioPrinter:
    """Describe one printer of the office."""

    seconds_per_card: float = attrs.field(default=120.0, validator=_positive_float)
    """Seconds from the pick to the card in the tray."""
    spoil_rate: float = attrs.field(default=0.0, validator=_share)
    """Share of prints that come out bad."""
    broken: bool = False
    """True: it never answers."""
    per_day: int | None = attrs.field(default=None, validator=_maybe_positive)
    """Duty limit: cards on a day."""
    per_hour: int | None = attrs.field(default=None, validator=_maybe_positive)
    """Duty limit: cards in an hour."""
    hopper_size: int = attrs.field(default=200, validator=_positive)
    """Blanks its hopper holds."""
    tier: str = attrs.field(default="T2", validator=attrs.validators.in_(TIERS))
    """What it can prove."""
    kind: str = "standard"
    """The kind of blank its hopper takes."""
    ribbon: int | None = attrs.field(default=None, validator=_maybe_positive)
    """Cards a new ribbon lasts; absent: it never ends."""
    heat_limit: float | None = attrs.field(default=None, validator=_maybe_positive_float)
    """Heat, in cards, above which its head must cool; absent: it never gets too hot."""
    cools_per_hour: float = attrs.field(default=60.0, validator=_positive_float)
    """Heat, in cards, that it gives off in an hour."""

    def build(self, seed: int) -> PrinterBuild:
        """Give how a simulated printer of this description is built."""
        return PrinterBuild(
            seconds_per_card=self.seconds_per_card,
            capabilities=capabilities(self.tier, card_timeout=max(300.0, 3 * self.seconds_per_card)),
            spoil_rate=self.spoil_rate,
            seed=seed,
            broken=self.broken,
            hopper_size=self.hopper_size,
            ribbon=self.ribbon,
            heat_limit=self.heat_limit,
            cools_per_hour=self.cools_per_hour,
        )


@attrs.frozen(kw_only=True)
class Backlog:
    """Describe the requests of one type that wait on the first morning."""

    count: int = attrs.field(validator=_not_negative)
    """How many."""
    waiting_from: date
    """Since when the first of them waits."""
    waiting_to: date
    """Since when the last of them waits; the others are spread evenly between."""
    reason: str = ""
    """Keyword beside the type."""
    priority: int = attrs.field(default=0, validator=[attrs.validators.ge(0), attrs.validators.le(9)])
    """0 (lowest) to 9."""

    def __attrs_post_init__(self) -> None:
        """Refuse a span that ends before it begins."""
        if self.waiting_to < self.waiting_from:
            raise ValueError("waiting_to lies before waiting_from")


@attrs.frozen(kw_only=True)
class Arrivals:
    """Describe the requests that come in anew on every working day."""

    request_type: RequestType
    """Why the card is wanted."""
    per_day: int = attrs.field(validator=_not_negative)
    """How many a day."""
    reason: str = ""
    """Keyword beside the type."""
    priority: int = attrs.field(default=0, validator=[attrs.validators.ge(0), attrs.validators.le(9)])
    """0 (lowest) to 9."""


@attrs.frozen(kw_only=True)
class Delivery:
    """Describe a delivery of blanks, in before that day's work begins."""

    day: int = attrs.field(validator=_positive)
    """Working day, from 1."""
    count: int = attrs.field(validator=_positive)
    """Blanks."""
    kind: str = "standard"
    """Their kind."""


@attrs.frozen(kw_only=True)
class Scenario:
    """Describe an office and what comes to it; days are working days, from 1, one after the other."""

    name: str = ""
    """What it is called; the file's name unless the file says otherwise."""
    seed: int = 0
    """Seed of every chance in it."""
    start: date = date(2026, 1, 5)
    """The first working day."""
    opens: int = attrs.field(default=8, validator=[attrs.validators.ge(0), attrs.validators.le(23)])
    """Hour (UTC) at which work begins."""
    hours_per_day: float = attrs.field(default=8.0, validator=[attrs.validators.gt(0), attrs.validators.le(24)])
    """Hours of a working day."""
    max_days: int = attrs.field(default=365, validator=_positive)
    """Working days after which the simulation ends whatever is left."""
    printers: Mapping[str, ScenarioPrinter] = attrs.field(validator=attrs.validators.min_len(1))
    """Printers by name."""
    backlog: Mapping[RequestType, Backlog] = attrs.field(factory=dict)
    """What waits on the first morning, by type."""
    arrivals: tuple[Arrivals, ...] = ()
    """What comes in every day."""
    deliveries: tuple[Delivery, ...] = ()
    """Blanks that come in."""

    def date_of(self, day: int) -> date:
        """Give the date of a working day."""
        return self.start + timedelta(days=day - 1)

    def begins(self, day: int) -> float:
        """Give the moment at which a day's work begins, in seconds since 1970."""
        morning = datetime.combine(self.date_of(day), datetime.min.time(), tzinfo=UTC)
        return morning.timestamp() + self.opens * 3600.0

    def ends(self, day: int) -> float:
        """Give the moment at which a day's work ends, in seconds since 1970."""
        return self.begins(day) + self.hours_per_day * 3600.0

    def delivered(self, day: int) -> tuple[Delivery, ...]:
        """Give the deliveries of a day."""
        return tuple(delivery for delivery in self.deliveries if delivery.day == day)

    def build(self, printer: str) -> PrinterBuild:
        """Give how a printer of the office is built."""
        return self.printers[printer].build(self.seed)

    def requests(self, day: int) -> Iterator[CardRequest]:
        """Give the requests that come in on a day, the same ones every time; day 0 is the backlog.

        Subjects are numbers, so that nobody's data is in a simulation. The order is the seed's: neither that of the
        ids nor that of waiting.
        """
        requests = self._backlog() if day == 0 else self._arrivals(day)
        random.Random(f"{self.seed}/{day}").shuffle(requests)
        return iter(requests)

    def _backlog(self) -> list[CardRequest]:
        requests: list[CardRequest] = []
        for request_type, backlog in self.backlog.items():
            span = (backlog.waiting_to - backlog.waiting_from).days
            for index in range(backlog.count):
                number = len(requests) + 1
                requests.append(
                    CardRequest(
                        request_id=f"B{number:06d}",
                        subject_id=f"S{number:06d}",
                        request_type=request_type,
                        reason=backlog.reason,
                        priority=backlog.priority,
                        waiting_since=backlog.waiting_from + timedelta(days=index * span // max(backlog.count - 1, 1)),
                    ),
                )
        return requests

    def _arrivals(self, day: int) -> list[CardRequest]:
        per_day = sum(arrivals.per_day for arrivals in self.arrivals)
        number = sum(backlog.count for backlog in self.backlog.values()) + (day - 1) * per_day
        requests: list[CardRequest] = []
        for arrivals in self.arrivals:
            for _ in range(arrivals.per_day):
                number += 1
                requests.append(
                    CardRequest(
                        request_id=f"A{day:03d}-{len(requests) + 1:04d}",
                        subject_id=f"S{number:06d}",
                        request_type=arrivals.request_type,
                        reason=arrivals.reason,
                        priority=arrivals.priority,
                        waiting_since=self.date_of(day),
                    ),
                )
        return requests


def read_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario: one of the package's own by its name (``office``, ``small``), or any by its path.

    Raise ConfigurationError, naming file, table and key, for whatever is wrong with it.
    """
    name = str(name_or_path)
    packaged = resources.files("cardprint.simulation") / "scenarios"
    known = sorted(file.name.removesuffix(".toml") for file in packaged.iterdir() if file.name.endswith(".toml"))
    path = Path(name_or_path)
    try:
        text = (packaged / f"{name}.toml").read_text("utf-8") if name in known else path.read_text("utf-8")
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{name} is no valid TOML: {error}.", cure="Correct the file.") from error
    except (OSError, UnicodeDecodeError) as error:
        cure = f"Name a readable TOML file, or one of {', '.join(known)}."
        raise ConfigurationError(f"The scenario {name} cannot be read: {type(error).__name__}.", cure=cure) from error
    tables.setdefault("name", path.stem)
    try:
        return _converter().structure(tables, Scenario)
    except cattrs.BaseValidationError as error:
        problems = "; ".join(_in_words(problem) for problem in cattrs.transform_error(error, format_exception=_explain))
        raise ConfigurationError(
            f"The scenario {name} cannot be used: {problems}.", cure="Correct the file."
        ) from error


def _in_words(problem: str) -> str:
    said, _, place = problem.partition(" @ $")
    return f"{place.removeprefix('.') or 'top level'}: {said}"


def _explain(error: BaseException, kind: type | None) -> str:
    """Say what is wrong with a value; what a validator says names the key."""
    if isinstance(error, ValueError) and error.args:
        return str(error.args[0])
    return cattrs.v.format_exception(error, kind)


def _converter() -> cattrs.Converter:
    """Make a converter that takes TOML's values as they are: no text for a number, no 1 for true."""
    converter = cattrs.Converter(forbid_extra_keys=True)
    for kind in (int, str, bool, date):
        converter.register_structure_hook(kind, _exactly)
    converter.register_structure_hook(float, _finite)
    return converter


def _exactly(value: object, kind: type) -> object:
    if type(value) is not kind:
        raise ValueError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _finite(value: object, _: type) -> float:
    if (type(value) is not float and type(value) is not int) or not math.isfinite(value):
        raise ValueError(
            f"expected a finite number, found {value if isinstance(value, float) else type(value).__name__}"
        )
    return float(value)
