"""What a printer says, in our words; and orders that are no cards."""

from __future__ import annotations

import io
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cardprint.errors import DriverError
from cardprint.model import Capabilities, CardFate, DeviceJob, FaceFile, PrinterState, Supply
from cardprint.model.reasons import DEVICE_REASONS
from cardprint.testing.drivers.card import made_order
from cardprint_ipp.faces import read_faces
from cardprint_ipp.job import Job, read_job
from cardprint_ipp.printer import read_standing
from cardprint_ipp.supplies import read_supplies
from cardprint_ipp.values import Attribute, Group, Tag
from cardprint_ipp.words import printer_reasons, standing

CAN = Capabilities()
SIZE = (CAN.width_px, CAN.height_px)


def printer(state: int, *reasons: str, accepting: bool = True) -> Group:
    attributes = [
        Attribute.of("printer-state", Tag.ENUM, state),
        Attribute.of("printer-is-accepting-jobs", Tag.BOOLEAN, accepting),
    ]
    if reasons:
        attributes.append(Attribute.of("printer-state-reasons", Tag.KEYWORD, *reasons))
    return Group(Tag.PRINTER, tuple(attributes))


@pytest.mark.parametrize(
    ("state", "said", "ours", "refuses"),
    [
        (3, ("none",), (), ()),
        (4, ("media-empty-warning",), ("media-empty",), ("media-empty",)),
        (3, ("media-empty-report", "media-needed-report"), ("media-empty",), ("media-empty",)),
        (3, ("media-low-warning", "toner-low-report"), ("media-low", "marker-supply-low"), ()),
        (3, ("door-open-report",), ("cover-open",), ("cover-open",)),
        (5, ("paused",), ("x-ipp-paused",), ("x-ipp-paused",)),
        (3, ("com.acme-lid_loose-error",), ("x-ipp-com-acme-lid-loose",), ("x-ipp-com-acme-lid-loose",)),
        (3, ("com.acme-lid_loose-report",), ("x-ipp-com-acme-lid-loose",), ()),
        (5, (), ("x-ipp-stopped",), ("x-ipp-stopped",)),
    ],
)
def test_reasons_are_judged_whatever_their_severity(
    state: int, said: tuple[str, ...], ours: tuple[str, ...], refuses: tuple[str, ...]
) -> None:
    seen = read_standing(printer(state, *said))
    assert (seen.status.reasons, seen.refuses) == (ours, refuses)
    assert (seen.status.state is PrinterState.IDLE) is (state == 3 and not refuses)


def test_a_printer_that_takes_no_jobs_says_so() -> None:
    assert read_standing(printer(3, accepting=False)).refuses == ("x-ipp-not-accepting-jobs",)
    assert read_standing(Group(Tag.PRINTER)).status.state is PrinterState.STOPPED


@given(st.lists(st.text(max_size=80), max_size=4))
def test_whatever_a_printer_says_becomes_keywords(said: list[str]) -> None:
    import re

    for word in (*printer_reasons(said), *standing(said)):
        assert word in DEVICE_REASONS or re.fullmatch(r"x(-[a-z0-9]+)+", word)


@pytest.mark.parametrize(
    ("state", "reasons", "observed"),
    [
        (3, ("none",), DeviceJob(state="queued")),
        (4, ("job-incoming",), DeviceJob(state="queued")),
        (5, ("job-printing",), DeviceJob(state="active")),
        (6, (), DeviceJob(state="active")),
        (7, ("job-canceled-by-user",), DeviceJob(state="failed")),
        (8, ("aborted-by-system",), DeviceJob(state="failed")),
        (9, ("job-completed-successfully",), DeviceJob(state="done", picked=True)),
        (9, (), DeviceJob(state="done", picked=True)),
        (9, ("job-completed-with-warnings",), DeviceJob(state="done", picked=True)),
        (9, ("job-completed-with-errors",), DeviceJob(state="failed")),
        (9, ("cups-ipp-missing-job-history",), DeviceJob(state="failed")),
        (9, ("processing-to-stop-point",), DeviceJob(state="failed")),
        (9, ("printer-stopped",), DeviceJob(state="failed")),
        (0, (), None),
    ],
)
def test_a_job_proves_a_card_only_if_nothing_speaks_against_it(
    state: int, reasons: tuple[str, ...], observed: DeviceJob | None
) -> None:
    assert Job(id=1, state=state, reasons=reasons).observed() == observed


def test_what_a_queue_says_of_the_printer_behind_it_counts_as_well() -> None:
    job = Job(id=1, state=9, reasons=("none",), printer_reasons=("media-low", "cups-ipp-missing-job-history"))
    assert not job.delivered
    assert Job(id=1, state=9, reasons=("processing-to-stop-point",)).delivered
    assert (job.done, job.odd) == (False, ("x-ipp-cups-ipp-missing-job-history",))


def test_a_job_is_the_same_by_uuid_else_by_number_name_and_time() -> None:
    job = Job(id=1, uuid="urn:uuid:1", name="a", up_time=50)
    assert job.is_same(Job(id=1, uuid="urn:uuid:1"))
    assert not job.is_same(Job(id=1, uuid="urn:uuid:2", name="a"))
    without = attrs.evolve(job, uuid="")
    assert without.is_same(Job(id=1, name="a", up_time=50))
    assert without.is_same(Job(id=1))
    assert not without.is_same(Job(id=1, name="b"))
    assert not without.is_same(Job(id=1, name="a", up_time=3))
    assert not without.is_same(Job(id=2, name="a"))
    assert read_job(Group(Tag.JOB)) is None


def test_supplies_that_are_not_counted_in_cards_have_no_count() -> None:
    texts = [
        b"type=ribbonWax;unit=impressions;maxcapacity=200;level=-3;colorantname=ymcko",
        b"unit=percent;level=5",
        b";;",
    ]
    told = Group(Tag.PRINTER, (Attribute.of("printer-supply", Tag.OCTETS, *texts),))
    assert read_supplies(told) == (Supply(name="ymcko", capacity=200), Supply(name=""), Supply(name=""))
    assert read_supplies(Group(Tag.PRINTER, (Attribute.of("marker-names", Tag.NAME, "Film"),))) == (
        Supply(name="Film"),
    )


def made(folder: Path, image: Image.Image) -> FaceFile:
    import hashlib

    stream = io.BytesIO()
    image.save(stream, "PNG")
    path = folder / "made"
    path.write_bytes(stream.getvalue())
    return FaceFile(path=path, sha256=hashlib.sha256(stream.getvalue()).hexdigest())


def test_the_black_panel_is_black_in_the_picture(tmp_path: Path) -> None:
    black = Image.new("1", SIZE, 1)
    black.paste(0, (0, 0, 10, 10))
    order = attrs.evolve(made_order(tmp_path, CAN), black=(made(tmp_path, black),))

    (face,) = read_faces(order, SIZE, 1)

    assert face.getpixel((9, 9)) == (0, 0, 0)
    assert face.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("spoil", "reason", "permanent"),
    [
        ("encoding", "x-no-encoder", True),
        ("two sides", "x-sides", True),
        ("no side", "x-sides", True),
        ("gone", "x-face-unreadable", False),
        ("altered", "x-face-altered", False),
        ("no picture", "x-face-unreadable", True),
        ("half", "x-face-unreadable", True),
        ("size", "x-face-size", True),
    ],
)
def test_an_order_that_is_no_card_here_touches_no_blank(
    tmp_path: Path, spoil: str, reason: str, *, permanent: bool
) -> None:
    order = made_order(tmp_path, CAN, sides=2 if spoil == "two sides" else 1)
    side = order.sides[0]
    if spoil == "encoding":
        order = attrs.evolve(order, encoding={"name": "made up"})
    elif spoil == "no side":
        order = attrs.evolve(order, sides=())
    elif spoil == "gone":
        side.path.unlink()
    elif spoil == "altered":
        side.path.write_bytes(side.path.read_bytes() + b"x")
    elif spoil in {"no picture", "half"}:
        import hashlib

        content = b"no picture" if spoil == "no picture" else side.path.read_bytes()[:500]
        side.path.write_bytes(content)
        order = attrs.evolve(order, sides=(attrs.evolve(side, sha256=hashlib.sha256(content).hexdigest()),))
    elif spoil == "size":
        order = attrs.evolve(order, sides=(made(tmp_path, Image.new("RGB", (10, 10))),))

    with pytest.raises(DriverError) as caught:
        read_faces(order, SIZE, 1)

    assert (caught.value.fate, caught.value.reasons, caught.value.permanent) == (
        CardFate.NOT_FED,
        (reason,),
        permanent,
    )
    assert "made up" not in str(caught.value)
