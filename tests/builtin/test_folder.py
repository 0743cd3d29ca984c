"""A folder as a printer: a card is there completely or not at all."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from cardprint.builtin.folder import FolderDriver
from cardprint.errors import DriverError
from cardprint.model import AttemptId, CardFate, CardOrder, DeviceUri, FaceFile, StepKind
from cardprint.plugin import PluginContext, PrinterSession
from cardprint.station.clock import SystemClock

ATTEMPT = AttemptId("abc-00000001")


class Heard:
    """Take a driver's steps."""

    def __init__(self) -> None:
        self.kinds: list[StepKind] = []

    def report(self, kind: StepKind, *, device_job: str = "", chip_number: str = "", card_number: str = "") -> None:
        self.kinds.append(kind)


def driver(tmp_path: Path) -> FolderDriver:
    context = PluginContext(name="P1", clock=SystemClock(), folder=tmp_path, photos=tmp_path / "photos")
    return FolderDriver(None, context)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[PrinterSession]:
    with driver(tmp_path).open(DeviceUri("folder:out")) as opened:
        yield opened


def order(tmp_path: Path, sides: int = 1, attempt: AttemptId = ATTEMPT) -> CardOrder:
    faces = []
    for side in range(sides):
        out = io.BytesIO()
        Image.new("RGB", (1011, 638), (200, 10 * side, 30)).save(out, "PNG", dpi=(300, 300))
        digest = hashlib.sha256(out.getvalue()).hexdigest()
        path = tmp_path / f"{digest}.png"
        path.write_bytes(out.getvalue())
        faces.append(FaceFile(path=path, sha256=digest))
    return CardOrder(attempt_id=attempt, sides=tuple(faces))


def test_a_card_is_a_folder_of_pictures_and_a_document_of_a_cards_size(
    session: PrinterSession,
    tmp_path: Path,
) -> None:
    heard = Heard()
    assert session.print_card(order(tmp_path, sides=2), heard).fate is CardFate.PRINTED
    assert heard.kinds[0] is StepKind.ACCEPTED
    card = tmp_path / "out" / ATTEMPT
    assert sorted(path.name for path in card.iterdir()) == ["back.png", "card.json", "card.pdf", "front.png"]
    assert json.loads((card / "card.json").read_text())["attempt"] == ATTEMPT
    with pypdfium2.PdfDocument(card / "card.pdf") as document:
        sizes = [document[number].get_size() for number in range(len(document))]
    assert len(sizes) == 2
    for width, height in sizes:
        assert width * 25.4 / 72 == pytest.approx(85.60, abs=0.005)
        assert height * 25.4 / 72 == pytest.approx(53.98, abs=0.005)


def test_a_printed_card_proves_itself(session: PrinterSession, tmp_path: Path) -> None:
    before = session.observe(ATTEMPT)
    session.print_card(order(tmp_path), Heard())
    after = session.observe(ATTEMPT)
    assert before.job is None
    assert after.job is not None
    assert (after.job.state, after.job.picked) == ("done", True)
    assert (before.pick_count, after.pick_count) == (0, 1)
    assert before.serial == after.serial


def test_a_card_without_faces_is_still_a_card(session: PrinterSession, tmp_path: Path) -> None:
    assert session.print_card(order(tmp_path, sides=0), Heard()).fate is CardFate.PRINTED
    assert session.observe().pick_count == 1


def test_an_attempt_is_never_printed_twice(session: PrinterSession, tmp_path: Path) -> None:
    session.print_card(order(tmp_path), Heard())
    with pytest.raises(DriverError):
        session.print_card(order(tmp_path), Heard())
    assert session.observe().pick_count == 1


def test_a_face_that_was_altered_is_refused_before_anything_is_made(session: PrinterSession, tmp_path: Path) -> None:
    altered = order(tmp_path)
    altered.sides[0].path.write_bytes(b"other")
    with pytest.raises(DriverError) as caught:
        session.print_card(altered, Heard())
    assert caught.value.fate is CardFate.NOT_FED
    assert session.observe().pick_count == 0


@pytest.mark.parametrize(("last", "made"), [(StepKind.ACCEPTED, 0), (StepKind.FED, 1)])
def test_a_driver_that_dies_leaves_a_card_that_proves_itself_or_none(
    last: StepKind,
    made: int,
    session: PrinterSession,
    tmp_path: Path,
) -> None:
    class Dies(Heard):
        def report(self, kind: StepKind, *, device_job: str = "", chip_number: str = "", card_number: str = "") -> None:
            if kind is last:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        session.print_card(order(tmp_path), Dies())
    with driver(tmp_path).open(DeviceUri("folder:out")) as second:
        assert second.fence(ATTEMPT)
        seen = second.observe(ATTEMPT)
        assert (seen.pick_count, seen.queue_empty, seen.path_clear) == (made, True, True)
        assert (seen.job is not None) == bool(made)


def test_a_half_made_card_is_removed_by_the_fence_and_was_never_there(
    session: PrinterSession,
    tmp_path: Path,
) -> None:
    half = tmp_path / "out" / ".cardprint" / "making" / ATTEMPT
    half.mkdir(parents=True)
    (half / "front.png").write_bytes(b"half")
    assert session.observe().path_clear is False
    assert session.fence(ATTEMPT)
    seen = session.observe(ATTEMPT)
    assert (seen.job, seen.pick_count, seen.path_clear) == (None, 0, True)


def test_a_device_that_is_a_file_is_offline(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(DriverError) as caught:
        driver(tmp_path).open(DeviceUri("folder:out"))
    assert caught.value.fate is CardFate.NOT_FED
    assert "offline" in caught.value.reasons


def test_cards_are_for_the_owner_alone(session: PrinterSession, tmp_path: Path) -> None:
    session.print_card(order(tmp_path), Heard())
    card = tmp_path / "out" / ATTEMPT
    assert card.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in card.iterdir()} == {0o600}
