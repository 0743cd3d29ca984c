"""Blanks in people's hands: deliveries, loads, counts, and what leaves the office."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from cardprint.engine.holding import settle
from cardprint.engine.parts import Parts
from cardprint.engine.stock_report import stock_report
from cardprint.errors import LedgerError
from cardprint.language import Sentence
from cardprint.model.identifiers import BatchId
from cardprint.model.ledger import Account, AccountKind, StockMovement, hopper, parse_account
from cardprint.model.views import BatchView, StockReport
from cardprint.store import Transaction, grants, jobs, ledger, printers

__all__ = ["StockRoom"]

_SUPPLIER = Account(AccountKind.SUPPLIER)
_VAULT = Account(AccountKind.VAULT)
_WORKING = Account(AccountKind.WORKING)
_MISSING = Account(AccountKind.MISSING)
_FOUND = Account(AccountKind.FOUND)
_COUNTED = frozenset({AccountKind.VAULT, AccountKind.WORKING, AccountKind.HOPPER, AccountKind.SPOILED})


class StockRoom:
    """Book what people do with blanks; the only other writer of blanks is the print act."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def receive(
        self,
        count: int,
        *,
        name: str = "",
        kind: str = "standard",
        serial_first: str = "",
        serial_last: str = "",
        by: str = "",
    ) -> BatchView:
        """Book a delivery into the vault as a batch of its own."""
        if count < 1:
            raise LedgerError(
                Sentence("a delivery of {count} blanks cannot be; nothing was booked.", count=count),
                cure=Sentence("Give at least 1."),
            )
        _check_serials(count, serial_first, serial_last)
        with self._write() as tx:
            batch = ledger.add_batch(
                tx,
                name=name,
                kind=kind,
                count=count,
                serial_first=serial_first,
                serial_last=serial_last,
            )
            self._book(tx, batch.batch_id, count, _SUPPLIER, _VAULT, "x-delivery", by)
            return next(view for view in ledger.batch_views(tx) if view.batch_id == batch.batch_id)

    def issue(self, count: int, *, kind: str = "standard", by: str = "") -> None:
        """Take blanks out of the vault into the operators' hands, first delivered first."""
        with self._write() as tx:
            self._take(tx, count, kind, _VAULT, _WORKING, "x-issue", by)

    def load(self, printer: str, count: int, *, by: str = "", witness: str = "") -> None:
        """Fill a printer's hopper from the working stock, and what that lacks from the vault."""
        self.load_all([(printer, count)], by=by, witness=witness)

    def load_all(self, loads: Sequence[tuple[str, int]], *, by: str = "", witness: str = "") -> None:
        """Fill several hoppers, each as ``load`` does: all of them, or none where one is refused."""
        kinds = [self._kind(printer) for printer, _ in loads]
        self._two_people(Sentence("loading a hopper"), by, witness)
        with self._write() as tx:
            for (printer, count), kind in zip(loads, kinds, strict=True):
                lacking = count - ledger.available(tx, _WORKING, kind)
                if lacking > 0:
                    self._take(tx, lacking, kind, _VAULT, _WORKING, "x-issue", by)
                self._take(tx, count, kind, _WORKING, hopper(printer), "x-load", by, witness)

    def unload(self, printer: str, count: int | None = None, *, by: str = "", witness: str = "") -> int:
        """Take blanks out of a hopper, all where no count is given; give their number."""
        kind = self._kind(printer)
        self._two_people(Sentence("unloading a hopper"), by, witness)
        with self._write() as tx:
            taken = ledger.available(tx, hopper(printer), kind) if count is None else count
            if taken:
                self._take(tx, taken, kind, hopper(printer), _WORKING, "x-unload", by, witness)
            return taken

    def recount(self, account: str, count: int, *, by: str, witness: str = "", kind: str = "standard") -> int:
        """Book what somebody counted; give the difference, negative where blanks are missing.

        A shortage goes to ``missing``, a surplus comes from ``found``: nothing is clamped. A hopper's count settles
        its discrepancies and lets its printer go on.
        """
        place = parse_account(account)
        if place.kind not in _COUNTED:
            raise LedgerError(
                Sentence("{account} cannot be counted; nothing was booked.", account=account),
                cure=Sentence("Count vault, working, ..."),
            )
        if count < 0:
            raise LedgerError(
                Sentence("{count} blanks cannot be counted; nothing was booked.", count=count),
                cure=Sentence("Give 0 or more."),
            )
        if place.kind is AccountKind.HOPPER:
            kind = self._kind(place.place)
        with self._write() as tx:
            return self.count_in(tx, place, count, kind=kind, by=by, witness=witness)

    def put_day_right(self, *, by: str, witness: str = "") -> date:
        """Let the business date go back to the clock's day, after a clock that was ahead; give it.

        LedgerError, and nothing changes, where it is not ahead. What was booked under the later date stays there.
        """
        self._two_people(Sentence("a business date that goes back"), by, witness)
        today = self._parts.today()
        with self._write() as tx:
            before = printers.business_date(tx)
            if before <= today.isoformat():
                raise LedgerError(
                    Sentence("the business date {date} is not ahead of the clock; nothing was changed.", date=before),
                    cure=Sentence("Set this computer's clock first, then come again."),
                )
            printers.reset_business_date(tx, today.isoformat())
            # Whose lease has ended by the right date, too, is held again when it is drawn.
            for job in jobs.held_for(tx, grants.LAPSED):
                settle(tx, job, grants.LAPSED)
            tx.note("business-date-set", before=before, date=today.isoformat(), by=by, witness=witness)
        return today

    def count_in(self, tx: Transaction, place: Account, count: int, *, kind: str, by: str, witness: str) -> int:
        """Book a count in a transaction that does more, and give the difference."""
        account = str(place)
        held = ledger.by_batch(tx, place, kind)
        difference = count - sum(held_count for _, held_count in held)
        if difference:
            self._two_people(
                Sentence("a difference of {difference:+d} in {account}", difference=difference, account=account),
                by,
                witness,
            )
        if difference < 0:
            self._take(tx, -difference, kind, place, _MISSING, "x-count", by, witness)
        elif difference > 0:
            batch = held[-1][0] if held else self._latest_batch(tx, kind)
            self._book(tx, batch, difference, _FOUND, place, "x-count", by, witness)
        settled = ledger.settle_discrepancies(tx, account)
        if place.kind is AccountKind.HOPPER:
            self._reopen(tx, place.place)
        tx.note("stock-counted", account=account, count=count, difference=difference, settled=settled)
        return difference

    def return_(self, count: int, *, kind: str = "standard", by: str = "") -> None:
        """Send blanks of the vault back."""
        with self._write() as tx:
            self._take(tx, count, kind, _VAULT, Account(AccountKind.RETURNED), "x-return", by)

    def lend(self, count: int, office: str, *, kind: str = "standard", by: str = "") -> None:
        """Lend blanks of the vault to another office."""
        account = Account(AccountKind.LENT, _place_name(office))
        with self._write() as tx:
            self._take(tx, count, kind, _VAULT, account, "x-lend", by)

    def take_back(self, count: int, office: str, *, kind: str = "standard", by: str = "") -> None:
        """Take lent blanks back into the vault."""
        account = Account(AccountKind.LENT, _place_name(office))
        with self._write() as tx:
            self._take(tx, count, kind, account, _VAULT, "x-lent-back", by)

    def destroy(self, count: int, *, box: str = "1", kind: str = "standard", by: str, witness: str = "") -> None:
        """Destroy spoiled cards of a box before two people."""
        self._two_people(Sentence("destroying spoiled cards"), by, witness)
        with self._write() as tx:
            spoiled = Account(AccountKind.SPOILED, box)
            self._take(tx, count, kind, spoiled, Account(AccountKind.DESTROYED), "x-destroy", by, witness)

    def report(self) -> StockReport:
        """Show all blanks, per account and per batch."""
        with self._parts.database.reading() as reading:
            return stock_report(reading, self._parts)

    def discrepancies(self) -> tuple[str, ...]:
        """Give the differences between book and devices that nobody has settled, one sentence each."""
        return self.report().discrepancies

    @contextmanager
    def _write(self) -> Iterator[Transaction]:
        with self._parts.database.transaction(self._parts.clock.now()) as tx:
            yield tx
        self._parts.committed()

    def _kind(self, printer: str) -> str:
        config = self._parts.printer(printer)
        if config is None:
            known = ", ".join(printer.name for printer in self._parts.config.printers) or Sentence("none")
            raise LedgerError(
                Sentence("there is no printer {printer!r}; nothing was booked.", printer=printer),
                cure=Sentence("Known: {known}.", known=known),
            )
        return config.kind

    def _two_people(self, what: str, by: str, witness: str) -> None:
        if self._parts.config.people <= 1:
            return
        if not by or not witness or by.casefold() == witness.casefold():
            raise LedgerError(
                Sentence("{what} needs two different people; nothing was booked.", what=what),
                cure=Sentence("Add: --by NAME --witness NAME (or set [station] people = 1 in a one-person office)."),
            )

    def _latest_batch(self, tx: Transaction, kind: str) -> int:
        batch = tx.value("SELECT max(id) FROM batch WHERE kind = ?", (kind,))
        if batch is None:
            raise LedgerError(
                Sentence("no blanks of kind {kind!r} were ever received; nothing was booked.", kind=kind),
                cure=Sentence("Book their delivery first: cardprint stock receive COUNT"),
            )
        return int(batch)

    def _take(
        self,
        tx: Transaction,
        count: int,
        kind: str,
        source: Account,
        target: Account,
        reason: str,
        by: str,
        witness: str = "",
    ) -> None:
        """Move blanks batch by batch, first come first."""
        if count < 1:
            raise LedgerError(
                Sentence("{count} blanks cannot be moved; nothing was booked.", count=count),
                cure=Sentence("Give at least 1."),
            )
        held = ledger.by_batch(tx, source, kind)
        there = sum(held_count for _, held_count in held)
        if there < count:
            raise LedgerError(
                Sentence(
                    "{source} holds {there} blanks of kind {kind!r}, {count} were asked for; nothing was booked.",
                    source=source,
                    there=there,
                    kind=kind,
                    count=count,
                ),
                cure=Sentence("Book the delivery first: cardprint stock receive COUNT --by NAME")
                if source == _VAULT and not there
                else Sentence("See where blanks are with: cardprint stock report"),
            )
        for batch, held_count in held:
            part = min(count, held_count)
            if part:
                self._book(tx, batch, part, source, target, reason, by, witness)
                count -= part

    def _book(
        self,
        tx: Transaction,
        batch: int,
        count: int,
        source: Account,
        target: Account,
        reason: str,
        by: str,
        witness: str = "",
    ) -> None:
        ledger.book(
            tx,
            StockMovement(
                batch_id=BatchId(batch),
                count=count,
                source=source,
                target=target,
                reason=reason,
                by=by,
                witness=witness,
            ),
        )
        tx.note("blanks-moved", batch=batch, count=count, source=str(source), target=str(target), reason=reason, by=by)

    def _reopen(self, tx: Transaction, printer: str) -> None:
        """Let a counted printer go on, from a new baseline of its counter."""
        printers.know(tx, printer)
        row = printers.row_of(tx, printer)
        printers.change(tx, printers.counted(row))


def _place_name(name: str) -> str:
    if not name or ":" in name or not name.isprintable():
        raise LedgerError(Sentence("an office needs a name without a colon; nothing was booked."))
    return name


def _check_serials(count: int, first: str, last: str) -> None:
    if not first and not last:
        return
    shapes = (first.rstrip("0123456789"), last.rstrip("0123456789"))
    digits = (first[len(shapes[0]) :], last[len(shapes[1]) :])
    if shapes[0] != shapes[1] or not all(digits) or len(first) != len(last):
        raise LedgerError(
            Sentence("{first!r} to {last!r} is no range of numbers; nothing was booked.", first=first, last=last),
            cure=Sentence("Both need the same letters in front and as many digits."),
        )
    if int(digits[1]) - int(digits[0]) + 1 != count:
        raise LedgerError(
            Sentence(
                "{first} to {last} are {numbers} numbers for {count} blanks; nothing was booked.",
                first=first,
                last=last,
                numbers=int(digits[1]) - int(digits[0]) + 1,
                count=count,
            ),
            cure=Sentence("Give the range that is printed on the delivery."),
        )
