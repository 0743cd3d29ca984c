"""The first configuration of a station, as ``cardprint init`` writes it."""

from __future__ import annotations

import json

from cardprint.errors import ConfigurationError

__all__ = ["default_configuration_text"]

_TEXT = """\
# The configuration of a station. Check it after a change: cardprint check

[station]
name = {name}
# Where store, photos and cards lie, from where this file lies. Nobody else should be able to read it.
folder = "."
# The language of what is shown to people, en or id; without it, the computer's.
# language = "en"
# How many people work here. {witness}
people = {people}
# What a subject id looks like, as a regular expression. Sixteen digits: '[0-9]{{16}}'
# subject_pattern = '[^\\s]{{1,64}}'
# The hour at which the office's day begins, and its clock in minutes ahead of UTC (420: western Indonesia).
# business_day_starts = 0
# utc_offset_minutes = 0

# Who gets the next blank: first-time-first, fifo, or quota.
[policy]
plugin = "first-time-first"

# How cards look. With cardprint-svg also by a design that you draw; to begin with one: cardprint designs new FOLDER
[renderer]
plugin = "portrait"
# Cards without a portrait; else a request without a photo is held.
# photo = false
# Fields without which no card is made.
# required = ["name"]
# office = "Civil Registry Office"
# title = "IDENTITY CARD"
# What stands before each field of a request, in the order of the card; other fields are not on it.
# labels = {{ name = "Name", birth_place = "Place of birth", birth_date = "Date of birth" }}
# TrueType files; without them, Noto Sans or DejaVu Sans of the system.
# font = "fonts/Regular.ttf"
# bold = "fonts/Bold.ttf"

# One table for each printer. This one leaves the cards as pictures in the folder `out`.
[printers.P1]
driver = "folder"
device = "folder:out"
# Blanks in its hopper below which it warns.
threshold = 10
# Cards it is asked for at most, so that heat does not break it.
# per_day = 200
# per_hour = 60
# Its driver runs in a process of its own; "inline" runs it in the station, where a fault of it harms all.
# driver_process = "process"

# Who writes the chips of cards, and which fields go to the chip; a printer with a chip station names its encoder.
# [encoders.chips]
# plugin = "pcsc"
# fields = ["subject_id", "name"]
# layout = "office-card.toml"

# Where requests come from; one file at a time needs no table: cardprint import FILE
# [sources.centre]
# plugin = "file"
# path = "requests.xlsx"
# The sheet of a spreadsheet, where more than one is filled, and the encoding of a text that is not UTF-8.
# sheet = "June"
# encoding = "cp1252"

# Which packages may bring plugins; without this line, any that is installed.
# [plugins]
# allow = ["cardprint-http"]
"""


def default_configuration_text(*, name: str, people: int) -> str:
    """Give a commented ``station.toml`` with one printer that leaves its cards in a folder.

    Raises ConfigurationError for a name or a number of people that ``read_configuration`` would refuse.
    """
    if not name.strip() or not name.isprintable() or len(name) > 64:  # noqa: PLR2004  # as in a configuration
        raise ConfigurationError("The station's name needs 1 to 64 characters that can be printed.")
    if not 1 <= people <= 100_000:  # noqa: PLR2004  # as in a configuration
        raise ConfigurationError(f"{people} is not between 1 and 100000 people.")
    witness = (
        "One works alone: no witness is asked for, and reports say so."
        if people == 1
        else "With 1, no witness is asked for, and reports say so."
    )
    # A JSON text of printable characters is a TOML text as well.
    return _TEXT.format(name=json.dumps(name, ensure_ascii=False), people=people, witness=witness)
