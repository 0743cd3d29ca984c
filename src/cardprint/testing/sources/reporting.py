"""Rules S11 to S15: what a source is told."""

from __future__ import annotations

from collections.abc import Sequence

from cardprint.model import OutcomeReport, Receipt
from cardprint.plugin import DataSource
from cardprint.testing.rules import expect, rule
from cardprint.testing.sources.origin import Origin, made_up_rows, report

__all__ = ["Reporting"]

_SOME = 3


class Reporting:
    """Hold the rules of reports and closing."""

    @rule(
        "S11",
        why="The centre must learn of each card; what has no receipt stays owed in the outbox.",
        example="One receipt for each report, in the same order.",
        exceptions="A source whose other end takes no reports writes its exemption down.",
    )
    def test_reports_arrive_and_each_has_its_receipt(self, origin: Origin) -> None:
        """Reports arrive in order, and each has its receipt."""
        origin.put(made_up_rows(_SOME))
        _accepted(origin.source(), [report(1), report(2, "spoiled")])
        wanted = [("station:1", "R-1", "printed"), ("station:2", "R-2", "spoiled")]
        expect(origin.outcomes() == wanted, f"{len(origin.outcomes())} reports arrived, not these two in their order")

    @rule(
        "S12",
        why="The line breaks after the report and before the receipt; the station sends it again.",
        example="The report's key is the other end's key as well.",
        exceptions="A source whose other end takes no reports writes its exemption down.",
    )
    def test_a_report_that_comes_again_counts_once(self, origin: Origin) -> None:
        """A report that comes again, in one call or in another process, is accepted and counts once."""
        origin.put(made_up_rows(_SOME))
        source = origin.source()
        _accepted(source, [report(1)])
        _accepted(source, [report(1), report(2), report(2)])
        _accepted(origin.source(), [report(2), report(3)])
        keys = [key for key, _, _ in origin.outcomes()]
        expect(keys == ["station:1", "station:2", "station:3"], f"{len(keys)} reports arrived of three")

    @rule(
        "S13",
        why="An outbox with nothing in it must not write, nor wake a line that costs money.",
        example="Return before the file is opened or the server is called.",
    )
    def test_no_reports_have_no_receipts(self, origin: Origin) -> None:
        """No reports have no receipts and leave no trace."""
        origin.put(made_up_rows(1))
        _accepted(origin.source(), [])
        expect(origin.outcomes() == [], "something arrived")

    @rule(
        "S14",
        why="An old backup or a request withdrawn at the centre must not keep all other reports in the outbox.",
        example="REFUSED, or ACCEPTED where the other end takes anything; no exception.",
    )
    def test_a_report_on_an_unknown_request_holds_up_no_other(self, origin: Origin) -> None:
        """A report on a request that the source never gave has a receipt, and those around it are accepted."""
        origin.put(made_up_rows(_SOME))
        unknown = OutcomeReport(key="station:0", request_id="R-unknown", outcome="printed")
        receipts = list(origin.source().acknowledge([report(1), unknown, report(2)]))
        expect(len(receipts) == _SOME, f"{len(receipts)} receipts for {_SOME} reports")
        others = receipts[:1] + receipts[2:]
        expect(others == [Receipt.ACCEPTED] * 2, f"the others got {[each.value for each in others]}")
        arrived = {key for key, _, _ in origin.outcomes()}
        expect({"station:1", "station:2"} <= arrived, "another report did not arrive")

    @rule(
        "S15",
        why="A station closes what it is not sure to have closed, and stops in the middle of a pull.",
        example="`close` forgets the handle that it gives back.",
    )
    def test_closing_twice_is_closing_once(self, origin: Origin) -> None:
        """A source can be closed twice, in the middle of a pull as well."""
        origin.put(made_up_rows(_SOME))
        source = origin.source()
        next(iter(source.pull(None)), None)
        source.close()
        source.close()


def _accepted(source: DataSource, reports: Sequence[OutcomeReport]) -> None:
    receipts = list(source.acknowledge(reports))
    wanted = [Receipt.ACCEPTED] * len(reports)
    expect(receipts == wanted, f"the receipts for {len(reports)} reports are {[each.value for each in receipts]}")
