"""What people are told: sentences and tables, with what a translation needs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cardprint.station.told.counts import counted as counted
    from cardprint.station.told.counts import of_day as of_day
    from cardprint.station.told.counts import of_doubt as of_doubt
    from cardprint.station.told.counts import of_worries as of_worries
    from cardprint.station.told.designs import of_design as of_design
    from cardprint.station.told.designs import of_preview as of_preview
    from cardprint.station.told.forecast import of_forecast as of_forecast
    from cardprint.station.told.glance import of_change as of_change
    from cardprint.station.told.glance import of_check as of_check
    from cardprint.station.told.glance import of_difference as of_difference
    from cardprint.station.told.glance import of_discovery as of_discovery
    from cardprint.station.told.glance import of_import as of_import
    from cardprint.station.told.glance import of_outcome as of_outcome
    from cardprint.station.told.glance import of_printers as of_printers
    from cardprint.station.told.glance import of_proof as of_proof
    from cardprint.station.told.glance import of_run as of_run
    from cardprint.station.told.glance import of_status as of_status
    from cardprint.station.told.glance import of_stock as of_stock
    from cardprint.station.told.jobs import of_job as of_job
    from cardprint.station.told.jobs import of_jobs as of_jobs
    from cardprint.station.told.jobs import of_why as of_why
    from cardprint.station.told.journal import of_lines as of_lines
    from cardprint.station.told.lines import of_letters as of_letters
    from cardprint.station.told.lines import of_lines_to as of_lines_to
    from cardprint.station.told.lines import of_sync as of_sync
    from cardprint.station.told.outlook import of_comparison as of_comparison
    from cardprint.station.told.outlook import of_outlook as of_outlook
    from cardprint.station.told.plugins import of_plugins as of_plugins
    from cardprint.station.told.plugins import of_trials as of_trials
    from cardprint.station.told.table import Table as Table
    from cardprint.station.told.table import plain as plain

_HOMES = {
    "Table": "table",
    "counted": "counts",
    "of_change": "glance",
    "of_check": "glance",
    "of_comparison": "outlook",
    "of_day": "counts",
    "of_design": "designs",
    "of_difference": "glance",
    "of_discovery": "glance",
    "of_doubt": "counts",
    "of_forecast": "forecast",
    "of_import": "glance",
    "of_job": "jobs",
    "of_jobs": "jobs",
    "of_letters": "lines",
    "of_lines": "journal",
    "of_lines_to": "lines",
    "of_outcome": "glance",
    "of_outlook": "outlook",
    "of_plugins": "plugins",
    "of_preview": "designs",
    "of_printers": "glance",
    "of_proof": "glance",
    "of_run": "glance",
    "of_status": "glance",
    "of_stock": "glance",
    "of_sync": "lines",
    "of_trials": "plugins",
    "of_why": "jobs",
    "of_worries": "counts",
    "plain": "table",
}

__all__ = [
    "Table",
    "counted",
    "of_change",
    "of_check",
    "of_comparison",
    "of_day",
    "of_difference",
    "of_discovery",
    "of_doubt",
    "of_forecast",
    "of_import",
    "of_job",
    "of_jobs",
    "of_lines",
    "of_outcome",
    "of_outlook",
    "of_plugins",
    "of_printers",
    "of_proof",
    "of_run",
    "of_status",
    "of_stock",
    "of_trials",
    "of_why",
    "of_worries",
    "plain",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute has any type
    """Load what a command tells and nothing else: each needs values of its own (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
