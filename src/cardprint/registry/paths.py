"""Load what a path ``package.module:Class`` names, when it is needed and not before."""

from __future__ import annotations

import importlib
import re
from importlib import metadata

from cardprint.errors import PluginError
from cardprint.registry.plugins import one_line

__all__ = ["load_path"]


def load_path(path: str, *, part: str, distribution: str) -> object:
    """Import what ``path`` names; ``part`` says in an error what it is for.

    Raises PluginError; where a package is missing, it says how to install it.
    """
    module_name, _, names = path.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = (error.name or module_name).partition(".")[0]
        if missing == module_name.partition(".")[0]:
            raise PluginError(
                f"The {part} needs the module {error.name or module_name}, which is not there.",
                cure=f"Install it anew: pip install --force-reinstall {distribution or missing}",
            ) from error
        raise PluginError(
            f"The {part} needs the package {missing}, which is not installed.",
            cure=f"Install it: {_pip_install(missing, distribution)}",
        ) from error
    # A vendor's library may end the process where it finds no device; that is not its right.
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"The {part} cannot be loaded: {module_name} raised {one_line(error)}.",
            cure=f"Mend or upgrade {distribution or module_name}.",
        ) from error
    for name in names.split("."):
        found = getattr(found, name, None)
    if not callable(found):
        raise PluginError(
            f"The {part} names {path}, and there is no such class.",
            cure=f"Upgrade {distribution or module_name}, or tell its author.",
        )
    return found


def _pip_install(missing: str, distribution: str) -> str:
    """Name the extra that brings the missing package, where the plugin's metadata tell, else the package."""
    try:
        requirements = metadata.requires(distribution) or []
    except (metadata.PackageNotFoundError, ValueError):
        requirements = []
    for requirement in requirements:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra\s*==\s*['\"]([\w.-]+)['\"]", requirement)
        if name and _normal(name[0]) == _normal(missing):
            return f"pip install '{distribution}[{extra[1]}]'" if extra else f"pip install '{name[0]}'"
    return f"pip install {missing}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
