"""The suite of printer drivers, and the bench on which a device is provoked."""

from cardprint.testing.drivers.bench import Bench
from cardprint.testing.drivers.card import Ending, Notes, StationGoneError
from cardprint.testing.drivers.desk import Desk
from cardprint.testing.drivers.suite import DriverSuite

__all__ = ["Bench", "Desk", "DriverSuite", "Ending", "Notes", "StationGoneError"]
