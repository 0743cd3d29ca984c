"""What a model can do: data files, not code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import attrs
import cattrs
from attrs import validators

from cardprint.errors import ConfigurationError

__all__ = ["Hole", "Model", "known_models", "load_model", "model_of_usb"]

Hole = tuple[int, int, int, int]
"""Left, one end, right and the other end of what the overcoat leaves bare, in the printer's own pixels."""
_positive = validators.and_(validators.instance_of(int), validators.gt(0))


@attrs.frozen(kw_only=True)
class Model:
    """State what a model prints."""

    name: str
    """The maker's name for it."""
    usb: tuple[str, ...] = ()
    """Vendor and product numbers by which it is known, in hexadecimal: ``0c1f:1800``."""
    dpi: int = attrs.field(validator=_positive)
    """Dots per inch, along and across."""
    width_px: int = attrs.field(validator=_positive)
    """Pixels of a face along the card's long side; rows, for the printer."""
    height_px: int = attrs.field(validator=_positive)
    """Pixels of a face along the card's short side."""
    head_px: int = attrs.field(validator=[_positive, validators.lt(10_000)])
    """Pixels of a row of the print head; a multiple of 8."""
    left_px: int = attrs.field(validator=validators.ge(0))
    """Pixels of a row before the face begins."""
    sides: int = attrs.field(validator=validators.in_((1, 2)))
    """1 or 2."""
    stripe: bool
    """It is sold with an encoder for magnetic stripes."""
    holes: Mapping[str, Hole] = attrs.field(factory=dict)
    """Holes of the overcoat, by the name that the setting ``hole`` has for them."""

    def __attrs_post_init__(self) -> None:
        if self.head_px % 8 or self.left_px + self.height_px > self.head_px:
            raise ValueError("the face does not fit the print head, or the head's pixels are no multiple of 8")


_converter = cattrs.Converter(forbid_extra_keys=True)


def known_models() -> Mapping[str, Model]:
    """Read the models that this package brings, by name."""
    folder = resources.files("cardprint_magicard") / "models"
    texts = {file.name.removesuffix(".toml"): file.read_text("utf-8") for file in folder.iterdir()}
    return {name: _read(name, texts[name]) for name in sorted(texts)}


def load_model(wanted: str, folder: Path, *, printer: str) -> Model:
    """Give a model by name, or read it from a file in the station's folder; raise ConfigurationError."""
    if wanted.endswith(".toml"):
        try:
            return _read(wanted, (folder / wanted).read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"[printers.{printer}] the model file {wanted} cannot be read: {type(error).__name__}.",
                cure="It lies in the station's folder.",
            ) from error
    models = known_models()
    if wanted not in models:
        raise ConfigurationError(
            f"[printers.{printer}] `model` names no model that is known.",
            cure=f"Use one of {', '.join(models)}, or describe it in a file NAME.toml.",
        )
    return models[wanted]


def model_of_usb(number: str) -> str:
    """Give the name of the model with this USB number; empty where none has it."""
    return next((name for name, model in known_models().items() if number in model.usb), "")


def _read(name: str, text: str) -> Model:
    try:
        return _converter.structure(tomllib.loads(text), Model)
    except (tomllib.TOMLDecodeError, cattrs.BaseValidationError) as error:
        lines = "; ".join(cattrs.transform_error(error)) if isinstance(error, cattrs.BaseValidationError) else error
        raise ConfigurationError(f"the model file {name} describes no model: {lines}.") from error
