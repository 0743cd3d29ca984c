"""What the world remembers of what the store was told, for a disk that forgets."""

from __future__ import annotations

from collections.abc import Mapping

from cardprint.simulation import SimulatedPrinter
from cardprint.station import Station

__all__ = ["Memory"]


class Memory:
    """Compare what the store still knows with what it had acknowledged (G5), and what follows where it knows less."""

    def __init__(self, printers: Mapping[str, SimulatedPrinter], *, lying: bool) -> None:
        self.forgotten = 0
        """Starts of a station whose store had lost what it had acknowledged."""
        self.halted = 0
        """Printers that such a store must not feed before a count."""
        self._printers = printers
        self._lying = lying
        self._head: tuple[int, bytes] = (0, b"")
        self._closed: set[str] = set()
        self._settled = dict.fromkeys(printers, 0)

    def acknowledged(self, seq: int, digest: bytes) -> None:
        """Remember the journal's head at a commit that the store was told of."""
        self._head = (seq, digest)

    def compare(self, station: Station) -> list[str]:
        """Look at what a store knows when it is opened; on a disk that lies, note which printers know better."""
        seq, digest = self._head
        with station._database.reading() as reading:
            found = reading.value("SELECT hash FROM journal WHERE seq = ?", (seq,)) if seq else digest
        if found == digest:
            return []
        if not self._lying:
            return [f"G5: the store has forgotten journal line {seq}, which it had acknowledged"]
        self.forgotten += 1
        self._head = (0, b"")
        closed = {name for name, picked in self._unknown(station).items() if picked > self._settled[name]}
        self.halted += len(closed)
        self._closed |= closed
        return []

    def submitted(self, name: str) -> list[str]:
        """Judge a command to a printer: one that made cards which the store has forgotten must be counted first."""
        return [f"G11: printer {name} was fed by a store that had forgotten its cards"] if name in self._closed else []

    def counted(self, names: set[str], station: Station) -> None:
        """Take notice of counts: from there on the book is right again, whatever it had forgotten."""
        for name in self._closed.intersection(names):
            self._closed.discard(name)
            self._settled[name] = self._unknown(station)[name]
        names.clear()

    def _unknown(self, station: Station) -> dict[str, int]:
        """Give the blanks that each printer has picked beyond all the intents that the store knows."""
        with station._database.reading() as reading:
            intents: dict[str, int] = dict(
                reading.all("SELECT printer, count(*) FROM attempt WHERE intent_at IS NOT NULL GROUP BY printer"),
            )
        return {name: printer.memory.picks - intents.get(name, 0) for name, printer in self._printers.items()}
