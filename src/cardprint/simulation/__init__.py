"""The physical truth against which the books are judged: a world, its printers, a clock of its own, scenarios.

Nothing here knows the store. The world counts cards; what the engine says about them is compared with it.
"""

from cardprint.simulation.build import PrinterBuild, capabilities
from cardprint.simulation.chips import ChipSilentError, SimulatedChip
from cardprint.simulation.clock import VirtualClock
from cardprint.simulation.device import SimulatedPrinter
from cardprint.simulation.faults import CHIP_FAULTS, Fault, FaultKind, Phase
from cardprint.simulation.memory import PrinterMemory
from cardprint.simulation.port import SimulatedPort
from cardprint.simulation.scenario import Scenario, read_scenario
from cardprint.simulation.session import SimulatedDriver, SimulatedSession, SimulatedSettings
from cardprint.simulation.world import Card, Print, Tally, World, WorldState

__all__ = [
    "CHIP_FAULTS",
    "Card",
    "ChipSilentError",
    "Fault",
    "FaultKind",
    "Phase",
    "Print",
    "PrinterBuild",
    "PrinterMemory",
    "Scenario",
    "SimulatedChip",
    "SimulatedDriver",
    "SimulatedPort",
    "SimulatedPrinter",
    "SimulatedSession",
    "SimulatedSettings",
    "Tally",
    "VirtualClock",
    "World",
    "WorldState",
    "capabilities",
    "read_scenario",
]
