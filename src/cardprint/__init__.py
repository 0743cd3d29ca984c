"""A plugin-based engine for printing identity cards that accounts for every blank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cardprint.model import CardRequest as CardRequest
    from cardprint.model import RequestType as RequestType
    from cardprint.model.configuration import DutyLimits as DutyLimits
    from cardprint.model.configuration import PluginUse as PluginUse
    from cardprint.model.configuration import PrinterConfig as PrinterConfig
    from cardprint.model.configuration import StationConfig as StationConfig
    from cardprint.station import RunSummary as RunSummary
    from cardprint.station import Station as Station

    __version__: str

_HOMES = {
    "CardRequest": "cardprint.model",
    "DutyLimits": "cardprint.model.configuration",
    "PluginUse": "cardprint.model.configuration",
    "PrinterConfig": "cardprint.model.configuration",
    "RequestType": "cardprint.model",
    "RunSummary": "cardprint.station",
    "Station": "cardprint.station",
    "StationConfig": "cardprint.model.configuration",
}

__all__ = [
    "CardRequest",
    "DutyLimits",
    "PluginUse",
    "PrinterConfig",
    "RequestType",
    "RunSummary",
    "Station",
    "StationConfig",
    "__version__",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attribute has any type
    """Load what is asked for and nothing else: a vendor's import must not load the engine (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        return version("cardprint")
    if name not in _HOMES:
        raise AttributeError(f"module 'cardprint' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
