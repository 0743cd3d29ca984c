"""What one run meets, drawn from its seed: the same plan is the same run."""

from __future__ import annotations

import enum
import random

import attrs

from cardprint.simulation import CHIP_FAULTS, Fault, FaultKind, Phase

__all__ = [
    "DEADLY",
    "MODES",
    "TIERS",
    "Operator",
    "Plan",
    "Trouble",
    "TroubleKind",
    "draw_chip_plan",
    "draw_far_plan",
    "draw_forgetful_plan",
    "draw_leased_plan",
    "draw_lying_plan",
    "draw_mixed_plan",
    "draw_new_plan",
    "draw_plan",
    "draw_queueing_plan",
]

TIERS = ("T0", "T1", "T1-forgets", "T2", "T3")
"""The tiers; ``T1-forgets`` is T1 with a counter that begins anew at every power cut."""
MODES = ("drop", "keep", "some", "torn")
"""What a power cut does to unsynced writes."""


class TroubleKind(enum.Enum):
    """What can befall an office."""

    KILL = "kill"
    """The station's process dies; what it has written stays."""
    STATION_POWER = "station-power"
    """The station's computer loses power; the printers go on."""
    OFFICE_POWER = "office-power"
    """Everything loses power."""
    PRINTER_POWER = "printer-power"
    """One printer loses power."""
    SWAP = "swap"
    """Another machine is put in a printer's place."""
    FULL = "full"
    """The disk is full for some writes."""
    WRITE_ERROR = "write-error"
    """A write fails."""
    SYNC_ERROR = "sync-error"
    """A sync fails, and what it should have written is lost to later ones."""
    CLOCK = "clock"
    """Somebody sets the clock."""
    CENTRE_DEAF = "centre-deaf"
    """The centre hears the next reports, and its reply is lost."""
    LEASE_ENDED = "lease-ended"
    """A person at the centre takes a lease back; the record is leased anew when the office asks next."""
    PHOTO_CUT = "photo-cut"
    """The line to the centre is cut in the midst of the next photo."""
    PHOTO_CAME = "photo-came"
    """The centre gets a photo that it lacked, and tells of its request once more."""
    CORRECTED = "corrected"
    """A person at the centre corrects a request, which names another photo from then on."""
    REVOKED = "revoked"
    """A person at the centre revokes a request that is leased: no card of it is begun any more."""
    CANCELED = "canceled"
    """A person at the office cancels a request that waits or is under way; the centre leases it anew."""
    NIGHTS = "nights"
    """Nothing happens for days, and nobody asks the centre."""
    DRIVER_CRASH = "driver-crash"
    """The driver of a printer crashes; the machine goes on."""
    STALL = "stall"
    """The station's process stands still before a command to a device, another takes over, and it wakes."""
    LIE = "lie"
    """From now on until the power is cut, the disk says that it has synced, and has not."""


DEADLY = frozenset({TroubleKind.KILL, TroubleKind.STATION_POWER, TroubleKind.OFFICE_POWER})
"""Troubles that end the station's process."""


class Operator(enum.Enum):
    """What the people are like while trouble lasts; afterwards they are there and tell the truth."""

    TRUTHFUL = "truthful"
    """Looks, and says what is there."""
    MISTAKEN = "mistaken"
    """Says once what is not so."""
    ABSENT = "absent"
    """Does nothing."""


@attrs.frozen(kw_only=True)
class Trouble:
    """Happen once, ``after`` calls (of the store to the disk, of the engine to a device) since the one before."""

    kind: TroubleKind
    after: int
    mode: str = "keep"
    """For a power cut: one of ``MODES``."""
    printer: int = 0
    """For a printer's trouble: which."""
    amount: float = 0.0
    """For the clock, and for nights: seconds; for a full disk: writes that fail; for a printer's power: seconds
    without; for a stall: turns of the process that takes over."""


@attrs.frozen(kw_only=True)
class Plan:
    """Hold all that one run is made of."""

    seed: int
    """Of the chances inside the run."""
    tiers: tuple[str, ...]
    """A printer each."""
    jobs: int
    """Requests."""
    troubles: tuple[Trouble, ...] = ()
    """In order."""
    faults: tuple[tuple[Fault, ...], ...] = ()
    """For each printer, what its next jobs meet."""
    operator: Operator = Operator.TRUTHFUL
    """What the people are like."""
    spoil_rate: float = 0.0
    """Share of prints that come out bad while trouble lasts."""
    numbers: bool = False
    """True: the printers read the numbers of blanks."""
    queueing: bool = False
    """True: jobs wait in the machines for a while before a blank moves."""
    chips: bool = False
    """True: every card has a chip, which is written before it is printed."""
    leased: bool = False
    """True: the centre leases its records until the next day, and the office asks it now and then."""
    photos: tuple[bool, ...] = ()
    """True for each request whose photo the centre has from the start, False where it comes there later. All requests
    name a photo, which comes to the office after its record; empty: none names one."""
    to_the_end: bool = False
    """True: troubles may come until all is done; else a quiet time follows on them."""
    lying: bool = False
    """True: the disk may lie, so that the store loses what it had acknowledged; this must be noticed (G11)."""
    from_nothing: bool = False
    """True: the store is made in the midst of the trouble; else it is there, with requests and loaded hoppers."""


_KINDS = {
    TroubleKind.KILL: 8,
    TroubleKind.STATION_POWER: 6,
    TroubleKind.OFFICE_POWER: 5,
    TroubleKind.PRINTER_POWER: 2,
    TroubleKind.SWAP: 0.3,
    TroubleKind.FULL: 1,
    TroubleKind.WRITE_ERROR: 1,
    TroubleKind.SYNC_ERROR: 1.2,
    TroubleKind.CLOCK: 0.6,
    TroubleKind.CENTRE_DEAF: 0.6,
    TroubleKind.LEASE_ENDED: 0.0,
    TroubleKind.PHOTO_CUT: 0.0,
    TroubleKind.PHOTO_CAME: 0.0,
    TroubleKind.CORRECTED: 0.0,
    TroubleKind.REVOKED: 0.0,
    TroubleKind.CANCELED: 0.0,
    TroubleKind.NIGHTS: 0.0,
    TroubleKind.DRIVER_CRASH: 1.5,
    TroubleKind.STALL: 1.5,
}
_FAR_OFF = (
    TroubleKind.PHOTO_CUT,
    TroubleKind.PHOTO_CAME,
    TroubleKind.CORRECTED,
    TroubleKind.REVOKED,
    TroubleKind.CANCELED,
    TroubleKind.NIGHTS,
)
_LASTS = (5.0, 40.0, 400.0)


def draw_plan(seed: int) -> Plan:
    """Draw a plan; seeds next to each other have nothing in common."""
    chance = random.Random(f"plan/{seed}")
    printers = chance.choices((1, 2, 3), (1, 8, 2))[0]
    return Plan(
        seed=seed,
        tiers=tuple(chance.choice(TIERS) for _ in range(printers)),
        jobs=chance.randint(2, 4),
        troubles=tuple(_trouble(chance, printers) for _ in range(chance.randint(3, 11))),
        faults=tuple(tuple(_fault(chance) for _ in range(chance.choice((0, 0, 1, 2)))) for _ in range(printers)),
        operator=chance.choices(tuple(Operator), (10, 3, 3))[0],
        spoil_rate=chance.choice((0.0, 0.0, 0.1, 0.3)),
        numbers=chance.random() < 0.2,  # noqa: PLR2004 - one in five
        from_nothing=chance.random() < 0.05,  # noqa: PLR2004 - one in twenty
        queueing=chance.random() < 0.25,  # noqa: PLR2004 - one in four
    )


def draw_new_plan(seed: int) -> Plan:
    """Draw a plan as ``draw_plan`` does, for a store that is made in the midst of the trouble."""
    return attrs.evolve(draw_plan(seed), from_nothing=True)


def draw_forgetful_plan(seed: int) -> Plan:
    """Draw a plan as ``draw_plan`` does, for printers whose counter does not survive their power."""
    plan = draw_plan(seed)
    return attrs.evolve(plan, tiers=("T1-forgets",) * len(plan.tiers))


def draw_chip_plan(seed: int) -> Plan:
    """Draw a plan as ``draw_plan`` does, for cards with chips, of which some are bad."""
    plan, chance = draw_plan(seed), random.Random(f"chips/{seed}")
    kinds = sorted(CHIP_FAULTS, key=lambda kind: kind.value)
    bad = tuple(
        (*faults, *(Fault(kind=chance.choice(kinds)) for _ in range(chance.choice((0, 1, 1, 2)))))
        for faults in plan.faults
    )
    return attrs.evolve(plan, chips=True, faults=bad)


def draw_leased_plan(seed: int) -> Plan:
    """Draw a plan as ``draw_plan`` does, for records that are leased, under clocks that jump and leases that end."""
    plan, chance = draw_plan(seed), random.Random(f"leases/{seed}")
    troubles = list(plan.troubles)
    for _ in range(chance.randint(1, 4)):
        kind = chance.choice((TroubleKind.LEASE_ENDED, TroubleKind.LEASE_ENDED, TroubleKind.CLOCK))
        days = chance.choice((-1.0, 1.0, 1.0, 2.0, 400.0))
        amount = 86_400.0 * days if kind is TroubleKind.CLOCK else 0.0
        trouble = Trouble(kind=kind, after=chance.randint(1, 60), printer=chance.randrange(100), amount=amount)
        troubles.insert(chance.randint(0, len(troubles)), trouble)
    return attrs.evolve(plan, leased=True, troubles=tuple(troubles))


def draw_far_plan(seed: int) -> Plan:
    """Draw a plan as ``draw_leased_plan`` does, for an office far from its centre.

    Photos come after their records, some late; requests are corrected, revoked and canceled, and nights pass.
    """
    plan, chance = draw_leased_plan(seed), random.Random(f"far/{seed}")
    troubles = list(plan.troubles)
    for _ in range(chance.randint(1, 5)):
        kind = chance.choice(_FAR_OFF)
        amount = 86_400.0 * chance.choice((1.0, 2.0, 5.0)) if kind is TroubleKind.NIGHTS else 0.0
        trouble = Trouble(kind=kind, after=chance.randint(1, 60), printer=chance.randrange(100), amount=amount)
        troubles.insert(chance.randint(0, len(troubles)), trouble)
    photos = tuple(chance.random() < 0.7 for _ in range(plan.jobs))  # noqa: PLR2004 - most are there
    return attrs.evolve(plan, photos=photos, troubles=tuple(troubles))


def draw_mixed_plan(seed: int) -> Plan:
    """Draw a plan without lying disks, near the centre: of five seeds three plain ones, a leased and a chip plan."""
    draw = (draw_plan, draw_leased_plan, draw_plan, draw_chip_plan, draw_plan)[seed % 5]
    return draw(seed)


def draw_queueing_plan(seed: int) -> Plan:
    """Draw a plan as ``draw_plan`` does, for printers in which a job waits before its blank moves."""
    return attrs.evolve(draw_plan(seed), queueing=True)


def draw_lying_plan(seed: int) -> Plan:
    """Draw a plan in which the disk lies, under printers whose counters keep what it forgets."""
    chance = random.Random(f"lying/{seed}")
    printers = chance.choice((1, 2))
    return Plan(
        seed=seed,
        tiers=tuple(chance.choice(("T1", "T2", "T3")) for _ in range(printers)),
        jobs=chance.randint(3, 6),
        troubles=(
            Trouble(kind=TroubleKind.LIE, after=chance.randint(1, 300)),
            Trouble(
                kind=chance.choice((TroubleKind.STATION_POWER, TroubleKind.OFFICE_POWER)),
                after=chance.randint(1, 200),
                mode="drop",
            ),
            Trouble(kind=TroubleKind.KILL, after=chance.randint(1, 60)),
        ),
        lying=True,
    )


def _trouble(chance: random.Random, printers: int) -> Trouble:
    kind = chance.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
    amount = 0.0
    if kind is TroubleKind.CLOCK:
        amount = chance.choice((-1.0, 1.0)) * chance.choice((1.0, 3_600.0, 86_400.0, 400 * 86_400.0))
    elif kind is TroubleKind.FULL:
        amount = chance.choice((1.0, 30.0))
    elif kind is TroubleKind.PRINTER_POWER:
        amount = chance.choice(_LASTS)
    elif kind is TroubleKind.STALL:
        amount = chance.choice((1.0, 3.0, 10.0, 40.0))
    return Trouble(
        kind=kind,
        # Often soon, so that recovery itself is hit; else anywhere in the life of a card or two.
        after=chance.randint(1, 25) if chance.random() < 0.4 else chance.randint(1, 160),  # noqa: PLR2004
        mode=chance.choice(MODES),
        printer=chance.randrange(printers),
        amount=amount,
    )


def _fault(chance: random.Random) -> Fault:
    kind = chance.choice([kind for kind in FaultKind if kind not in CHIP_FAULTS])
    lasts = None
    if kind in {FaultKind.POWER_LOSS, FaultKind.HANG, FaultKind.OFFLINE}:
        lasts = chance.choice((*_LASTS, None)) if kind is not FaultKind.HANG else chance.choice(_LASTS)
    fixed = {FaultKind.EMPTY, FaultKind.DOUBLE_FEED, FaultKind.SPOIL, FaultKind.RIBBON_END, FaultKind.FALSE_DONE}
    if kind in fixed:
        return Fault(kind=kind)
    phases = (Phase.QUEUED, Phase.FEED, Phase.PRINT, Phase.EJECT)
    return Fault(kind=kind, phase=chance.choice(phases), lasts=lasts)
