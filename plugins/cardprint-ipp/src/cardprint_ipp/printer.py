"""A printer as it describes itself."""

from __future__ import annotations

import re

import attrs

from cardprint.model import PrinterState, PrinterStatus
from cardprint_ipp.media import Medium, find_medium
from cardprint_ipp.operations import Operation
from cardprint_ipp.supplies import read_supplies
from cardprint_ipp.values import Group, Resolution
from cardprint_ipp.words import printer_reasons, standing

__all__ = ["DESCRIPTION", "STATE", "Abilities", "Standing", "read_abilities", "read_standing"]

STATE = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "printer-up-time",
    "marker-names",
    "printer-supply",
    "printer-supply-description",
)
"""What is asked for before each card."""
DESCRIPTION = (
    "copies-supported",
    "cups-version",
    "document-format-supported",
    "ipp-versions-supported",
    "job-creation-attributes-supported",
    "job-sheets-supported",
    "media-col-database",
    "media-col-default",
    "media-col-ready",
    "media-col-supported",
    "media-default",
    "media-ready",
    "media-supported",
    "operations-supported",
    "print-scaling-supported",
    "printer-device-id",
    "printer-resolution-supported",
    "printer-uuid",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-sheet-back",
    "pwg-raster-document-type-supported",
    "sides-supported",
)
"""What is asked for once, when a session begins."""
_STATES = {3: PrinterState.IDLE, 4: PrinterState.PROCESSING, 5: PrinterState.STOPPED}
_UUID = 64
"""Characters: a UUID as an address has 45."""
_SERIAL = re.compile(r"(?:^|;)\s*(?:SN|SERN|SERIALNUMBER):([^;]{1,64})", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Abilities:
    """Hold what a printer can do."""

    serial: str
    """Its serial number (IEEE 1284 device id), else its UUID; empty where it tells neither."""
    queue: bool
    """It is a queue of CUPS, and says so."""
    whole: bool
    """It takes jobs as they must be made here: first the job, then the document, and a table that can be asked."""
    versions: tuple[str, ...]
    """Of IPP."""
    formats: tuple[str, ...]
    """Of documents."""
    medium: Medium | None
    """Of a card's size."""
    sides: tuple[str, ...]
    """Keywords of ``sides``."""
    copies: bool
    """It is told how many cards are meant."""
    banners: bool
    """It can be told to print no sheet of its own before or after a job: that would be a card."""
    scalings: tuple[str, ...]
    """Keywords of ``print-scaling``."""
    template: frozenset[str]
    """Attributes that a job may be made with."""
    raster_types: tuple[str, ...]
    """Colours of PWG raster, such as ``srgb_8``."""
    raster_dpi: frozenset[int]
    """Resolutions of PWG raster; empty where it does not say."""
    sheet_back: str
    """How the back of a sheet is wanted in PWG raster."""


@attrs.frozen(kw_only=True)
class Standing:
    """Hold how a printer is at this moment."""

    status: PrinterStatus
    """State, reasons and supplies, in our words."""
    refuses: tuple[str, ...]
    """Why no card can be begun; empty: one can."""
    queued: int | None
    """Jobs that wait or are made."""
    up_time: int | None
    """Seconds since it started."""

    @property
    def at_rest(self) -> bool:
        """Say whether nothing is being made."""
        return self.status.state is not PrinterState.PROCESSING and not self.queued


def read_abilities(group: Group) -> Abilities:
    """Read a printer's description."""
    operations = frozenset(group.numbers("operations-supported"))
    serial = _SERIAL.search(group.word("printer-device-id"))
    return Abilities(
        serial=serial[1].strip() if serial else group.word("printer-uuid")[:_UUID],
        queue=bool(group.word("cups-version")),
        whole=operations >= frozenset(Operation),
        versions=group.words("ipp-versions-supported"),
        formats=group.words("document-format-supported"),
        medium=find_medium(group),
        sides=group.words("sides-supported"),
        copies=group.get("copies-supported") is not None,
        banners="none" in group.words("job-sheets-supported"),
        scalings=group.words("print-scaling-supported"),
        template=frozenset(group.words("job-creation-attributes-supported")),
        raster_types=group.words("pwg-raster-document-type-supported"),
        raster_dpi=frozenset(_dpi_of(group)),
        sheet_back=group.word("pwg-raster-document-sheet-back") or "normal",
    )


def read_standing(group: Group) -> Standing:
    """Read how a printer is. What it says of its reasons counts, not its state alone."""
    keywords = group.words("printer-state-reasons")
    state = _STATES.get(group.number("printer-state") or 0, PrinterState.STOPPED)
    refuses = standing(keywords)
    if state is PrinterState.STOPPED and not refuses:
        refuses = printer_reasons(keywords) or ("x-ipp-stopped",)
    if group.flag("printer-is-accepting-jobs") is False and not refuses:
        refuses = ("x-ipp-not-accepting-jobs",)
    if refuses and state is PrinterState.IDLE:
        state = PrinterState.STOPPED
    reasons = tuple(dict.fromkeys((*printer_reasons(keywords), *refuses)))
    return Standing(
        status=PrinterStatus(state=state, reasons=reasons, supplies=read_supplies(group)),
        refuses=refuses,
        queued=group.number("queued-job-count"),
        up_time=group.number("printer-up-time"),
    )


def _dpi_of(group: Group) -> list[int]:
    found = group.get("pwg-raster-document-resolution-supported") or group.get("printer-resolution-supported")
    contents = (each.content for each in found.values) if found is not None else ()
    return [
        each.across
        for each in contents
        if isinstance(each, Resolution) and each.across == each.along and each.unit == 3  # noqa: PLR2004
    ]
