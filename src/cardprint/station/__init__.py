"""The facade: wiring and lifecycle."""

from cardprint.station.station import Station
from cardprint.station.summary import RunSummary

__all__ = ["RunSummary", "Station"]
