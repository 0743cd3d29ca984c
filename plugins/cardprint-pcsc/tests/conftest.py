from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cardprint.hosts import SystemClock
from cardprint.plugin import PluginContext
from cardprint_pcsc.encoder import PlanEncoder
from cardprint_pcsc.settings import PcscSettings
from support.chip_layout import LAYOUT, prepare
from support.components import require
from support.virtual_reader import SERVICE, running

MakeEncoder = Callable[..., PlanEncoder]


@pytest.fixture
def make(tmp_path: Path) -> MakeEncoder:
    """Make an encoder with a layout of its own."""

    def made(layout: str = LAYOUT, **settings: object) -> PlanEncoder:
        prepare(tmp_path, layout)
        context = PluginContext(name="chips", clock=SystemClock(), folder=tmp_path, photos=tmp_path)
        return PlanEncoder(PcscSettings(layout="office.toml", **settings), context)  # type: ignore[arg-type]

    return made


@pytest.fixture(scope="session")
def reader_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a PC/SC service with a virtual reader; give the port at which a card is put into it.

    One for all tests: the client's library keeps the first service that it has found.
    """
    for file, package in zip(SERVICE, ("pcscd", "vsmartcard-vpcd"), strict=True):
        require(str(file), package)
    if importlib.util.find_spec("smartcard") is None:
        missing = "pyscard is missing: apt-get install libpcsclite-dev, and make .venv"
        if os.environ.get("CARDPRINT_REQUIRE_COMPONENTS") == "1":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    with running(tmp_path_factory.mktemp("pcsc")) as port:
        yield port
