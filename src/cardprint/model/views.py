"""What the station shows to people and programs; holds no personal data but requests' own ids."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cardprint.model.identifiers import JobId
from cardprint.model.jobs import JobView
from cardprint.model.syncing import SourceView

__all__ = [
    "AttemptView",
    "BatchView",
    "Change",
    "CheckReport",
    "DayReport",
    "DeviceFound",
    "Discovery",
    "DoubtView",
    "JobDetail",
    "PluginView",
    "PrinterView",
    "StationStatus",
    "StockReport",
    "Why",
]


@attrs.frozen(kw_only=True)
class Change:
    """Tell of one committed change: a line of the journal."""

    seq: int
    """The journal's number of it."""
    at: float
    """Wall time, seconds since 1970; informs only."""
    event: str
    """A keyword: ``page-stored``, ``attempt-reserved``, ``card-printed``, ``blanks-moved``, ..."""
    job_id: JobId | None
    """The job, where it is about one."""
    attempt_id: str
    """The attempt, where it is about one."""
    printer: str
    """The printer, where it is about one."""
    data: Mapping[str, object]
    """What else the line says."""


@attrs.frozen(kw_only=True)
class AttemptView:
    """Show one try."""

    attempt_id: str
    """Its id."""
    printer: str
    """Where."""
    state: str
    """RESERVED, VOIDED, INTENT, IN_DOUBT or CONCLUDED."""
    fate: str
    """NOT_FED, PRINTED, SPOILED or UNKNOWN; empty until known."""
    reasons: tuple[str, ...]
    """Keywords."""
    batch: str
    """The batch of its blank."""
    card_number: str
    """The card's number, where known."""
    chip_number: str
    """Its chip's number, where one was read, even where nothing came of the card; else empty."""
    decision: str
    """Why this request: the draw's keyword."""
    follows: str = ""
    """The try before it that spoiled or lost a blank; empty where none did."""
    corrected: str = ""
    """Why its card, once booked as good, is booked as spoiled; empty where it is good."""
    verified: bool = False
    """True once a scan of its card equalled it."""
    handed_over: bool = False
    """True once the person has the card."""


@attrs.frozen(kw_only=True)
class DoubtView:
    """Show a card of which nobody knows what became of it, to whoever looks for it."""

    job_id: JobId
    """Its job."""
    attempt_id: str
    """Its try."""
    printer: str
    """Where to look."""
    since: float
    """Wall time of its intent, seconds since 1970."""
    request_id: str
    """The source's id of the request."""
    initials: str
    """Of the person, where a field has a name; for the screen, stored nowhere."""
    steps: tuple[str, ...]
    """What the driver reported last."""
    reasons: tuple[str, ...]
    """Why it is in doubt, keywords."""
    number: str
    """The number its card must have; empty where none was read."""
    answered: bool
    """True where an answer waits for the station to take it."""


@attrs.frozen(kw_only=True)
class JobDetail:
    """Show a job with its tries and its history."""

    job: JobView
    """The job."""
    attempts: tuple[AttemptView, ...]
    """Oldest first."""
    history: tuple[Change, ...]
    """Its lines of the journal, oldest first."""
    warnings: tuple[str, ...] = ()
    """What a validator found odd about its request as it is now: rule, field and shape, never a value."""


@attrs.frozen(kw_only=True)
class Why:
    """Explain why a request was printed or still waits."""

    job_id: JobId
    """The job."""
    state: str
    """Its state."""
    reason: str
    """Keyword of the draw, of the hold, or of the wait."""
    values: Mapping[str, object]
    """What the sentence needs."""
    lane: str
    """Its lane."""
    position: int | None
    """1 for the head of its lane; None where it does not wait."""
    sentence: str
    """The explanation in English."""
    placed: str = ""
    """Why it waits, or waited, in this lane and at this place, in English."""
    cure: str = ""
    """What to do about a job that is held, in English; empty for any other."""


@attrs.frozen(kw_only=True)
class BatchView:
    """Show where the blanks of one batch are."""

    batch_id: int
    """Its number."""
    name: str
    """What the office calls it."""
    kind: str
    """The kind of blank."""
    count: int
    """Cards delivered."""
    accounts: Mapping[str, int]
    """Account to count, without empty accounts."""


@attrs.frozen(kw_only=True)
class DayReport:
    """Show what a business day made of blanks."""

    business_date: str
    """ISO date of the office's day."""
    printed: int
    """Good cards made; one found bad later stays counted here, and among the spoiled ones of the day it was found."""
    spoiled: Mapping[str, int]
    """Reason (a keyword) to blanks spoiled."""
    missing: int
    """Blanks that were counted or answered as missing."""


@attrs.frozen(kw_only=True)
class StockReport:
    """Show all blanks; ``received + found`` equals the sum of the others."""

    received: int
    """Blanks that ever came from suppliers."""
    found: int
    """Surplus ever found."""
    accounts: Mapping[str, int]
    """Account to count; supplier and found are left out."""
    batches: tuple[BatchView, ...]
    """Batch by batch."""
    closes: bool
    """True where the books balance."""
    discrepancies: tuple[str, ...]
    """Differences between book and devices that nobody has settled, one sentence each."""
    warnings: tuple[str, ...]
    """Hoppers and stocks below their thresholds, one sentence each."""
    one_person: bool
    """True where the office has one person and no witness is asked for."""
    today: DayReport
    """What this business day made of blanks."""


@attrs.frozen(kw_only=True)
class PrinterView:
    """Show a printer."""

    name: str
    """Its name."""
    driver: str
    """Its driver."""
    device: str
    """Its device URI."""
    state: str
    """idle, processing or stopped."""
    reasons: tuple[str, ...]
    """Keywords."""
    enabled: bool
    """False: left alone by configuration."""
    quarantined: bool
    """True: set aside until somebody releases it."""
    paused: bool
    """True: paused by an operator."""
    hopper: int
    """Blanks in its hopper, by the book."""
    printed_today: int
    """Cards fed on this business day."""
    printed: int
    """Good cards ever."""
    spoiled: int
    """Spoiled blanks ever."""


@attrs.frozen(kw_only=True)
class DeviceFound:
    """Show a device that a driver has found."""

    driver: str
    """The driver."""
    device: str
    """Its address."""
    printer: str
    """The printer that is configured so already; else the name its table has."""
    configured: bool
    """True where the configuration has it."""
    table: tuple[str, ...]
    """The table to paste into ``station.toml``, line by line; empty where the configuration has it."""


@attrs.frozen(kw_only=True)
class Discovery:
    """Show what the drivers have found."""

    devices: tuple[DeviceFound, ...]
    """By driver, in its order."""
    problems: Mapping[str, str]
    """Driver to why it could not look."""


@attrs.frozen(kw_only=True)
class PluginView:
    """Show a plugin."""

    name: str
    """The entry point's name; ``cardprint`` for the built-ins."""
    distribution: str
    """The package it comes from."""
    version: str
    """Its version."""
    state: str
    """``loaded``, ``listed``, ``failed``, ``refused``."""
    detail: str
    """Why, where it is not loaded."""
    entries: tuple[str, ...]
    """What it ships, as ``kind:name``."""
    api: str = ""
    """The version of the vendor surface it was built for; empty: not known before it is loaded."""
    allow: str = ""
    """What to write into ``[plugins] allow`` to let in exactly this, where it was asked for."""


@attrs.frozen(kw_only=True)
class StationStatus:
    """Show the station at a glance."""

    name: str
    """The station's name."""
    business_date: str
    """ISO date of the office's day."""
    running: bool
    """True while a process owns the store."""
    jobs: Mapping[str, int]
    """Job state to count."""
    waiting: Mapping[str, int]
    """Request type to count of jobs that are pending or held."""
    lanes: Mapping[str, int]
    """Lane to count of jobs that wait in it for their turn."""
    today: DayReport
    """What this business day made of blanks."""
    closes: bool
    """True where the books balance."""
    printed: int
    """Good cards, by the book."""
    accounts: Mapping[str, int]
    """Account to count of blanks."""
    printers: tuple[PrinterView, ...]
    """The printers."""
    sources: tuple[SourceView, ...]
    """The configured sources, and others that are owed a report."""
    outbox: int
    """Reports not yet acknowledged."""
    rejects: int
    """Records refused so far."""
    in_doubt: int
    """Attempts whose fate nobody knows yet."""
    discrepancies: tuple[str, ...]
    """Differences between book and devices."""
    warnings: tuple[str, ...]
    """Thresholds passed."""
    advice: str
    """The one next command worth typing, or empty."""


@attrs.frozen(kw_only=True)
class CheckReport:
    """Report what an inspection of the whole store found."""

    problems: tuple[str, ...]
    """One sentence each, none where all is well."""
    advice: tuple[str, ...]
    """What is worth knowing, for example about SQLite's version."""
    invariants: Mapping[str, int]
    """Invariant to number of violations."""

    @property
    def ok(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.problems
