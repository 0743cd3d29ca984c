"""The vendor surface: everything a plugin needs, and nothing that loads the engine."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cardprint.plugin.context import Clock, PluginContext
from cardprint.plugin.deprecation import Replaced, replaced_names
from cardprint.plugin.drivers import ChipSteps, PrinterDriver, PrinterSession, Steps
from cardprint.plugin.encoders import CardChannel, ChipEncoder
from cardprint.plugin.entries import (
    API_VERSION,
    DriverEntry,
    EncoderEntry,
    Entry,
    InterlockEntry,
    PolicyEntry,
    RendererEntry,
    SourceEntry,
    ValidatorEntry,
)
from cardprint.plugin.hookspecs import hookimpl
from cardprint.plugin.interlocks import FeedAnswer, FeedQuestion, Interlock
from cardprint.plugin.policies import AllocationPolicy
from cardprint.plugin.renderers import CardRenderer
from cardprint.plugin.secret import read_secret
from cardprint.plugin.sources import DataSource
from cardprint.plugin.validators import Finding, RequestValidator

__all__ = [
    "API_VERSION",
    "AllocationPolicy",
    "CardChannel",
    "CardRenderer",
    "ChipEncoder",
    "ChipSteps",
    "Clock",
    "DataSource",
    "DriverEntry",
    "EncoderEntry",
    "Entry",
    "FeedAnswer",
    "FeedQuestion",
    "Finding",
    "Interlock",
    "InterlockEntry",
    "PluginContext",
    "PolicyEntry",
    "PrinterDriver",
    "PrinterSession",
    "RendererEntry",
    "RequestValidator",
    "SourceEntry",
    "Steps",
    "ValidatorEntry",
    "hookimpl",
    "read_secret",
]

REPLACED: Mapping[str, Replaced] = {}
"""Old names of this module, each until the version in which it is taken away."""

if not TYPE_CHECKING:  # a type checker is to tell of an old name, not to find it
    __getattr__ = replaced_names(__name__, REPLACED)
