"""Names of things, as types, so that one kind of name is never taken for another."""

from __future__ import annotations

from typing import NewType

__all__ = ["AttemptId", "BatchId", "Cursor", "DeviceUri", "JobId", "PrinterName", "SourceName"]

JobId = NewType("JobId", int)
"""The number of a print job in this station's store; what operators type."""

AttemptId = NewType("AttemptId", str)
"""The name of one attempt, unique over all stations: the idempotency key of the physical act."""

BatchId = NewType("BatchId", int)
"""The number of a delivery of blanks in this station's store."""

Cursor = NewType("Cursor", str)
"""A data source's own mark of how far it has been read; opaque to the core."""

DeviceUri = NewType("DeviceUri", str)
"""How a printer is reached: ``usb://``, ``ipp://``, ``socket://``, ``sim://``, ``folder:``."""

PrinterName = NewType("PrinterName", str)
"""The name of a logical printer in the station's configuration."""

SourceName = NewType("SourceName", str)
"""The name under which a data source's requests are known."""
