"""Where every physical card is, and what is printed on it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Mapping

import attrs

from cardprint.errors import StateError
from cardprint.model import CardPosition
from cardprint.simulation.chips import SimulatedChip
from cardprint.simulation.faults import Fault, FaultKind

__all__ = ["Card", "Print", "Tally", "World", "WorldState"]

VAULT = "vault"
SUPPLIER = "supplier"
CABINET = "cabinet"
"""Finished cards that somebody took out of an output tray."""
BOX = "box"
"""Cards that somebody took out of a reject bin or out of a machine's path."""


@attrs.frozen(kw_only=True)
class Print:
    """Remember one printing on a card."""

    attempt_id: str
    """The attempt it was printed for."""
    faces: tuple[str, ...] = ()
    """SHA-256 of the faces, where there were any."""
    whole: bool = False
    """True once the last panel is on the card."""


@attrs.define(kw_only=True)
class Card:
    """Be one piece of plastic."""

    number: int
    """Its number; printed numbers begin at 1."""
    kind: str
    """The kind of blank it was made as."""
    batch: int
    """The delivery it came with."""
    place: str
    """Where it is, for example ``hopper:P1``."""
    position: CardPosition | None = None
    """Where in the machine, while it is in one."""
    prints: tuple[Print, ...] = ()
    """All that was ever printed on it."""
    fed_for: str = ""
    """The attempt for which it last left a hopper."""
    chip: SimulatedChip | None = None
    """Its chip; None: nobody has touched it with contacts yet."""

    @property
    def good(self) -> bool:
        """Say whether it is a card one can hand out: printed once, whole, and out of the machine the right way."""
        left = self.place.startswith("output:") or self.place == CABINET
        return left and len(self.prints) == 1 and self.prints[0].whole


@attrs.frozen(kw_only=True)
class Tally:
    """Count what the world holds, request by request."""

    printed: int
    """Good cards."""
    doubled: int
    """Good cards beyond the first of a request."""
    lost: int
    """Cards that are nowhere, and good cards whose attempt nobody knows."""


@attrs.frozen(kw_only=True)
class WorldState:
    """Hold a world as plain data, so that it can be written down and read again."""

    cards: list[Card] = attrs.field(factory=list)
    """Every card, by number."""
    stacks: dict[str, list[int]] = attrs.field(factory=dict)
    """The numbers of the cards in each place, in their order."""
    fed: dict[str, int] = attrs.field(factory=dict)
    """Cards that ever left a hopper through its feeder, by printer."""
    batches: int = 0
    """Deliveries so far."""


class World:
    """Hold all cards of an office; every card is in exactly one place, or nowhere once it has vanished."""

    def __init__(self, state: WorldState | None = None) -> None:
        state = state or WorldState()
        self.cards: dict[int, Card] = {card.number: card for card in state.cards}
        self.batches = state.batches
        self.fed: Counter[str] = Counter(state.fed)
        """Cards that ever left a printer's hopper through its feeder, by printer."""
        self._stacks: dict[str, deque[int]] = {VAULT: deque()}
        self._stacks.update((place, deque(numbers)) for place, numbers in state.stacks.items())
        self._sizes: dict[str, int] = {}

    def state(self) -> WorldState:
        """Give the world as plain data; it shares the cards with the world, so write it down at once."""
        stacks = {place: list(stack) for place, stack in self._stacks.items()}
        return WorldState(cards=list(self.cards.values()), stacks=stacks, fed=dict(self.fed), batches=self.batches)

    @property
    def created(self) -> int:
        """Count the cards that ever came into this world."""
        return len(self.cards)

    @property
    def printed(self) -> int:
        """Count the good cards."""
        return sum(1 for card in self.cards.values() if card.good)

    @property
    def lost(self) -> int:
        """Count the cards that are in no place."""
        return self.created - sum(self.places().values())

    def install(self, printer: str, hopper_size: int) -> None:
        """Put up a printer whose hopper holds ``hopper_size`` blanks."""
        self._sizes[printer] = hopper_size
        for place in ("hopper", "in-machine", "output", "reject"):
            self._stacks.setdefault(f"{place}:{printer}", deque())

    def deliver(self, count: int, kind: str = "standard") -> int:
        """Bring ``count`` new blanks into the vault; give the number of their batch."""
        self.batches += 1
        vault = self._stacks[VAULT]
        for number in range(self.created + 1, self.created + count + 1):
            self.cards[number] = Card(number=number, kind=kind, batch=self.batches, place=VAULT)
            vault.append(number)
        return self.batches

    def send_back(self, count: int, kind: str = "standard") -> None:
        """Send blanks from the vault back to the supplier; raise StateError where there are too few."""
        for number in self._of_kind(count, kind):
            self._move(number, SUPPLIER)

    def load(self, printer: str, count: int, kind: str = "standard") -> None:
        """Fill blanks of the vault into a hopper; raise StateError where they are too few or do not fit."""
        place = f"hopper:{printer}"
        room = self._sizes[printer] - self.count(place)
        if count > room:
            raise StateError(f"{count} blanks do not fit into {place}, which has room for {room}.")
        for number in self._of_kind(count, kind):
            self._move(number, place)

    def unload(self, printer: str, count: int | None = None) -> int:
        """Take blanks out of a hopper, back into the vault; all of them by default; give their number."""
        stack = self._stacks[f"hopper:{printer}"]
        taken = len(stack) if count is None else count
        if taken > len(stack):
            raise StateError(f"hopper:{printer} holds {len(stack)} blanks, not {taken}.")
        for _ in range(taken):
            self._move(stack[-1], VAULT)
        return taken

    def empty_tray(self, printer: str) -> int:
        """Carry the cards of an output tray to the cabinet; give their number."""
        return self._empty(f"output:{printer}", CABINET)

    def empty_bin(self, printer: str) -> int:
        """Carry the cards of a reject bin to the box; give their number."""
        return self._empty(f"reject:{printer}", BOX)

    def clear_path(self, printer: str) -> int:
        """Take by hand whatever is stuck in a machine; it goes to the box and is of no use any more."""
        return self._empty(f"in-machine:{printer}", BOX)

    def vanish(self, place: str) -> int:
        """Let one card of a place disappear, as a theft does; give its number."""
        if not self.count(place):
            raise StateError(f"{place} holds no card that could vanish.")
        number = self._stacks[place].pop()
        self.cards[number].place = ""
        return number

    def pick(self, printer: str, attempt_id: str = "") -> int | None:
        """Move the blank at the front of a hopper into the machine; None where the hopper is empty."""
        stack = self._stacks[f"hopper:{printer}"]
        if not stack:
            return None
        number = stack[0]
        self._move(number, f"in-machine:{printer}", CardPosition.HOPPER)
        self.cards[number].fed_for = attempt_id
        self.fed[printer] += 1
        return number

    def transport(self, number: int, printer: str, position: CardPosition) -> None:
        """Move a card to a position of the machine it is in; output and reject let go of it."""
        if position is CardPosition.OUTPUT:
            self._move(number, f"output:{printer}")
        elif position is CardPosition.REJECT:
            self._move(number, f"reject:{printer}")
        else:
            self.cards[number].position = position

    def chip(self, number: int) -> SimulatedChip:
        """Give a card's chip, whose number follows from the card's."""
        card = self.cards[number]
        if card.chip is None:
            card.chip = SimulatedChip(number=f"{number:016X}")
        return card.chip

    def meet(self, number: int, fault: Fault) -> None:
        """Let a card's chip be as a fault has it; trouble of another kind is none of a chip's."""
        chip = self.chip(number)
        if fault.kind is FaultKind.DEAD_CHIP:
            chip.commands = 0
        elif fault.kind is FaultKind.TORN_CHIP:
            chip.commands = fault.commands
        elif fault.kind is FaultKind.WRONG_CHIP:
            chip.application = "F04F54484552"
        elif fault.kind is FaultKind.USED_CHIP:
            chip.hold("somebody")

    def begin_print(self, number: int, attempt_id: str, faces: tuple[str, ...] = ()) -> None:
        """Begin to print on a card: it is no blank any more."""
        self.cards[number].prints += (Print(attempt_id=attempt_id, faces=faces),)

    def end_print(self, number: int) -> None:
        """Put the last panel on a card."""
        card = self.cards[number]
        card.prints = (*card.prints[:-1], attrs.evolve(card.prints[-1], whole=True))

    def count(self, place: str) -> int:
        """Count the cards in a place."""
        return len(self._stacks.get(place, ()))

    def front(self, place: str) -> Card | None:
        """Show the first card of a place, or None."""
        stack = self._stacks.get(place)
        return self.cards[stack[0]] if stack else None

    def inside(self, printer: str) -> tuple[int, ...]:
        """Give the numbers of the cards in a machine's path."""
        return tuple(self._stacks[f"in-machine:{printer}"])

    def places(self) -> Mapping[str, int]:
        """Count the cards by place, empty places included."""
        return {place: len(stack) for place, stack in self._stacks.items()}

    def good_cards(self) -> Mapping[str, int]:
        """Count the good cards by attempt."""
        return Counter(card.prints[0].attempt_id for card in self.cards.values() if card.good)

    def account(self, request_of: Callable[[str], Hashable | None] | Mapping[str, Hashable]) -> Tally:
        """Count good cards by the request that ``request_of`` names for an attempt; None: nobody knows it."""
        look_up = request_of.get if isinstance(request_of, Mapping) else request_of
        requests: Counter[Hashable] = Counter()
        printed = unknown = 0
        for attempt_id, count in self.good_cards().items():
            printed += count
            request = look_up(attempt_id)
            if request is None:
                unknown += count
            else:
                requests[request] += count
        doubled = sum(count - 1 for count in requests.values())
        return Tally(printed=printed, doubled=doubled, lost=self.lost + unknown)

    def _of_kind(self, count: int, kind: str) -> list[int]:
        found: list[int] = []
        for number in self._stacks[VAULT]:
            if len(found) >= count:
                break
            if self.cards[number].kind == kind:
                found.append(number)
        if len(found) < count:
            raise StateError(f"The vault holds {len(found)} blanks of kind {kind}, not {count}.")
        return found

    def _empty(self, place: str, to: str) -> int:
        numbers = tuple(self._stacks[place])
        for number in numbers:
            self._move(number, to)
        return len(numbers)

    def _move(self, number: int, to: str, position: CardPosition | None = None) -> None:
        card = self.cards[number]
        stack = self._stacks[card.place]
        if stack[-1] == number:
            stack.pop()
        else:
            stack.remove(number)
        self._stacks.setdefault(to, deque()).append(number)
        card.place = to
        card.position = position
