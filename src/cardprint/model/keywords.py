"""The keywords of jobs, draws, runs, records and blanks, and what each says; those of printers are in ``reasons``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cardprint.model.reasons import IN_DOUBT

__all__ = ["DRAW_REASONS", "JOB_REASONS", "RECORD_RULES", "RUN_REASONS", "STOCK_REASONS"]

RUN_REASONS: Final[Mapping[str, str]] = {
    "x-asked": "Somebody asked it to stop: Ctrl-C, SIGTERM or `cardprint stop`.",
    "x-disk-full": "There is no room for the faces of the next card; it tries again.",
    "x-enough": "It has made as many cards as it was asked for.",
    "x-hopper-empty": "The hoppers are empty, and somebody waits.",
    IN_DOUBT: "A card is in doubt, and somebody must say what became of it.",
    "x-no-printer": "No printer is switched on.",
    "x-nobody-waits": "Nobody waits whom its printers could serve.",
    "x-overtaken": "Another process has taken the station over.",
    "x-stopping": "It is on its way to a stop.",
    "x-store-failed": "The store could not be written; it tries again.",
    "x-worker-failed": "A printer's own thread failed, which the log tells of.",
}
"""Why a run ended, or feeds no card; any reason of a printer may stand there too."""

JOB_REASONS: Final[Mapping[str, str]] = {
    "x-bidi-control": "A text has a character that turns the direction of writing.",
    "x-cancel-wished": "It was canceled while its card was on the way, before a blank moved.",
    "x-card-missing": "Its card was found nowhere; two people may let another be made.",
    "x-code-impossible": "A text cannot be put into the kind of code that the design asks for.",
    "x-code-too-fine": "A code would be too fine to be read.",
    "x-code-unreadable": "A code does not read back from the finished face.",
    "x-contradiction": "What the driver said and what the counters say differ.",
    "x-control-character": "A text has a control character.",
    "x-design-failed": "The design cannot be drawn.",
    "x-field-missing": "A field that the card needs is empty.",
    "x-glyph-missing": "The font lacks a letter of a text.",
    "x-grant-returned": "Its grant went back to where it came from.",
    "x-lease-expired": "Its grant ended before its card was begun; it waits until the source renews it.",
    "x-needs-shaping": "A text needs letters to be shaped, which this Pillow cannot do.",
    "x-no-evidence": "Nothing tells what became of the card.",
    "x-operator": "An operator decided so.",
    "x-permanent": "The driver says that trying again is of no use.",
    "x-photo-awaited": "Its photo is still to come from its source.",
    "x-photo-colours": "Its photo's colours cannot be converted.",
    "x-photo-missing": "It has no photo, or the station has not.",
    "x-photo-proportions": "Its photo is too wide or too tall for its place.",
    "x-photo-too-small": "Its photo has too few pixels for its place.",
    "x-photo-unreadable": "Its photo cannot be read.",
    "x-plain-latin": "Its faces were made without shaping, which its letters do not need.",
    "x-recovered": "The try was concluded after a restart, from what the device remembers.",
    "x-reissued": "Two people have let another card be made for its request.",
    "x-renderer-failed": "The renderer failed with an error of its own.",
    "x-revoked": "The source has withdrawn the request.",
    "x-seen-by-person": "A person has looked and said what became of the card.",
    "x-spoiled-too-often": "It spoiled as many blanks as one request may.",
    "x-station-stopped": "The station ended over the try; its blank is free again, or the card in doubt.",
    "x-suspected-duplicate": "Another request for a first card of the same person is known.",
    "x-test": "It is a printer's test card, no person's.",
    "x-test-card": "It is a printer's test card; its blank is booked as spoiled.",
    "x-text-does-not-fit": "A text does not fit on the card.",
    "x-transient": "It failed without a blank lost, and is tried again.",
    "x-tried-too-often": "It was tried as often as one request may be.",
    "x-verdict-duplicate": "The centre knows the person under another record.",
    "x-verdict-revoked": "The centre has revoked the record.",
    "x-verdict-unverified": "The centre has not yet verified the record.",
}
"""Why a job or a try is as it is: held, canceled, in doubt, tried again."""

DRAW_REASONS: Final[Mapping[str, str]] = {
    "x-before-first-stage": "Nobody is served before the first stage begins.",
    "x-by-arrival": "It was placed by its arrival.",
    "x-by-no-rule": "It was placed where requests wait that no rule fits.",
    "x-by-request-type": "It was placed by its type and its priority.",
    "x-by-rule": "It was placed by a rule, for its type and its reason.",
    "x-drawn": "It was drawn, and no reason was kept.",
    "x-hopper-empty": "The hopper is empty.",
    "x-kept-for-lane": "The last blanks are kept for its lane.",
    "x-kept-for-others": "The last blanks are kept for others.",
    "x-lane-first": "It was the first of the first lane in which someone waited.",
    "x-lane-in-order": "It was the first of the lane whose turn it was.",
    "x-lane-not-served": "Its lane is not served.",
    "x-lane-share": "It was the first of the lane that was furthest behind its share.",
    "x-no-blanks": "No blank of the kind is left.",
    "x-nobody-waits": "Nobody waits whom the printer could serve.",
    "x-policy-failed": "The policy failed; nobody is drawn until it works.",
    "x-waits-before-retry": "It waits a moment before it is tried again.",
    "x-waits-its-turn": "Others are ahead of it in its lane.",
    "x-waits-no-blanks": "No blank of its kind is left.",
}
"""Why somebody stands where they stand, and why they did or did not get the next blank."""

RECORD_RULES: Final[Mapping[str, str]] = {
    "x-bad-json": "The line is no JSON object.",
    "x-bidi-control": "A text has a character that turns the direction of writing.",
    "x-cell-error": "A cell shows an error.",
    "x-control-character": "A text has a control character.",
    "x-correction-too-late": "It corrects a request whose card is being made, or made; its shape is the job's state.",
    "x-design-name": "The design is no name: letters, digits, dots, hyphens.",
    "x-duplicate-column": "Two of its columns have one meaning.",
    "x-duplicate-id": "An earlier record has the same request id and says something else.",
    "x-field-name": "A field's name is empty, too long, or has characters that a name may not have.",
    "x-formula": "A cell holds a formula.",
    "x-grant-of-another": "Its grant has the name of one that was given for another request.",
    "x-hidden-row": "The row is hidden or filtered out.",
    "x-keyword": "A keyword is expected: small letters, digits, dots, hyphens.",
    "x-merged-cell": "A cell is merged with one above.",
    "x-missing": "A value that must be there is empty.",
    "x-not-a-date": "A date is expected, as 2026-01-31.",
    "x-not-a-number": "A whole number is expected.",
    "x-not-text": "A text is expected.",
    "x-out-of-range": "The number is too small or too large.",
    "x-photo-digest": "The photo's name is no SHA-256.",
    "x-photo-missing": "Its photo is not there.",
    "x-photo-outside": "Its photo is not below the file's folder.",
    "x-photo-too-large": "Its photo is too large.",
    "x-photo-unreadable": "Its photo is no JPEG, PNG, WebP or JPEG 2000.",
    "x-ragged-row": "It has more or fewer fields than there are headers.",
    "x-rounded-number": "A spreadsheet program has rounded the number.",
    "x-subject-id-pattern": "The subject id does not match the station's `subject_pattern`.",
    "x-surrogate": "A text has half a character.",
    "x-too-long": "A text is too long.",
    "x-too-many-fields": "It has too many fields.",
    "x-unknown-keyword": "The word is none of those that are known.",
    "x-unprintable-character": "A text has a character that cannot be printed.",
    "x-validator-failed": "A validator failed over it; the shape names the validator.",
}
"""Why a record was refused; validators and sources have rules of their own beside these."""

STOCK_REASONS: Final[Mapping[str, str]] = {
    "x-count": "Somebody counted.",
    "x-delivery": "A delivery came in.",
    "x-destroy": "Spoiled cards were destroyed.",
    "x-empty-by-device": "The printer says that its hopper is empty, and the book says otherwise.",
    "x-issue": "Blanks left the vault.",
    "x-lend": "Blanks were lent to another office.",
    "x-lent-back": "Blanks that were lent came back.",
    "x-load": "A hopper was filled.",
    "x-number-of-another-card": "A card reported a number that another card has.",
    "x-pick-counter": "The printer's counter and the book differ.",
    "x-printer-swapped": "Another printer answers than the one that the book knows.",
    "x-return": "Blanks were sent back.",
    "x-unload": "A hopper was emptied.",
}
"""Why blanks moved, and where book and device differ."""
