from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardprint.builtin.folder import FolderDriver, FolderSession, FolderSettings
from cardprint.errors import DriverError
from cardprint.model import AttemptId, CardFate, CardOrder, DeviceJob, DeviceUri, FaceFile, Observation, StepKind
from cardprint.plugin import PluginContext
from support.files import StillClock

SIZE = (1011, 638)
FIRST = AttemptId("s-00000001")
SECOND = AttemptId("s-00000002")
MM_PER_POINT = 25.4 / 72
POSIX = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


class Told:
    """Remember the steps, and stop the card at one of them."""

    def __init__(self, *, refuse: StepKind | None = None) -> None:
        self.kinds: list[StepKind] = []
        self.refuse = refuse

    def report(self, kind: StepKind, *, device_job: str = "", chip_number: str = "", card_number: str = "") -> None:
        assert device_job
        self.kinds.append(kind)
        if kind is self.refuse:
            raise InterruptedError


def opened(folder: Path, device: str = "folder:out", **settings: bool) -> FolderSession:
    context = PluginContext(name="P1", clock=StillClock(), folder=folder, photos=folder)
    return FolderDriver(FolderSettings(**settings), context).open(DeviceUri(device))


def face(folder: Path, colour: str = "white", size: tuple[int, int] = SIZE) -> FaceFile:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    digest = hashlib.sha256(stream.getvalue()).hexdigest()
    path = folder / f"{digest}.png"
    path.write_bytes(stream.getvalue())
    return FaceFile(path=path, sha256=digest)


def ordered(folder: Path, attempt: AttemptId = FIRST) -> CardOrder:
    return CardOrder(attempt_id=attempt, sides=(face(folder), face(folder, "navy")))


def cards(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".")}


def after_losing_power(folder: Path, order: CardOrder) -> FolderSession:
    """Give a new session after one that died with the card's files written and the rename still to come."""
    session = opened(folder)
    session._tray.begin(order.attempt_id, [("front.png", b"half")])
    return opened(folder)


def test_a_card_is_its_faces_and_a_document(tmp_path: Path) -> None:
    order = ordered(tmp_path)
    outcome = opened(tmp_path).print_card(order, Told())
    card = tmp_path / "out" / FIRST
    assert outcome.fate is CardFate.PRINTED
    assert {path.name for path in card.iterdir()} == {"front.png", "back.png", "card.pdf", "card.json"}
    for name, side in zip(("front.png", "back.png"), order.sides, strict=True):
        assert (card / name).read_bytes() == side.path.read_bytes()


def test_the_document_has_a_page_of_a_cards_size_for_each_side(tmp_path: Path) -> None:
    opened(tmp_path).print_card(ordered(tmp_path), Told())
    document = pypdfium2.PdfDocument(tmp_path / "out" / FIRST / "card.pdf")
    pages = [document[number] for number in range(len(document))]
    assert len(pages) == 2
    for page, colour in zip(pages, [(255, 255, 255), (0, 0, 128)], strict=True):
        assert [side * MM_PER_POINT for side in page.get_size()] == pytest.approx([85.60, 53.98], abs=0.001)
        shown = page.render(scale=1).to_pil().convert("RGB")
        assert {shown.getpixel(at) for at in [(0, 0), (shown.width - 2, shown.height - 2)]} == {colour}
        page.close()
    document.close()


def test_the_description_holds_hashes_and_no_person(tmp_path: Path) -> None:
    opened(tmp_path).print_card(ordered(tmp_path), Told())
    card = tmp_path / "out" / FIRST
    described = json.loads((card / "card.json").read_text())
    assert described["attempt"] == FIRST
    assert described["sha256"] == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in card.iterdir() if path.name != "card.json"
    }


def test_the_document_can_be_left_out(tmp_path: Path) -> None:
    opened(tmp_path, pdf=False).print_card(ordered(tmp_path), Told())
    assert not (tmp_path / "out" / FIRST / "card.pdf").exists()


def test_without_faces_there_is_only_the_description(tmp_path: Path) -> None:
    opened(tmp_path).print_card(CardOrder(attempt_id=FIRST), Told())
    assert [path.name for path in (tmp_path / "out" / FIRST).iterdir()] == ["card.json"]


def test_the_steps_are_told_in_order(tmp_path: Path) -> None:
    told = Told()
    opened(tmp_path).print_card(ordered(tmp_path), told)
    assert told.kinds == [StepKind.ACCEPTED, StepKind.FED, StepKind.PRINTED, StepKind.EJECTED]


@POSIX
def test_only_the_owner_can_read_a_card(tmp_path: Path) -> None:
    opened(tmp_path, "folder:a/b").print_card(ordered(tmp_path), Told())
    for path in [tmp_path / "a", *(tmp_path / "a").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_finished_card_is_found_by_a_later_session(tmp_path: Path) -> None:
    before = opened(tmp_path).observe(FIRST)
    opened(tmp_path).print_card(ordered(tmp_path), Told())
    after = opened(tmp_path).observe(FIRST)
    assert (before.job, after.job) == (None, DeviceJob(state="done", picked=True))
    assert (before.pick_count, after.pick_count) == (0, 1)
    assert before.serial == after.serial
    assert after.queue_empty
    assert after.path_clear


def test_a_card_cut_before_its_rename_is_no_card_and_is_fenced(tmp_path: Path) -> None:
    session = after_losing_power(tmp_path, ordered(tmp_path))
    seen = session.observe(FIRST)
    assert (seen.job, seen.pick_count) == (DeviceJob(state="active"), 0)
    assert not seen.path_clear
    assert session.fence(FIRST)
    assert cards(tmp_path / "out") == set()
    assert session.observe(FIRST) == Observation(
        serial=seen.serial, pick_count=0, path_clear=True, queue_empty=True, hopper_empty=False
    )
    assert session.print_card(ordered(tmp_path, SECOND), Told()).fate is CardFate.PRINTED


def test_a_card_cut_between_its_record_and_its_rename_was_not_picked(tmp_path: Path) -> None:
    session = after_losing_power(tmp_path, ordered(tmp_path))
    session._tray._append(FIRST)
    session = opened(tmp_path)
    assert session.observe(FIRST).pick_count == 0
    assert session.fence(FIRST)
    assert session.observe(FIRST).pick_count == 0


def test_a_fenced_card_cannot_appear_any_more(tmp_path: Path) -> None:
    stalled = opened(tmp_path)
    stalled._tray.begin(FIRST, [("card.json", b"{}")])
    assert opened(tmp_path).fence(FIRST)
    with pytest.raises(FileNotFoundError):
        stalled._tray.finish(FIRST)
    assert cards(tmp_path / "out") == set()


def test_no_card_is_begun_beside_a_half_made_one(tmp_path: Path) -> None:
    session = after_losing_power(tmp_path, ordered(tmp_path))
    with pytest.raises(DriverError) as caught:
        session.print_card(ordered(tmp_path, SECOND), Told())
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("x-path-not-clear",))


def test_an_attempt_is_never_printed_twice(tmp_path: Path) -> None:
    opened(tmp_path).print_card(ordered(tmp_path), Told())
    with pytest.raises(DriverError) as caught:
        opened(tmp_path).print_card(ordered(tmp_path), Told())
    # Were this NOT_FED, the station would print another.
    assert (caught.value.fate, caught.value.reasons) == (CardFate.UNKNOWN, ("x-already-printed",))
    assert opened(tmp_path).observe().pick_count == 1


def test_a_card_that_was_taken_away_still_counts_and_is_not_printed_again(tmp_path: Path) -> None:
    opened(tmp_path).print_card(ordered(tmp_path), Told())
    shutil.rmtree(tmp_path / "out" / FIRST)
    session = opened(tmp_path)
    assert session.observe(FIRST).pick_count == 1
    with pytest.raises(DriverError) as caught:
        session.print_card(ordered(tmp_path), Told())
    assert caught.value.fate is CardFate.UNKNOWN


def test_a_folder_that_was_made_anew_is_another_printer(tmp_path: Path) -> None:
    before = opened(tmp_path).observe()
    shutil.rmtree(tmp_path / "out")
    after = opened(tmp_path).observe()
    assert before.serial != after.serial


@pytest.mark.parametrize("torn", [b"s-0000", b"\x00" * 9])
def test_a_line_cut_by_a_power_loss_does_not_count(tmp_path: Path, torn: bytes) -> None:
    opened(tmp_path).print_card(ordered(tmp_path), Told())
    with (tmp_path / "out" / ".cardprint" / "picks").open("ab") as stream:
        stream.write(torn)
    session = opened(tmp_path)
    assert session.observe().pick_count == 1
    session.print_card(ordered(tmp_path, SECOND), Told())
    assert opened(tmp_path).observe().pick_count == 2


@pytest.mark.parametrize("step", [StepKind.ACCEPTED, StepKind.PRINTED])
def test_a_station_that_wants_no_more_gets_a_whole_card_or_none(tmp_path: Path, step: StepKind) -> None:
    session = opened(tmp_path)
    with pytest.raises(InterruptedError):
        session.print_card(ordered(tmp_path), Told(refuse=step))
    seen = session.observe(FIRST)
    assert seen.path_clear
    assert (seen.job is not None, seen.pick_count) == ((False, 0) if step is StepKind.ACCEPTED else (True, 1))


def test_an_altered_face_is_refused(tmp_path: Path) -> None:
    order = ordered(tmp_path)
    order.sides[0].path.write_bytes(order.sides[1].path.read_bytes())
    assert refused(tmp_path, order).reasons == ("x-face-altered",)


def test_a_face_of_another_size_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, CardOrder(attempt_id=FIRST, sides=(face(tmp_path, size=(638, 1011)),)))
    assert error.reasons == ("x-face-size",)
    assert error.permanent


def test_a_face_that_is_a_picture_only_at_its_beginning_is_refused(tmp_path: Path) -> None:
    broken = face(tmp_path).path.read_bytes()[:40]
    path = tmp_path / "broken.png"
    path.write_bytes(broken)
    order = CardOrder(attempt_id=FIRST, sides=(FaceFile(path=path, sha256=hashlib.sha256(broken).hexdigest()),))
    assert refused(tmp_path, order).reasons == ("x-face-unreadable",)


def test_a_missing_face_is_refused(tmp_path: Path) -> None:
    order = ordered(tmp_path)
    order.sides[1].path.unlink()
    assert refused(tmp_path, order).reasons == ("x-face-unreadable",)


@pytest.mark.parametrize("attempt", ["", "..", "a/b", ".cardprint", "x" * 200, "a\n", "a\0"])
def test_an_attempt_cannot_be_named_out_of_the_folder(tmp_path: Path, attempt: str) -> None:
    assert refused(tmp_path, ordered(tmp_path, AttemptId(attempt))).reasons == ("x-attempt-id",)


def refused(folder: Path, order: CardOrder) -> DriverError:
    session = opened(folder)
    with pytest.raises(DriverError) as caught:
        session.print_card(order, Told())
    assert caught.value.fate is CardFate.NOT_FED
    assert session.observe().path_clear
    assert cards(folder / "out") == set()
    return caught.value


@pytest.mark.parametrize("device", ["", "folder:", "usb://1", "folder:a\0b"])
def test_another_device_is_refused(tmp_path: Path, device: str) -> None:
    with pytest.raises(DriverError) as caught:
        opened(tmp_path, device)
    assert (caught.value.fate, caught.value.permanent) == (CardFate.NOT_FED, True)


def test_a_disk_that_is_not_there_is_offline(tmp_path: Path) -> None:
    station = tmp_path / "station"
    station.mkdir()
    with pytest.raises(DriverError) as caught:
        opened(station, f"folder:{tmp_path / 'stick' / 'cards'}")
    assert caught.value.reasons == ("offline",)
    assert not (tmp_path / "stick").exists()


def test_a_file_in_the_place_of_the_folder_is_offline(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(DriverError) as caught:
        opened(tmp_path)
    assert caught.value.reasons == ("offline",)


def test_a_folder_that_went_away_is_offline(tmp_path: Path) -> None:
    session = opened(tmp_path)
    order = ordered(tmp_path)
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    for call in (session.status, session.observe, lambda: session.print_card(order, Told())):
        with pytest.raises(DriverError) as caught:
            call()
        assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("offline",))


def test_a_folder_that_went_away_after_a_card_has_printed_it(tmp_path: Path) -> None:
    session = opened(tmp_path)

    class Pulling(Told):
        def report(self, kind: StepKind, *, device_job: str = "", chip_number: str = "", card_number: str = "") -> None:
            if kind is StepKind.EJECTED:
                (tmp_path / "out").rename(tmp_path / "elsewhere")

    # NOT_FED would be believed here, and another card printed.
    outcome = session.print_card(ordered(tmp_path), Pulling())
    assert (outcome.fate, outcome.after) == (CardFate.PRINTED, None)


# A full and an unwritable folder, on file systems that are.


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 1 MiB; only root may mount one."""
    reason = "a small file system needs root and mount on Linux"
    place = tmp_path / "small"
    place.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "none", place], check=False)
    if not done or done.returncode:
        if os.environ.get("CARDPRINT_REQUIRE_COMPONENTS") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    yield place
    subprocess.run(["umount", place], check=True)


def noisy(folder: Path) -> CardOrder:
    """Order a card that does not fit in 1 MiB."""
    picture = Image.effect_noise(SIZE, 90).convert("RGB")
    path = folder / "noise.png"
    picture.save(path)
    return CardOrder(
        attempt_id=FIRST, sides=(FaceFile(path=path, sha256=hashlib.sha256(path.read_bytes()).hexdigest()),)
    )


def test_a_full_disk_leaves_nothing_behind(mounted: Path, tmp_path: Path) -> None:
    session = opened(tmp_path, f"folder:{mounted / 'out'}")
    assert session.status().reasons == ("output-area-full",)
    with pytest.raises(DriverError) as caught:
        session.print_card(noisy(tmp_path), Told())
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("output-area-full",))
    seen = session.observe(FIRST)
    assert (seen.job, seen.pick_count, seen.path_clear) == (None, 0, True)
    small = CardOrder(attempt_id=SECOND, sides=(face(tmp_path),))
    assert session.print_card(small, Told()).fate is CardFate.PRINTED


def test_a_disk_without_a_single_byte_refuses_and_counts_nothing(mounted: Path, tmp_path: Path) -> None:
    session = opened(tmp_path, f"folder:{mounted / 'out'}")
    filler = mounted / "filler"
    with filler.open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(bytes(1024))
    with pytest.raises(DriverError) as caught:
        session.print_card(CardOrder(attempt_id=FIRST), Told())
    assert caught.value.reasons == ("output-area-full",)
    assert session.observe(FIRST).pick_count == 0
    filler.unlink()
    assert session.observe(FIRST).path_clear
    assert session.print_card(CardOrder(attempt_id=SECOND), Told()).fate is CardFate.PRINTED


def test_a_read_only_disk_is_offline_and_takes_nothing(mounted: Path, tmp_path: Path) -> None:
    session = opened(tmp_path, f"folder:{mounted / 'out'}")
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    with pytest.raises(DriverError) as caught:
        session.print_card(ordered(tmp_path), Told())
    assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("offline",))
    with pytest.raises(DriverError) as caught:
        session.status()
    assert caught.value.reasons == ("offline",)
    assert cards(mounted / "out") == set()


# Whatever the order of deaths, fences and takings away, the count is that of the cards that appeared.

acts = st.lists(st.sampled_from(["print", "die-begun", "die-recorded", "fence", "take"]), max_size=12)


@given(acts)
def test_the_count_is_that_of_the_cards_that_ever_appeared(
    tmp_path_factory: pytest.TempPathFactory, history: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("station")
    appeared = 0
    for number, act in enumerate(history):
        attempt = AttemptId(f"a{number}")
        session = opened(folder)
        tray = session._tray
        if act == "fence":
            assert session.fence(attempt)
        elif act == "take":
            for name in cards(folder / "out"):
                shutil.rmtree(folder / "out" / name)
        elif session.observe().path_clear:
            if act == "print":
                session.print_card(CardOrder(attempt_id=attempt), Told())
                appeared += 1
            else:
                tray.begin(attempt, [("card.json", b"{}")])
            if act == "die-recorded":
                tray._append(attempt)
        assert opened(folder).observe().pick_count == appeared
