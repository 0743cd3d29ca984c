"""Where drivers run, and the messages' way to them."""

from cardprint.hosts.inline import InlinePort
from cardprint.hosts.ports import PrinterPort

__all__ = ["InlinePort", "PrinterPort"]
