"""What a station's configuration can set for this driver."""

from __future__ import annotations

from typing import Literal

import attrs

__all__ = ["EncoderSettings", "SimulatorSettings"]


@attrs.frozen(kw_only=True)
class SimulatorSettings:
    """Set up the driver; the printer itself is set up where its device process is started."""

    connect_timeout: float = attrs.field(default=5.0, validator=attrs.validators.gt(0.0))
    """Seconds to wait for the device to take a connection."""
    answer_timeout: float = attrs.field(default=10.0, validator=attrs.validators.gt(0.0))
    """Seconds to wait for an answer about status or evidence; less than the device's ``call_timeout`` (30 s)."""
    chip_reader: Literal["device", "encoder"] = "device"
    """What reaches a chip at the contact station: the device, or a reader of the encoder's own that is built in."""


@attrs.frozen(kw_only=True)
class EncoderSettings:
    """Set up the encoder."""

    key_file: str = ""
    """The file (mode 0600, below the station's folder) with the chips' key in hex; empty: that of simulated chips."""
