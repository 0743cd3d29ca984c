"""What people are told: sentences and tables, with what a translation needs."""

from cardprint.station.told.counts import counted, of_day, of_doubt, of_worries
from cardprint.station.told.forecast import of_forecast
from cardprint.station.told.glance import (
    of_check,
    of_discovery,
    of_import,
    of_outcome,
    of_run,
    of_status,
    of_stock,
)
from cardprint.station.told.jobs import of_job
from cardprint.station.told.outlook import of_comparison, of_outlook
from cardprint.station.told.table import Table, plain

__all__ = [
    "Table",
    "counted",
    "of_check",
    "of_comparison",
    "of_day",
    "of_discovery",
    "of_doubt",
    "of_forecast",
    "of_import",
    "of_job",
    "of_outcome",
    "of_outlook",
    "of_run",
    "of_status",
    "of_stock",
    "of_worries",
    "plain",
]
