"""What a simulated printer shows of itself: status for people, observations for proofs."""

from __future__ import annotations

from cardprint.model import AttemptId, Observation, PrinterState, PrinterStatus, Supply
from cardprint.simulation.build import PrinterBuild
from cardprint.simulation.memory import PrinterMemory
from cardprint.simulation.world import World

__all__ = ["observe", "obstacles", "status"]


def obstacles(name: str, world: World, build: PrinterBuild, memory: PrinterMemory) -> tuple[str, ...]:
    """Give the reasons for which no blank can be fed until somebody acts; heat passes by itself and is none."""
    reasons: list[str] = []
    if memory.jammed:
        reasons.append(memory.jammed)
    if memory.sees_no_blank or not world.count(f"hopper:{name}"):
        reasons.append("media-empty")
    if memory.ribbon == 0:
        reasons.append("marker-supply-empty")
    if build.tray_size is not None and world.count(f"output:{name}") >= build.tray_size:
        reasons.append("output-area-full")
    if build.bin_size is not None and world.count(f"reject:{name}") >= build.bin_size:
        reasons.append("x-reject-bin-full")
    return tuple(reasons)


def status(name: str, world: World, build: PrinterBuild, memory: PrinterMemory, now: float) -> PrinterStatus:
    """Tell how the machine is."""
    reasons = obstacles(name, world, build, memory)
    if memory.heat.cool_at(now, build) > now:
        reasons += ("x-head-cooling",)
    state = PrinterState.STOPPED if reasons else PrinterState.IDLE
    if memory.work is not None:
        state = PrinterState.PROCESSING
    supplies: tuple[Supply, ...] = ()
    if memory.ribbon is not None and build.ribbon is not None:
        supplies = (Supply(name="ribbon-ymcko", remaining=memory.ribbon, capacity=build.ribbon),)
        if 0 < memory.ribbon <= build.ribbon // 10:
            reasons += ("marker-supply-low",)
    return PrinterStatus(state=state, reasons=reasons, supplies=supplies)


def observe(
    name: str,
    world: World,
    build: PrinterBuild,
    memory: PrinterMemory,
    attempt_id: AttemptId | None,
) -> Observation:
    """Tell what the machine's capabilities let be observed."""
    can = build.capabilities
    if not (can.pick_counter or can.path_sensor or can.job_table or can.reads_blank_number):
        return Observation()
    front = world.front(f"hopper:{name}")
    numbered = can.reads_blank_number
    return Observation(
        serial=f"SIM-{name}-{memory.swaps}" if memory.swaps else f"SIM-{name}",
        boot_id=f"{name}-{memory.swaps}-{memory.boots}",
        pick_count=memory.picks - memory.picks_lost if can.pick_counter else None,
        reject_count=memory.rejects if can.pick_counter else None,
        path_clear=not world.inside(name) if can.path_sensor else None,
        queue_empty=memory.work is None,
        hopper_empty=(front is None or memory.sees_no_blank) if can.path_sensor else None,
        blank_number=f"{front.number:08d}" if numbered and front is not None else None,
        job=memory.jobs.get(attempt_id) if can.job_table and attempt_id is not None else None,
        printed_number=memory.numbers.get(attempt_id) if numbered and attempt_id is not None else None,
    )
