"""Why a printer is as it is: the keywords that cardprint knows, and what each says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["DEVICE_REASONS", "IN_DOUBT", "PRINTER_REASONS", "STATION_REASONS"]

IN_DOUBT: Final = "x-in-doubt"
"""Why a printer stands still whose last card nobody knows the fate of."""

DEVICE_REASONS: Final[Mapping[str, str]] = {
    "cover-open": "A cover is open.",
    "marker-supply-empty": "A ribbon or film is used up.",
    "marker-supply-low": "A ribbon or film ends soon; the printer goes on.",
    "media-empty": "The hopper is empty.",
    "media-jam": "A card is stuck.",
    "media-low": "The hopper is empty soon; the printer goes on.",
    "none": "There is none.",
    "offline": "The device does not answer.",
    "output-area-full": "The output tray, or the disk that stands for it, is full.",
    "x-already-printed": "A job of this attempt is known already; observing it tells what became of it.",
    "x-attempt-id": "The attempt's id cannot be the name of a job.",
    "x-busy": "The device has another job; nothing was sent.",
    "x-chip-failed": "The chip could not be written and verified.",
    "x-chip-data": "What the chip should hold is not what its layout takes.",
    "x-chip-layout": "The encoder's layout and the configuration name different fields.",
    "x-chip-personalised": "The chip holds somebody's data already; nothing was written to it.",
    "x-chip-wrong": "The chip is not of the kind that the encoder expects.",
    "x-chip-wrong-key": "The chip refuses the key; it was not asked again.",
    "x-double-feed": "Two blanks were drawn at once.",
    "x-face-altered": "A face is not the file that was ordered.",
    "x-face-size": "A face has not the size that the device takes.",
    "x-face-unreadable": "A face cannot be read.",
    "x-fenced": "The attempt was dropped by a fence.",
    "x-head-cooling": "The print head rests until it is cool; it goes on by itself.",
    "x-no-encoder": "The card is to be encoded and the device has nothing that could.",
    "x-no-key": "The key of the chip cannot be had.",
    "x-no-reader": "The encoder's reader is not there, or sees no chip.",
    "x-not-confirmed": "The device took the card and did not confirm that it is finished.",
    "x-path-not-clear": "A card stands in the path.",
    "x-printer-rebooted": "The device was started anew over a card.",
    "x-reject-bin-full": "The reject bin is full.",
    "x-sides": "The order has more sides than the device prints.",
    "x-spoiled": "The card came out bad.",
}
"""What a driver reports of its device: IPP's printer-state-reasons without severity, ours with ``x-``."""

STATION_REASONS: Final[Mapping[str, str]] = {
    "x-device-held": "Another process holds the device.",
    "x-disabled": "The configuration switches the printer off.",
    "x-driver-crashed": "The driver's process died over a call.",
    "x-driver-failed": "The driver raised what is no DriverError, or cannot be made.",
    "x-driver-hung": "The driver did not come back within its timeout.",
    "x-duty-day": "It has made the cards that it may make on a day.",
    "x-duty-hour": "It has made the cards that it may make in an hour.",
    "x-failed-repeatedly": "It was set aside: its cards failed one after the other.",
    IN_DOUBT: "Nobody knows yet what became of its last card; it feeds nothing.",
    "x-interlock": "An interlock lets no card be fed and gives no reason of its own.",
    "x-interlock-failed": "An interlock raised an error, which counts as no.",
    "x-paused": "An operator has paused it.",
    "x-reconcile": "Book and device differ: its hopper must be counted.",
    "x-spoiled-repeatedly": "It was set aside: its cards were spoiled one after the other.",
    "x-stopped": "The device says that it is stopped, and not why.",
}
"""What the station adds by itself."""

PRINTER_REASONS: Final[Mapping[str, str]] = {**DEVICE_REASONS, **STATION_REASONS}
"""All keywords of printers, with a sentence for each."""
