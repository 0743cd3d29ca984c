"""What people are told of a design."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from cardprint.language import Sentence as _

__all__ = ["of_design", "of_preview"]


def of_design(problems: Sequence[str], sheet: Path | None = None, design: str = "") -> list[str]:
    """Say what is wrong with a design, the station's or one that is named, and where its sheet lies."""
    look = shlex.join(["cardprint", "designs", "preview", *([design] if design else []), "-o", "card.png"])
    sound = _("The design is sound: see it with {look}", look=look)
    return [*(problems or [sound]), *([_("Its worst cases: {sheet}", sheet=sheet)] if sheet else [])]


def of_preview(output: Path, warnings: Sequence[str]) -> list[str]:
    """Say where a preview lies, and what was drawn otherwise than asked."""
    otherwise = _("Drawn otherwise: {warnings}", warnings=" ".join(warnings))
    return [_("The card as it would look: {output}", output=output), *([otherwise] if warnings else [])]
