"""The kinds of parts a plugin can ship: hook, entry and contract of each."""

from __future__ import annotations

import enum

import attrs

from cardprint.plugin import (
    AllocationPolicy,
    CardRenderer,
    ChipEncoder,
    DataSource,
    DriverEntry,
    EncoderEntry,
    Entry,
    Interlock,
    InterlockEntry,
    PolicyEntry,
    PrinterDriver,
    RendererEntry,
    RequestValidator,
    SourceEntry,
    ValidatorEntry,
)

__all__ = ["Kind"]


@attrs.frozen(kw_only=True)
class _Facts:
    hook: str
    entry: type[Entry]
    contract: type
    words: str
    table: str


class Kind(enum.Enum):
    """Kinds of parts; the value is how ``cardprint plugins`` writes them, as in ``driver:folder``."""

    SOURCE = "source"
    """A data source."""
    DRIVER = "driver"
    """A printer driver."""
    POLICY = "policy"
    """An allocation policy."""
    RENDERER = "renderer"
    """A card renderer."""
    ENCODER = "encoder"
    """A chip encoder."""
    VALIDATOR = "validator"
    """A request validator."""
    INTERLOCK = "interlock"
    """An interlock."""

    @property
    def hook(self) -> str:
        """Name the hook that announces it."""
        return _FACTS[self].hook

    @property
    def entry(self) -> type[Entry]:
        """Give the class of its entries."""
        return _FACTS[self].entry

    @property
    def contract(self) -> type:
        """Give the abstract class that it implements."""
        return _FACTS[self].contract

    @property
    def words(self) -> str:
        """Say it in a sentence, as in ``printer driver``."""
        return _FACTS[self].words

    def table(self, name: str) -> str:
        """Name the table of the configuration that holds the settings of the one called ``name``."""
        return _FACTS[self].table.format(name=name)


_FACTS = {
    Kind.SOURCE: _Facts(
        hook="cardprint_data_sources",
        entry=SourceEntry,
        contract=DataSource,
        words="data source",
        table="sources.{name}",
    ),
    Kind.DRIVER: _Facts(
        hook="cardprint_printer_drivers",
        entry=DriverEntry,
        contract=PrinterDriver,
        words="printer driver",
        table="printers.{name}.settings",
    ),
    Kind.POLICY: _Facts(
        hook="cardprint_allocation_policies",
        entry=PolicyEntry,
        contract=AllocationPolicy,
        words="allocation policy",
        table="policy",
    ),
    Kind.RENDERER: _Facts(
        hook="cardprint_card_renderers",
        entry=RendererEntry,
        contract=CardRenderer,
        words="card renderer",
        table="renderer",
    ),
    Kind.ENCODER: _Facts(
        hook="cardprint_chip_encoders",
        entry=EncoderEntry,
        contract=ChipEncoder,
        words="chip encoder",
        table="encoders.{name}",
    ),
    Kind.VALIDATOR: _Facts(
        hook="cardprint_request_validators",
        entry=ValidatorEntry,
        contract=RequestValidator,
        words="request validator",
        table="validators.{name}",
    ),
    Kind.INTERLOCK: _Facts(
        hook="cardprint_interlocks",
        entry=InterlockEntry,
        contract=Interlock,
        words="interlock",
        table="interlocks.{name}",
    ),
}
