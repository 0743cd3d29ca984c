from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest
from PIL import Image

from cardprint.errors import DriverError
from cardprint.model import CardFate, CardOrder, DeviceUri, FaceFile
from cardprint.testing.drivers import Notes
from cardprint.testing.drivers.card import made_order
from cardprint.testing.surroundings import plugin_context
from cardprint_ipp.driver import IppDriver
from cardprint_ipp.session import IppSession
from cardprint_ipp.settings import IppSettings
from support.clocks import RealClock
from support.fault_proxy import FaultProxy
from support.ipp_servers import Bus, CupsQueue, EvePrinter, IppServer, PapplPrinter
from support.waiting import wait_for

MakeEve = Callable[..., EvePrinter]
MakeProxy = Callable[[IppServer], FaultProxy]


class BusyClock(RealClock):
    """Let things happen whenever the driver waits, one after the other; then wait in earnest, shortly."""

    def __init__(self) -> None:
        self.then: list[Callable[[], object]] = []
        self.ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        if self.then:
            self.then.pop(0)()
        else:
            wait_for(lambda: True)
            self.ahead += 0.001


@attrs.frozen
class Ending:
    """Say how a card ended, by outcome or by error."""

    fate: CardFate
    reasons: tuple[str, ...]
    text: str = attrs.field(default="", eq=False)


class Desk:
    """Be where cards are ordered from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = BusyClock()

    def driver(self, **settings: object) -> IppDriver:
        known = {"queue": False, "poll": 0.1, "timeout": 5.0, **settings}
        return IppDriver(IppSettings(**known), plugin_context(self.folder, clock=self.clock))  # type: ignore[arg-type]

    def session(self, uri: str, **settings: object) -> IppSession:
        return self.driver(**settings).open(DeviceUri(uri))

    def order(self, session: IppSession, sides: int = 1) -> CardOrder:
        return made_order(self.folder, session.capabilities, sides=sides)

    def photos(self, order: CardOrder) -> tuple[CardOrder, list[Image.Image]]:
        """Put a picture without any symmetry in the place of each face."""
        pictures, sides = [], []
        for number, side in enumerate(order.sides):
            with Image.open(side.path) as plain:
                size = plain.size
            bands = Image.effect_noise(size, 60), Image.linear_gradient("L").resize(size), Image.new("L", size, number)
            picture = Image.merge("RGB", bands)
            picture.paste((255, 0, 0), (0, 0, 200, 100))
            stream = io.BytesIO()
            picture.save(stream, "PNG")
            digest = hashlib.sha256(stream.getvalue()).hexdigest()
            path = self.folder / digest
            path.write_bytes(stream.getvalue())
            pictures.append(picture)
            sides.append(FaceFile(path=path, sha256=digest))
        return attrs.evolve(order, sides=tuple(sides)), pictures

    @staticmethod
    def ending(session: IppSession, order: CardOrder, notes: Notes | None = None) -> Ending:
        try:
            outcome = session.print_card(order, notes or Notes())
        except DriverError as error:
            return Ending(error.fate, tuple(error.reasons), str(error))
        return Ending(outcome.fate, tuple(outcome.reasons))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(folder)


@pytest.fixture(scope="session")
def bus() -> Iterator[Bus]:
    bus = Bus()
    yield bus
    bus.close()


@pytest.fixture
def make_eve(tmp_path: Path, bus: Bus) -> Iterator[MakeEve]:
    printers: list[EvePrinter] = []

    def make(*options: str, attributes: str = "") -> EvePrinter:
        printer = EvePrinter(tmp_path / f"eve{len(printers)}", bus, *options, attributes=attributes)
        printers.append(printer)
        printer.start()
        return printer

    yield make
    for printer in printers:
        printer.kill()


@pytest.fixture
def eve(make_eve: MakeEve) -> EvePrinter:
    return make_eve()


@pytest.fixture(scope="session")
def pappl_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PapplPrinter.build(Path(__file__).parent / "card_printer.c", tmp_path_factory.mktemp("pappl"))


@pytest.fixture
def pappl(tmp_path: Path, bus: Bus, pappl_program: Path) -> Iterator[PapplPrinter]:
    printer = PapplPrinter(tmp_path / "pappl", bus, pappl_program)
    printer.start()
    yield printer
    printer.kill()


@pytest.fixture
def cups(bus: Bus, eve: EvePrinter) -> Iterator[CupsQueue]:
    """Give an office's queue before the printer ``eve``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        queue = CupsQueue(folder, bus)
        queue.start()
        queue.add_queue(eve.uri)
        yield queue
        queue.kill()


@pytest.fixture
def make_proxy() -> Iterator[MakeProxy]:
    proxies: list[FaultProxy] = []

    def make(server: IppServer) -> FaultProxy:
        proxy = FaultProxy(("localhost", server.port))
        proxies.append(proxy)
        return proxy

    yield make
    for proxy in proxies:
        proxy.close()
