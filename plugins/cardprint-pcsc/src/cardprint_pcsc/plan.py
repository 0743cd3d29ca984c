"""The plan of a chip layout: what is asked of a chip, in order, as a TOML file declares it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

import attrs
import cattrs

from cardprint.errors import ConfigurationError
from cardprint_pcsc.tlv import tag_of

__all__ = ["Blank", "Compare", "Lock", "Number", "Plan", "Select", "Step", "Verify", "Write", "read_plan"]

_LARGEST_FILE: Final = 0x8000
"""Bytes that the offset of a short READ BINARY reaches (ISO/IEC 7816-4, 7.2.3: 15 bits)."""
_REFERENCES: Final = 0x1F
_LARGEST: Final = 1 << 16


def _hex(shortest: int, longest: int) -> Any:  # noqa: ANN401 - attrs has no type for a field's definition
    return attrs.field(validator=attrs.validators.matches_re(f"([0-9A-Fa-f]{{2}}){{{shortest},{longest}}}"))


def _length() -> Any:  # noqa: ANN401 - the same
    return attrs.field(validator=[attrs.validators.ge(1), attrs.validators.le(_LARGEST_FILE)])


@attrs.frozen(kw_only=True)
class Select:
    """Select the application."""

    application: str = _hex(5, 16)
    """Its name (AID) in hex."""


@attrs.frozen(kw_only=True)
class Number:
    """Read the chip's own number."""

    file: str = attrs.field(default="", validator=attrs.validators.matches_re("([0-9A-Fa-f]{4})?"))
    """The file that holds it; empty: the reader tells it (contactless chips)."""
    length: int = attrs.field(default=8, validator=[attrs.validators.ge(1), attrs.validators.le(32)])
    """Bytes of it in the file."""


@attrs.frozen(kw_only=True)
class Blank:
    """Go on only where a file holds nothing: 00 or FF throughout."""

    file: str = _hex(2, 2)
    """Its identifier."""
    length: int = _length()
    """Bytes to look at."""


@attrs.frozen(kw_only=True)
class Verify:
    """Show a key, once."""

    key: str = attrs.field(validator=attrs.validators.matches_re(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"))
    """What the provider of keys calls it."""
    reference: int = attrs.field(default=1, validator=[attrs.validators.ge(0), attrs.validators.le(0xFF)])
    """What the chip calls it (P2 of VERIFY)."""


@attrs.frozen(kw_only=True)
class Write:
    """Write fields to a file as BER-TLV, filled up with 00."""

    file: str = _hex(2, 2)
    """Its identifier."""
    length: int = _length()
    """Bytes of it."""
    fields: Mapping[str, str] = attrs.field(validator=attrs.validators.min_len(1))
    """The tag (hex) of each field, in the order of the file."""


@attrs.frozen(kw_only=True)
class Compare:
    """Read a file back and compare it with what was written."""

    file: str = _hex(2, 2)
    """Its identifier."""


@attrs.frozen(kw_only=True)
class Lock:
    """Activate a file, after which its access rules let nobody write."""

    file: str = _hex(2, 2)
    """Its identifier."""


Step: TypeAlias = Select | Number | Blank | Verify | Write | Compare | Lock
_STEPS: Final[Mapping[str, type[Any]]] = {kind.__name__.lower(): kind for kind in Step.__args__}
_CONVERTER: Final = cattrs.Converter(forbid_extra_keys=True)


@attrs.frozen(kw_only=True)
class Plan:
    """Hold the plan."""

    identify: tuple[Step, ...]
    """Ends with the number; changes nothing."""
    write: tuple[Step, ...]
    """Each file that is written was blank and is compared; what is locked was compared."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Name the keys that it shows."""
        return tuple(step.key for step in self.write if isinstance(step, Verify))

    @property
    def files(self) -> tuple[Write, ...]:
        """Give the files that it writes."""
        return tuple(step for step in self.write if isinstance(step, Write))


def read_plan(path: Path) -> Plan:
    """Read a layout; ConfigurationError, by file and step, for one that is none or whose steps are out of order."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST)
        data = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise ConfigurationError(
            f"The layout {path} cannot be read ({error.strerror}).", cure="Check `layout` in the settings."
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"The layout {path} is no TOML: {error}.") from None
    unknown = sorted(data.keys() - {"identify", "write"})
    if unknown:
        raise ConfigurationError(f"The layout {path} has {unknown[0]!r}, which is neither `identify` nor `write`.")
    plan = Plan(identify=_steps(path, data, "identify"), write=_steps(path, data, "write"))
    for problem in _disorder(plan):
        raise ConfigurationError(f"The layout {path} is no plan: {problem}.", cure="See docs/how-to/encode-chips.md")
    return plan


def _steps(path: Path, data: Mapping[str, Any], part: str) -> tuple[Step, ...]:
    tables = data.get(part, [])
    if not isinstance(tables, list) or not tables:
        raise ConfigurationError(f"The layout {path} has no steps: write each as a table [[{part}]].")
    return tuple(_step(table, f"The layout {path}, {part}, step {at}:") for at, table in enumerate(tables, 1))


def _step(table: object, where: str) -> Step:
    kind = _STEPS.get(str(table.get("step", ""))) if isinstance(table, Mapping) else None
    if kind is None or not isinstance(table, Mapping):
        raise ConfigurationError(f"{where} `step` is none of {', '.join(sorted(_STEPS))}.")
    try:
        made: Step = _CONVERTER.structure({key: value for key, value in table.items() if key != "step"}, kind)
        for tag in made.fields.values() if isinstance(made, Write) else ():
            tag_of(tag)
    except (cattrs.BaseValidationError, ValueError, TypeError) as error:
        said = "; ".join(cattrs.transform_error(error)) if isinstance(error, cattrs.BaseValidationError) else str(error)
        raise ConfigurationError(f"{where} {said}.") from None
    return made


def _disorder(plan: Plan) -> Iterator[str]:
    """Say what would make the order of the steps a danger."""
    if not isinstance(plan.identify[-1], Number) or not all(isinstance(step, Select) for step in plan.identify[:-1]):
        yield "`identify` selects and ends with `number`, and does nothing else"
    if any(isinstance(step, Number) for step in plan.write):
        yield "`number` belongs to `identify`"
    yield from _disorder_of_files(plan.write)
    # Files of two applications may have one name; what is looked at in one says nothing of the other.
    begun = next((at for at, step in enumerate(plan.write) if isinstance(step, Blank | Write)), len(plan.write))
    if any(isinstance(step, Select) for step in plan.write[begun:]):
        yield "another application is selected after files were looked at or written"


def _disorder_of_files(steps: Sequence[Step]) -> Iterator[str]:
    blank: dict[str, int] = {}
    written: set[str] = set()
    compared: set[str] = set()
    for step in steps:
        if isinstance(step, Blank):
            if written:
                yield f"{step.file} is looked at for being blank after something was written"
            blank[step.file] = step.length
        elif isinstance(step, Write):
            if blank.get(step.file, 0) < step.length or step.file in written:
                yield f"{step.file} is written without having been looked at for being blank, or twice"
            written.add(step.file)
        elif isinstance(step, Compare):
            if step.file not in written:
                yield f"{step.file} is compared before it is written"
            compared.add(step.file)
        elif isinstance(step, Lock) and compared != written:
            yield f"{step.file} is locked before all that was written is compared"
    if not written or compared != written:
        yield "each file that is written is compared afterwards, and at least one is"
