"""Where drivers run, and the messages' way to them."""

from cardprint.hosts.clock import SystemClock
from cardprint.hosts.inline import InlinePort
from cardprint.hosts.ports import PrinterPort
from cardprint.hosts.process import ProcessPort
from cardprint.hosts.start import Start, StartEncoder, start_message

__all__ = ["InlinePort", "PrinterPort", "ProcessPort", "Start", "StartEncoder", "SystemClock", "start_message"]
