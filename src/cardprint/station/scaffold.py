"""Make a plugin's package from the template that cardprint ships."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cardprint.errors import InputError, PluginError
from cardprint.language import Sentence

__all__ = ["KINDS", "made"]

KINDS: Final = ("driver", "source", "policy", "renderer", "encoder")
"""Of what there is a template."""

_TEMPLATE: Final = Path(__file__).parents[1] / "scaffold"
_ANSWERS: Final = ".copier-answers.yml"


def made(kind: str, name: str, folder: Path, *, ask: bool, again: bool = False, template: str = "") -> Path:
    """Make the package in a folder and give it; ``ask`` for what is not given, at the terminal.

    ``again`` writes over what the template made before, with its answers. ``template`` is another one than the shipped:
    a folder, or a Git repository, from which ``copier update`` can follow. Raises PluginError where copier is not
    installed, and InputError for a folder that is in use, or a template or a name that is not taken.
    """
    try:
        # pulls in much, and only whoever makes a package has it
        import copier  # noqa: PLC0415
        from copier.errors import CopierError, UserMessageError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise PluginError(
            Sentence("a package is made by {package}, which is not installed.", package=error.name),
            cure=Sentence("Install it: pip install 'cardprint[scaffold]'"),
        ) from error
    if again and not (folder / _ANSWERS).is_file():
        raise InputError(
            Sentence("{folder} has no {file}: no template made it.", folder=folder, file=_ANSWERS),
            cure=Sentence("Leave out --again, or name the package's folder: --output DIR"),
        )
    if not again and folder.exists() and any(folder.iterdir()):
        raise InputError(
            Sentence("{folder} is there and not empty; nothing was written.", folder=folder),
            cure=Sentence("Name another one: --output DIR"),
        )
    try:
        copier.run_copy(
            template or str(_TEMPLATE),
            folder,
            data={"kind": kind, "name": name},
            defaults=not ask,
            overwrite=again,
            quiet=True,
        )
    except (CopierError, UserMessageError, ValueError, OSError) as error:
        raise InputError(
            Sentence("the package cannot be made: {error}.", error=str(error).rstrip(".")),
            cure=Sentence("See: cardprint plugins new --help"),
        ) from error
    return folder
