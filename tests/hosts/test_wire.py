"""Messages as bytes: every message arrives as it was sent, and nothing else arrives at all."""

from __future__ import annotations

import contextlib
import enum
import socket
import struct
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.hosts.start import Start
from cardprint.hosts.wire import COMMANDS, EVENTS, LARGEST, WireError, decode, encode, receive
from cardprint.model import Observation, PrinterState, PrinterStatus
from cardprint.model.attempts import AttemptOutcome, CardFate, Step, StepKind
from cardprint.model.messages import Done, Failed, Fenced, Lost, Observed, Open, Reported

KINDS = {**COMMANDS, **EVENTS, "Start": Start}
_SIMPLE: Mapping[object, st.SearchStrategy[Any]] = {
    int: st.integers(-(2**63), 2**64 - 1),
    str: st.text(max_size=20),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    Path: st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=10).map(Path),
    Any: st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(-(2**63), 2**63),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
}


def values(kind: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type form has no type yet (PEP 747)
    """Give any value of a type that a message uses."""
    kind = getattr(kind, "__supertype__", kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return st.sampled_from(kind)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of(*(st.none() if part is types.NoneType else values(part) for part in arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=3).map(tuple)
    if origin is frozenset:
        return st.frozensets(values(arguments[0]), max_size=3)
    if origin is Mapping:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=3)
    return st.builds(kind, **{field.name: values(field.type) for field in attrs.fields(attrs.resolve_types(kind))})


messages = st.sampled_from(sorted(KINDS)).flatmap(lambda name: values(KINDS[name]))


@given(message=messages)
def test_every_message_arrives_as_it_was_sent(message: object) -> None:
    assert decode(encode(message)[4:], KINDS) == message


@given(data=st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with contextlib.suppress(WireError):
        assert type(decode(data, KINDS)) in KINDS.values()


@given(message=messages, data=st.data())
def test_a_message_cut_or_altered_is_refused_or_is_another(message: object, data: st.DataObject) -> None:
    value = bytearray(encode(message)[4:])
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    del value[data.draw(st.integers(1, len(value))) :]
    with contextlib.suppress(WireError):
        assert type(decode(bytes(value), KINDS)) in KINDS.values()


@given(sent=st.lists(messages, max_size=3), cut=st.integers(0, 100))
def test_a_stream_gives_whole_frames_and_tells_of_one_that_was_cut(sent: list[object], cut: int) -> None:
    frames = [encode(message) for message in sent]
    stream = b"".join(frames)
    stream = stream[: max(0, len(stream) - cut)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(stream)
        ours.shutdown(socket.SHUT_WR)
        got = 0
        for frame, message in zip(frames, sent, strict=True):
            if len(stream) < got + len(frame):
                break
            value = receive(theirs)
            assert value is not None
            assert decode(value, KINDS) == message
            got += len(frame)
        if got == len(stream):
            assert receive(theirs) is None
        else:
            with pytest.raises(WireError, match="cut off"):
                receive(theirs)


def test_a_frame_that_announces_too_much_is_refused_before_it_is_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(struct.pack(">I", LARGEST + 1))
        with pytest.raises(WireError, match=f"message of {LARGEST + 1} bytes"):
            receive(theirs)


@pytest.mark.parametrize(
    "message",
    [
        Done(outcome=AttemptOutcome(fate=CardFate.PRINTED, detail="x" * LARGEST)),
        Reported(step=Step(kind=StepKind.FED, device_job="\ud800")),
        Observed(status=PrinterStatus(state=PrinterState.IDLE), observation=Observation(pick_count=2**70)),
        Lost(reason=object()),  # type: ignore[arg-type]
        Done(outcome=lambda: None),  # type: ignore[arg-type]
    ],
    ids=["large", "no text", "large number", "object", "function"],
)
def test_what_no_message_can_carry_is_refused_without_its_value(message: object) -> None:
    with pytest.raises(WireError) as caught:
        encode(message)
    assert "xxx" not in str(caught.value)


@pytest.mark.parametrize(
    "message",
    [Fenced(at_rest=1), Failed(detail="x", fate="PERHAPS"), Lost(reason=3), Done(outcome=None)],  # type: ignore[arg-type]
)
def test_a_message_whose_fields_are_of_other_types_is_refused(message: object) -> None:
    with pytest.raises(WireError):
        decode(encode(message)[4:], KINDS)


def test_a_station_takes_no_command_and_a_host_no_event() -> None:
    with pytest.raises(WireError, match="unknown kind"):
        decode(encode(Open())[4:], EVENTS)
    with pytest.raises(WireError, match="unknown kind"):
        decode(encode(Lost(reason="x"))[4:], COMMANDS)
