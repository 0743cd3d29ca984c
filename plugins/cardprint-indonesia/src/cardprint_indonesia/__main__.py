"""Print the order of cards as a table for ``station.toml``."""

from __future__ import annotations

import sys
from importlib import resources

sys.stdout.write(resources.files("cardprint_indonesia").joinpath("ktp-order.toml").read_text("utf-8"))
