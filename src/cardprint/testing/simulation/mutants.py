"""Bugs planted on purpose: each must be caught, else the simulation proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import attrs

from cardprint.store import Transaction, outbox
from cardprint.testing.simulation.bugs_of_the_act import (
    active_is_done,
    begun_without_photo,
    clock_concludes,
    counter_after_power_cycle,
    counter_not_compared,
    doubt_is_not_fed,
    eject_counter,
    fencing_not_checked,
    never_brought_back,
    no_fence,
    number_not_written_down,
    outcome_dropped,
    printed_after_the_lease,
    proceed_before_report,
    requeue_on_restart,
    reservations_forgotten,
    retry_on_exception,
    stalled_worker_not_killed,
    submit_before_intent,
    wish_forgotten,
)
from cardprint.testing.simulation.bugs_of_the_books import (
    after_the_commit,
    extra_after_wal,
    missing_is_printed,
    no_rewriting,
    on_after_io_error,
    posted_twice,
    spoiled_to_hopper,
    synchronous,
    two_transactions,
    void_keeps_pending,
)
from cardprint.testing.simulation.plan import (
    Plan,
    draw_chip_plan,
    draw_far_plan,
    draw_forgetful_plan,
    draw_leased_plan,
    draw_lying_plan,
    draw_new_plan,
    draw_plan,
    draw_queueing_plan,
)

__all__ = ["MUTANTS", "Mutant", "planted"]


@attrs.frozen(kw_only=True)
class Mutant:
    """Hold one bug."""

    summary: str
    """What is wrong, in one line."""
    plant: Callable[[], AbstractContextManager[None]]
    """Puts it in, and takes it out again."""
    draw: Callable[[int], Plan] = draw_plan
    """Draws the plans that bring it to light."""


def planted(name: str | None) -> AbstractContextManager[None]:
    """Plant a bug by its name; none for None."""
    return nullcontext() if name is None else MUTANTS[name].plant()


MUTANTS: Mapping[str, Mutant] = {
    "active-is-done": Mutant(summary="a job that has picked its card counts as printed", plant=active_is_done),
    "begun-without-photo": Mutant(
        summary="a photo that the centre lacks is awaited no longer",
        plant=begun_without_photo,
        draw=draw_far_plan,
    ),
    "clock-concludes": Mutant(summary="an intent that is old by the clock counts as not fed", plant=clock_concludes),
    "counter-after-power-cycle": Mutant(
        summary="a counter is believed that begins anew with the power",
        plant=counter_after_power_cycle,
        draw=draw_forgetful_plan,
    ),
    "counter-not-compared": Mutant(
        summary="nobody compares the book with the device's counter",
        plant=counter_not_compared,
        draw=draw_lying_plan,
    ),
    "doubt-is-not-fed": Mutant(summary="what nothing proves counts as not fed", plant=doubt_is_not_fed),
    "eject-counter": Mutant(summary="ejects are counted in place of picks", plant=eject_counter),
    "fencing-not-checked": Mutant(
        summary="a process that was overtaken may write",
        plant=fencing_not_checked,
    ),
    "journal-outside": Mutant(
        summary="the journal's line has a transaction of its own",
        plant=lambda: after_the_commit(Transaction, "note"),
    ),
    "ledger-twice": Mutant(summary="a printed card is booked twice", plant=posted_twice),
    "never-brought-back": Mutant(summary="a request waits for a retry that nobody remembers", plant=never_brought_back),
    "no-fence": Mutant(
        summary="evidence is read while the device may still move",
        plant=no_fence,
        draw=draw_queueing_plan,
    ),
    "no-rewriting": Mutant(summary="a new process trusts the page cache", plant=no_rewriting),
    "on-after-io-error": Mutant(summary="the store goes on after a failed sync", plant=on_after_io_error),
    "number-not-written-down": Mutant(
        summary="a chip is written whose number nobody has kept",
        plant=number_not_written_down,
        draw=draw_chip_plan,
    ),
    "outbox-outside": Mutant(
        summary="the centre's message has a transaction of its own",
        plant=lambda: after_the_commit(outbox, "add"),
    ),
    "outcome-dropped": Mutant(summary="an outcome that cannot be written is forgotten", plant=outcome_dropped),
    "printed-after-the-lease": Mutant(
        summary="a card is begun after the lease of its request",
        plant=printed_after_the_lease,
        draw=draw_leased_plan,
    ),
    "proceed-before-report": Mutant(
        summary="the driver goes on before its step is durable",
        plant=proceed_before_report,
    ),
    "requeue-on-restart": Mutant(summary="what was under way is tried again after a restart", plant=requeue_on_restart),
    "reservations-forgotten": Mutant(
        summary="what was only reserved is left so after a restart",
        plant=reservations_forgotten,
    ),
    "retry-on-exception": Mutant(summary="a driver's exception counts as not fed", plant=retry_on_exception),
    "spoiled-as-printed": Mutant(summary="a spoiled card is booked as printed", plant=missing_is_printed),
    "spoiled-to-hopper": Mutant(summary="a spoiled blank is booked back into the hopper", plant=spoiled_to_hopper),
    "stalled-worker-not-killed": Mutant(
        summary="a driver goes on whose device another process has taken over",
        plant=stalled_worker_not_killed,
    ),
    "submit-before-intent": Mutant(summary="the device is commanded before the intent", plant=submit_before_intent),
    "extra-after-wal": Mutant(
        summary="EXTRA is set once the file is in WAL mode, so that a removed journal may come back",
        plant=extra_after_wal,
        draw=draw_new_plan,
    ),
    "synchronous-normal": Mutant(summary="the store does not sync each commit", plant=lambda: synchronous("NORMAL")),
    "synchronous-off": Mutant(summary="the store never syncs", plant=lambda: synchronous("OFF")),
    "two-transactions": Mutant(summary="outcome and ledger have a transaction each", plant=two_transactions),
    "wish-forgotten": Mutant(
        summary="a request that is revoked while it is under way is tried once more",
        plant=wish_forgotten,
        draw=draw_far_plan,
    ),
    "void-keeps-pending": Mutant(summary="a void reservation keeps its blank", plant=void_keeps_pending),
}
