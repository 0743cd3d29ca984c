"""Find plugins, make their parts, and read the configuration that names them."""

from cardprint.registry.checking import check_plugins, with_allow_lines
from cardprint.registry.configuration import read_configuration
from cardprint.registry.discovery import list_plugins
from cardprint.registry.instances import Instances
from cardprint.registry.kinds import Kind
from cardprint.registry.late import LateRenderer
from cardprint.registry.registry import PartReference, Registry
from cardprint.registry.template import default_configuration_text

__all__ = [
    "Instances",
    "Kind",
    "LateRenderer",
    "PartReference",
    "Registry",
    "check_plugins",
    "default_configuration_text",
    "list_plugins",
    "read_configuration",
    "with_allow_lines",
]
