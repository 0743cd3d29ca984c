"""How a simulated printer is built, and what its tier lets it prove."""

from __future__ import annotations

import attrs

from cardprint.errors import ConfigurationError
from cardprint.model import Capabilities, CardPosition

__all__ = ["TIERS", "PrinterBuild", "capabilities"]

TIERS = ("T0", "T1", "T2", "T3")
"""Common sets of proofs, from none to all."""


def capabilities(tier: str, *, chip: bool = False, numbers: bool = False, card_timeout: float = 300.0) -> Capabilities:
    """Give what a printer of a tier can do and prove; raise ConfigurationError for a tier there is not.

    ``chip``: it has a contact station. ``numbers``: it reads the numbers of blanks.
    """
    if tier not in TIERS:
        raise ConfigurationError(f"There is no tier {tier!r}.", cure=f"Use one of {', '.join(TIERS)}.")
    rank = TIERS.index(tier)
    counts, tells = rank >= TIERS.index("T1"), rank >= TIERS.index("T2")
    return Capabilities(
        abilities=frozenset({"contact-chip"}) if chip else frozenset(),
        encoders=frozenset({CardPosition.CONTACT}) if chip else frozenset(),
        pick_counter=counts,
        pick_counter_survives_power=counts,
        path_sensor=counts,
        can_fence=counts,
        job_table=tells,
        definite_not_started=tells,
        job_table_survives_power=tier == "T3",
        reads_blank_number=numbers,
        card_timeout=card_timeout,
    )


@attrs.frozen(kw_only=True)
class PrinterBuild:
    """State the fixed properties of a simulated printer."""

    seconds_per_card: float = 120.0
    """Seconds from the pick to the card in the tray; an encoded card takes a quarter more."""
    queue_seconds: float = 0.0
    """Seconds for which a job waits in the machine before its blank is drawn."""
    capabilities: Capabilities = attrs.field(factory=lambda: capabilities("T2"))
    """What it can do, and what it lets be observed."""
    spoil_rate: float = 0.0
    """Share of prints that come out bad."""
    seed: int = 0
    """Seed of its luck."""
    broken: bool = False
    """True: it never answers."""
    hopper_size: int = 200
    """Blanks its hopper holds."""
    ribbon: int | None = None
    """Cards a new ribbon lasts; None: it never ends."""
    tray_size: int | None = None
    """Cards its output tray holds; None: any number."""
    bin_size: int | None = None
    """Cards its reject bin holds; None: any number."""
    heat_limit: float | None = None
    """Heat, in cards, above which the head must cool; None: it never gets too hot."""
    heat_resume: float = 0.5
    """Share of the limit down to which it cools before it goes on."""
    cools_per_hour: float = 60.0
    """Heat, in cards, that it gives off in an hour."""
