"""The suite that a vendor subclasses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from cardprint.model import CardOrder
from cardprint.plugin import PrinterDriver, PrinterSession
from cardprint.testing.drivers.bench import Bench
from cardprint.testing.drivers.card import made_order
from cardprint.testing.drivers.conduct import Conduct
from cardprint.testing.drivers.printing import Printing
from cardprint.testing.drivers.proofs import Proofs
from cardprint.testing.drivers.trouble import Trouble
from cardprint.testing.rules import rule_of
from cardprint.testing.suite import Suite

__all__ = ["DriverSuite"]


class DriverSuite(Printing, Trouble, Proofs, Conduct, Suite):
    """Prove a printer driver; subclass it and give the fixtures ``make_driver`` and ``bench``."""

    @pytest.fixture
    def make_driver(self) -> Callable[[], PrinterDriver]:
        """Give a function that makes the driver, as a station that has just started does."""
        raise NotImplementedError

    @pytest.fixture
    def bench(self) -> Bench:
        """Give the bench, its device ready for a card."""
        raise NotImplementedError

    @pytest.fixture
    def session(self, make_driver: Callable[[], PrinterDriver], bench: Bench) -> Iterator[PrinterSession]:
        """Give a session with the device."""
        session = make_driver().open(bench.device)
        yield session
        # How closing ends has rules of its own; here it would be blamed on another.
        with suppress(Exception):
            session.close()

    @pytest.fixture
    def order(self, session: PrinterSession, bench: Bench, tmp_path: Path) -> Callable[..., CardOrder]:
        """Give a function that orders a card of one side, of a new attempt each time."""
        encoding: Mapping[str, str] = bench.encoding() if session.capabilities.encoders else {}
        return partial(made_order, tmp_path, session.capabilities, encoding=encoding)

    @pytest.fixture(autouse=True)
    def _declared(self, request: pytest.FixtureRequest, bench: Bench) -> Iterator[None]:
        """Skip a rule whose capability is not declared, and put the bench right after it."""
        proved = rule_of(request.function)
        if proved is not None and proved.needs:
            make_driver: Callable[[], PrinterDriver] = request.getfixturevalue("make_driver")
            with closing(make_driver().open(bench.device)) as session:
                lacking = [name for name in proved.needs if not getattr(session.capabilities, name)]
            if lacking:
                pytest.skip(f"not declared: {', '.join(lacking)}")
        yield
        bench.put_right()
