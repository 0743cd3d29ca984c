"""What became of a card, by evidence: drivers observe, these rules conclude (guarantees, "Recovery")."""

from __future__ import annotations

import attrs

from cardprint.model.attempts import AttemptOutcome, CardFate
from cardprint.model.printers import Capabilities, Observation

__all__ = ["Judgement", "concluded_afterwards", "concluded_at_once", "trusted"]


@attrs.frozen(kw_only=True)
class Judgement:
    """State a fate and the rule that proves it; the fate is None where nothing does."""

    fate: CardFate | None
    """NOT_FED, PRINTED or SPOILED."""
    rule: str
    """``R1``, ``R2``, ``R3``, ``outcome``, or what is lacking."""


def trusted(observation: Observation, capabilities: Capabilities) -> Observation:
    """Leave out what the driver does not declare: undeclared is not relied on."""
    return attrs.evolve(
        observation,
        pick_count=observation.pick_count if capabilities.pick_counter else None,
        path_clear=observation.path_clear if capabilities.path_sensor else None,
        job=observation.job if capabilities.job_table else None,
        blank_number=observation.blank_number if capabilities.reads_blank_number else None,
    )


def _picked(before: Observation, after: Observation) -> int | None:
    """Count the blanks picked since, where the counter is there and is the same printer's."""
    if before.pick_count is None or after.pick_count is None or before.serial != after.serial:
        return None
    return after.pick_count - before.pick_count


def _rejected(before: Observation, after: Observation) -> int | None:
    if before.reject_count is None or after.reject_count is None or before.serial != after.serial:
        return None
    return after.reject_count - before.reject_count


def concluded_at_once(
    outcome: AttemptOutcome,
    before: Observation,
    after: Observation | None,
    capabilities: Capabilities,
) -> Judgement:
    """Judge a driver's outcome while the session lives (decisions 8).

    PRINTED holds unless something contradicts it. NOT_FED holds only with ``definite_not_started``, SPOILED only
    with evidence as in R3. Without ``after`` nothing can contradict, and nothing but the driver's word can prove.
    """
    seen = after or Observation()
    picked, rejected = _picked(before, seen), _rejected(before, seen)
    if outcome.fate is CardFate.PRINTED:
        failed = seen.job is not None and seen.job.state == "failed"
        if picked not in {None, 1} or rejected not in {None, 0} or failed:
            return Judgement(fate=None, rule="x-contradiction")
        return Judgement(fate=CardFate.PRINTED, rule="outcome")
    if outcome.fate is CardFate.NOT_FED and capabilities.definite_not_started:
        if picked not in {None, 0}:
            return Judgement(fate=None, rule="x-contradiction")
        return Judgement(fate=CardFate.NOT_FED, rule="outcome")
    if outcome.fate is CardFate.SPOILED and (rejected == 1 or _failed_after_pick(seen)):
        return Judgement(fate=CardFate.SPOILED, rule="R3")
    return Judgement(fate=None, rule="x-no-evidence")


def _failed_after_pick(after: Observation) -> bool:
    return after.job is not None and after.job.state == "failed" and after.job.picked


def concluded_afterwards(
    before: Observation,
    after: Observation,
    capabilities: Capabilities,
    *,
    at_rest: bool,
) -> Judgement:
    """Judge an attempt in doubt by rules R1 to R3; ``at_rest`` says that the fence held.

    All that a rule needs must be there; where the device has a fact, it must agree.
    """
    if before.serial != after.serial:
        return Judgement(fate=None, rule="x-printer-swapped")
    picked, rejected = _picked(before, after), _rejected(before, after)
    if after.job is not None and after.job.state == "done":
        number = after.printed_number is None or before.blank_number in {None, after.printed_number}
        if picked in {None, 1} and rejected in {None, 0} and number:
            return Judgement(fate=CardFate.PRINTED, rule="R2")
        return Judgement(fate=None, rule="x-contradiction")
    if _failed_after_pick(after) or (rejected == 1 and after.job is not None and after.job.state == "failed"):
        return Judgement(fate=CardFate.SPOILED, rule="R3")
    counter_holds = capabilities.pick_counter_survives_power or (
        before.boot_id is not None and before.boot_id == after.boot_id
    )
    idle = at_rest and after.queue_empty is True and after.path_clear is True
    if picked == 0 and counter_holds and idle and rejected in {None, 0}:
        return Judgement(fate=CardFate.NOT_FED, rule="R1")
    return Judgement(fate=None, rule="x-no-evidence")
