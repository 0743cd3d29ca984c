"""One card as the stream that the printer takes; pure functions.

Order, spelling and values are what Debian's Gutenprint 5.3.4 sends; what most of the constants mean is not known, and
they are sent as they were seen. Only ``TDT``, the time, differs from one run to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from cardprint_magicard.model import Hole, Model
from cardprint_magicard.planes import Planes

__all__ = ["COERCIVITY", "TRACKS", "Stripe", "Track", "encode_job"]

_ATTENTION = b"\x05" * 64
_BEGIN, _SEPARATOR, _END = b"\x01", b"\x1c", b"\x03"
_LETTERS = {"yellow": "B", "magenta": "G", "cyan": "R", "black": "K"}
"""Planes go by the channel that they are the opposite of."""

COERCIVITY: Mapping[str, str] = {"low": "L", "high": "H"}
"""How the cards' stripes are magnetised, by the setting."""


@attrs.frozen(kw_only=True)
class Track:
    """State how a track of a magnetic stripe is written (ISO/IEC 7811-6)."""

    number: int
    """1 or 2."""
    density: int
    """Bits per inch."""
    bits: int
    """Bits a character, its parity among them."""
    characters: str
    """What it can hold; the comma is missing, since it ends a command."""
    most: int
    """Characters that it can hold."""


TRACKS: Mapping[str, Track] = {
    "track1": Track(
        number=1,
        density=210,
        bits=7,
        characters="".join(chr(code) for code in range(0x20, 0x60) if chr(code) != ","),
        most=79,
    ),
    "track2": Track(number=2, density=75, bits=5, characters="0123456789:;<=>?", most=40),
}
"""Tracks by the name that an order's ``encoding`` has for them.

Not the third: Gutenprint sends it as the first, so nothing is known of how it is to be sent.
"""


@attrs.frozen(kw_only=True)
class Stripe:
    """Hold what a magnetic stripe is to hold."""

    coercivity: str
    """``L`` or ``H``."""
    tracks: Mapping[str, str] = attrs.field(repr=False)
    """Characters by the names of ``TRACKS``; a person's, so they are never shown."""


def encode_job(
    sides: Sequence[Planes],
    model: Model,
    *,
    time: int,
    overcoat: bool = False,
    hole: Hole | None = None,
    stripe: Stripe | None = None,
    reject_faulty: bool = False,
    colour_sure: bool = True,
) -> bytes:
    """Give the stream of one card: one copy, one page for each side, front first; ``time`` in seconds since 1970."""
    pages: list[bytes] = []
    for number, planes in enumerate(sides, 1):
        named = {letter: getattr(planes, name) for name, letter in _LETTERS.items() if getattr(planes, name)}
        front = number == 1
        commands = [
            "NOC1",
            "VER5.3.4",
            "LANENG",
            f"REJ{_on(reject_faulty)}",
            "ESS1",
            "KEE",
            "RT2",
            f"DPX{_on(len(sides) > 1)}",
            f"PAG{number}",
            *([f"BAC{_back(named, overcoat=overcoat)}"] if front and len(sides) > 1 else []),
            f"SLW{_on(colour_sure)}",
            "XCO0",
            "YCO0",
            f"WID{model.width_px}",
            f"HGT{model.height_px}",
            # With two sides the overcoat of the back is asked for on the front's page.
            f"OVR{_on(overcoat and front)}",
            *([f"NCT{','.join(map(str, hole))}"] if hole and overcoat and front else []),
            "NNNOFF",
            "USFOFF",
            *(_stripe_commands(stripe) if stripe and front else []),
            "PCT0,0,1025,641",
            "DDD50",
            f"TDT{time & 0xFFFF_FFFF:08X}",
            f"IMF{''.join(named)}",
            *(f"SZ{letter}{len(plane)}" for letter, plane in named.items()),
        ]
        head = f",{','.join(commands)}".encode("ascii")
        ends = (plane + _SEPARATOR + letter.encode() + b":" for letter, plane in named.items())
        pages.append(b"".join((_ATTENTION, _BEGIN, head, _SEPARATOR, *ends, _END)))
    return b"".join(pages)


def _back(named: Mapping[str, bytes], *, overcoat: bool) -> str:
    return ("C" if "B" in named else "") + ("K" if "K" in named else "") + ("O" if overcoat else "")


def _stripe_commands(stripe: Stripe) -> Iterator[str]:
    for name, characters in sorted(stripe.tracks.items()):
        track = TRACKS[name]
        yield f"MAG{track.number}"
        yield f"BPI{track.density}"
        yield f"MPC{track.bits}"
        yield f"COE{stripe.coercivity}"
        yield characters


def _on(value: bool) -> str:  # noqa: FBT001 - a word for a truth
    return "ON" if value else "OFF"
