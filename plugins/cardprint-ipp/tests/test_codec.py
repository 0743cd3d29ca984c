"""IPP's bytes: there and back, bounded, and as programs of others write and read them."""

from __future__ import annotations

import datetime as dt
import http.server
import random
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ippx import _codec as independent

from cardprint_ipp.codec import MESSAGE_MAX, CodecError, decode, encode
from cardprint_ipp.operations import Requests
from cardprint_ipp.values import Attribute, Collection, Group, Localized, Message, Range, Resolution, Tag, Value
from support.components import require
from support.ipp_servers import EvePrinter, PapplPrinter

if TYPE_CHECKING:
    from conftest import Desk

INTEGERS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ZONES = st.integers(-13 * 60, 13 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
TIMES = st.datetimes(dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31), timezones=ZONES).map(  # noqa: DTZ001 - a bound
    lambda time: time.replace(microsecond=time.microsecond // 100_000 * 100_000)
)
TEXT_TAGS = st.sampled_from([Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.CHARSET, Tag.LANGUAGE, Tag.MIME_TYPE, 0x5F])
SIMPLE = st.one_of(
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), INTEGERS),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, TEXT_TAGS, TEXTS),
    st.builds(Value, st.sampled_from([Tag.OCTETS, 0x38, 0x60, 0x7F, 0xFF]), st.binary(max_size=40)),
    st.builds(Value, st.just(Tag.DATE_TIME), TIMES),
    st.builds(Value, st.just(Tag.RESOLUTION), st.builds(Resolution, INTEGERS, INTEGERS, st.sampled_from([3, 4]))),
    st.builds(Value, st.just(Tag.RANGE), st.builds(Range, INTEGERS, INTEGERS)),
    st.builds(
        Value, st.sampled_from([Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE]), st.builds(Localized, TEXTS, TEXTS)
    ),
    st.builds(Value, st.sampled_from([Tag.NO_VALUE, 0x10, 0x12, 0x15, 0x1F]), st.none()),
)
NAMES = st.text("abcdefghijklmnopqrstuvwxyz-0123456789", min_size=1, max_size=30)


def attributes(values: st.SearchStrategy[Value]) -> st.SearchStrategy[tuple[Attribute, ...]]:
    several = st.lists(values, min_size=1, max_size=4).map(tuple)
    return st.lists(st.builds(Attribute, NAMES, several), max_size=4).map(tuple)


VALUES = st.recursive(
    SIMPLE,
    lambda inner: st.builds(Value, st.just(Tag.BEGIN_COLLECTION), attributes(inner).map(Collection)),
    max_leaves=12,
)
GROUPS = st.builds(Group, st.sampled_from([1, 2, 4, 5, 6, 0x0F]), attributes(VALUES))
MESSAGES = st.builds(
    Message,
    version=st.tuples(st.integers(0, 255), st.integers(0, 255)),
    code=st.integers(0, 0xFFFF),
    request_id=INTEGERS,
    groups=st.lists(GROUPS, max_size=4).map(tuple),
)
EVERYTHING = Message(
    version=(2, 0),
    code=0,
    request_id=1,
    groups=(
        Group(
            Tag.OPERATION,
            (
                Attribute.of("attributes-charset", Tag.CHARSET, "utf-8"),
                Attribute.of("attributes-natural-language", Tag.LANGUAGE, "en"),
            ),
        ),
        Group(
            Tag.PRINTER,
            (
                Attribute.of("an-integer", Tag.INTEGER, -5, 7),
                Attribute.of("a-flag", Tag.BOOLEAN, True),  # noqa: FBT003 - the content of a value
                Attribute.of("printer-state", Tag.ENUM, 3),
                Attribute.of("some-octets", Tag.OCTETS, b"a b"),
                Attribute.of("a-time", Tag.DATE_TIME, dt.datetime(2026, 8, 17, 10, 0, 0, tzinfo=dt.UTC)),
                Attribute.of("a-resolution", Tag.RESOLUTION, Resolution(300, 600)),
                Attribute.of("a-range", Tag.RANGE, Range(1, 99)),
                Attribute.of("a-text", Tag.TEXT_WITH_LANGUAGE, Localized("id", "Kartu")),
                Attribute.of("a-name", Tag.NAME, "Sari"),
                Attribute.of("a-keyword", Tag.KEYWORD, "om_card_54x86mm", "main"),
                Attribute.of("a-uri", Tag.URI, "ipp://localhost/"),
                Attribute.of("nothing", Tag.NO_VALUE, None),
                Attribute.of(
                    "media-col",
                    Tag.BEGIN_COLLECTION,
                    Collection(
                        (
                            Attribute.of(
                                "media-size",
                                Tag.BEGIN_COLLECTION,
                                Collection((Attribute.of("x-dimension", Tag.INTEGER, 5398),)),
                            ),
                            Attribute.of("media-source", Tag.KEYWORD, "main"),
                        )
                    ),
                ),
            ),
        ),
    ),
)


@given(message=MESSAGES, document=st.binary(max_size=20))
@example(message=EVERYTHING, document=b"RaS2")
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read(message: Message, document: bytes) -> None:
    assert decode(encode(message) + document) == (message, document)


@given(content=st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x02\0\0\0\0\0\0\1\4" + rest))
@settings(max_examples=500, deadline=None)
def test_anything_is_read_and_written_again_byte_for_byte_or_refused(content: bytes) -> None:
    try:
        message, rest = decode(content)
    except CodecError:
        return
    assert encode(message) + rest == content


def test_a_message_that_is_damaged_anywhere_is_read_or_refused() -> None:
    whole = encode(EVERYTHING)
    luck = random.Random(1)
    for at in range(len(whole)):
        for damaged in (whole[:at], whole[:at] + bytes([luck.randrange(256)]) + whole[at + 1 :]):
            try:
                message, rest = decode(damaged)
            except CodecError:
                continue
            assert encode(message) + rest == damaged


@pytest.mark.parametrize(
    ("tag", "raw"),
    [
        (Tag.INTEGER, b"\0\0\1"),
        (Tag.BOOLEAN, b"\2"),
        (Tag.BOOLEAN, b""),
        (Tag.TEXT, b"\xff"),
        (Tag.DATE_TIME, b"\x07\xea\x0d\x01\0\0\0\0+\0\0"),
        (Tag.DATE_TIME, b"\x07\xea\x01\x01\0\0\0\0-\0\0"),
        (Tag.RANGE, b"\0"),
        (Tag.NAME_WITH_LANGUAGE, b"\0\2id\0\x09short"),
        (Tag.NO_VALUE, b"something"),
        (0x7F, b"\0\0\1\2extension"),
    ],
)
def test_a_value_that_its_syntax_does_not_allow_is_kept_as_bytes(tag: int, raw: bytes) -> None:
    message = Message(code=0, request_id=1, groups=(Group(Tag.PRINTER, (Attribute.of("odd", tag, raw),)),))

    assert decode(encode(message)) == (message, b"")


def deep(levels: int) -> Message:
    value = Value(Tag.INTEGER, 1)
    for _ in range(levels):
        value = Value(Tag.BEGIN_COLLECTION, Collection((Attribute("m", (value,)),)))
    return Message(code=0, request_id=1, groups=(Group(Tag.JOB, (Attribute("c", (value,)),)),))


def test_collections_go_so_deep_and_no_deeper() -> None:
    assert decode(encode(deep(16)))[0] == deep(16)
    with pytest.raises(CodecError, match="too deep"):
        encode(deep(17))
    endless = b"\x02\0\0\0\0\0\0\1\4" + b"\x34\0\1c\0\0" + b"\x4a\0\0\0\1m\x34\0\0\0\0" * 100_000
    with pytest.raises(CodecError, match="too deep"):
        decode(endless)


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(CodecError):
        decode(b"\x02\0\0\0\0\0\0\1\4" + b"\x21\0\1i\0\4\0\0\0\1" * (MESSAGE_MAX // 10 + 10) + b"\3")


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute.of("a", Tag.INTEGER, 2**31),
        Attribute.of("a", Tag.INTEGER, "one"),
        Attribute.of("a", Tag.INTEGER, True),  # noqa: FBT003 - the content of a value
        Attribute.of("a", Tag.TEXT, "x" * 40_000),
        Attribute.of("a", Tag.TEXT, None),
        Attribute.of("a", Tag.TEXT, "\ud800"),
        Attribute.of("a", Tag.DATE_TIME, dt.datetime(2026, 1, 1)),  # noqa: DTZ001 - no zone is the point
        Attribute.of("a", Tag.KEYWORD, Collection()),
        Attribute.of("a", Tag.MEMBER_NAME, "b"),
        Attribute.of("a", 0x100, b""),
        Attribute("a", ()),
        Attribute.of("", Tag.INTEGER, 1),
        Attribute.of("c", Tag.BEGIN_COLLECTION, Collection((Attribute("m", ()),))),
    ],
)
def test_what_ipp_cannot_say_is_refused(attribute: Attribute) -> None:
    with pytest.raises(CodecError):
        encode(Message(code=0, request_id=1, groups=(Group(Tag.JOB, (attribute,)),)))


def test_a_group_with_the_tag_of_the_end_is_none() -> None:
    with pytest.raises(CodecError):
        encode(Message(code=0, request_id=1, groups=(Group(Tag.END),)))


class Answering(http.server.BaseHTTPRequestHandler):
    """Answer every request with the same message, and keep what was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[bytes]

    def do_POST(self) -> None:
        if self.headers.get("Expect") == "100-continue" and self.request_version == "HTTP/1.0":
            self.send_response_only(100)
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(body)
        request, _ = decode(body)
        answer = encode(Message(version=(2, 0), code=0, request_id=request.request_id, groups=EVERYTHING.groups))
        self.send_response(200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class has it so
        pass


@pytest.fixture
def answering() -> Iterator[tuple[int, list[bytes]]]:
    asked: list[bytes] = []
    handler = type("Handler", (Answering,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "file",
    [
        "get-printer-attributes.test",
        "get-jobs.test",
        "create-job.test",
        "print-job-media-col.test",
        "create-printer-subscription.test",
    ],
)
def test_ipptool_is_understood_and_understands(answering: tuple[int, list[bytes]], tmp_path: Path, file: str) -> None:
    port, asked = answering
    ipptool = require("ipptool", "cups-ipp-utils")
    document = tmp_path / "document.pdf"
    document.write_bytes(b"%PDF-1.4 nothing")
    shown = subprocess.run(
        [ipptool, "-tv", "-f", document, f"ipp://127.0.0.1:{port}/ipp/print", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    ).stdout

    assert asked
    for body in asked:
        request, rest = decode(body)
        assert encode(request) + rest == body
        assert request.first(Tag.OPERATION).word("attributes-charset") == "utf-8"
    for line in (
        "an-integer (1setOf integer) = -5,7",
        "a-flag (boolean) = true",
        "printer-state (enum) = idle",
        "a-time (dateTime) = 2026-08-17T10:00:00Z",
        "a-resolution (resolution) = 300x600dpi",
        "a-range (rangeOfInteger) = 1-99",
        "a-text (textWithLanguage) = Kartu[id]",
        "a-keyword (1setOf keyword) = om_card_54x86mm,main",
        "nothing (no-value) = no-value",
        "media-col (collection) = {media-size={x-dimension=5398} media-source=main}",
    ):
        assert line in shown


@pytest.mark.parametrize("printer", ["eve", "pappl", "cups"])
def test_an_independent_client_reads_the_same_of_real_printers(
    desk: Desk, printer: str, request: pytest.FixtureRequest
) -> None:
    server: EvePrinter | PapplPrinter = request.getfixturevalue(printer)
    session = desk.session(server.uri, queue=printer == "cups")
    asked = encode(Requests(uri=server.uri, user="x").printer(("all", "media-col-database")))
    content = session._client._transport.ask(asked, timeout=10)

    ours, theirs = decode(content)[0], independent.decode(content)

    for group, other in zip(ours.groups, theirs.groups, strict=True):
        assert group.tag == other[0]
        assert [each.name for each in group.attributes] == [each.name for each in other[1]]
        for mine, their in zip(group.attributes, other[1], strict=True):
            if all(value.tag not in {Tag.BEGIN_COLLECTION, Tag.RESOLUTION, Tag.RANGE} for value in mine.values):
                assert [_plain(value) for value in mine.values] == list(their.values), mine.name


def _plain(value: Value) -> object:
    return value.content
