"""The facade: wiring and lifecycle."""

from cardprint.station.running import RunSummary
from cardprint.station.station import Station

__all__ = ["RunSummary", "Station"]
