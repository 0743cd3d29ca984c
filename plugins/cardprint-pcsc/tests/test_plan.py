"""A layout is a plan whose order is safe, or it is refused by file and step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardprint.errors import ConfigurationError, EncodeError
from cardprint.testing.chips import SimulatedChips
from cardprint_pcsc.plan import read_plan
from cardprint_pcsc.tlv import data_object, data_objects, tag_of
from support import chip_keys
from support.chip_layout import LAYOUT, PERSON

if TYPE_CHECKING:
    from conftest import MakeEncoder

BLANK = '[[write]]\nstep = "blank"\nfile = "0101"\nlength = 256\n'
COMPARE = '[[write]]\nstep = "compare"\nfile = "0101"\n'
LOCK = '[[write]]\nstep = "lock"\nfile = "0101"\n'
VERIFY = '[[write]]\nstep = "verify"\nkey = "personalisation"\n'


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("", "has no steps"),
        ("a = 1\n" + LAYOUT, "'a', which is neither"),
        ("[[write]\n", "is no TOML"),
        (LAYOUT.replace('"verify"', '"show"'), "write, step 2: `step` is none of"),
        (LAYOUT.replace('"personalisation"', '"personalisation"\nsecret = "00"'), "write, step 2: .*secret"),
        (LAYOUT.replace('"5F20"', '"5F"'), "write, step 3: '5F' is no tag"),
        (LAYOUT.replace("length = 256", "length = 0"), "write, step 1: "),
        (LAYOUT.replace('file = "0101"\nlength = 256\nfields', 'file = "01"\nlength = 256\nfields'), "write, step 3"),
        (LAYOUT.replace(BLANK, ""), "0101 is written without"),
        (LAYOUT.replace(COMPARE, ""), "0101 is locked before"),
        (LAYOUT.replace(COMPARE, "").replace(LOCK, ""), "is compared afterwards"),
        (LAYOUT.replace(VERIFY, VERIFY + COMPARE), "0101 is compared before"),
        (LAYOUT + BLANK, "0101 is looked at for being blank after"),
        (LAYOUT + '[[identify]]\nstep = "lock"\nfile = "0101"\n', "`identify` selects and ends with"),
        (LAYOUT + '[[write]]\nstep = "number"\n', "`number` belongs to"),
    ],
)
def test_a_layout_that_is_no_safe_plan_is_refused_by_file_and_step(make: MakeEncoder, layout: str, said: str) -> None:
    squeezed = layout.replace("\n\n", "\n")
    with pytest.raises(ConfigurationError, match=rf"office\.toml.*{said}"):
        make(squeezed)


def test_a_layout_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"other\.toml cannot be read"):
        read_plan(tmp_path / "other.toml")


@pytest.mark.parametrize("fields", [{"name": "Orang Contoh"}, {**PERSON, "address": "Jalan Contoh 1"}])
def test_fields_that_the_layout_has_not_cost_no_blank_and_no_request(make: MakeEncoder, fields: dict[str, str]) -> None:
    with pytest.raises(EncodeError) as caught:
        make().check(fields)
    assert (caught.value.reason, caught.value.written) == ("x-chip-layout", False)
    assert "Orang" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["open to others", "missing", "no hex"])
def test_without_its_key_nothing_is_ready(make: MakeEncoder, tmp_path: Path, wrong: str) -> None:
    encoder = make()
    encoder.ready()
    file = tmp_path / "keys" / "personalisation"
    if wrong == "open to others":
        file.chmod(0o644)
    elif wrong == "missing":
        file.unlink()
    else:
        file.write_text("KARTIKA", "ascii")
    with pytest.raises(EncodeError) as caught:
        encoder.ready()
    assert (caught.value.reason, caught.value.written) == ("x-no-key", False)
    assert "KARTIKA" not in str(caught.value)


def test_a_provider_of_keys_is_asked_for_each_chip_by_its_number(make: MakeEncoder) -> None:
    chip_keys.ASKED.clear()
    encoder, bench = make(key_provider="support.chip_keys:Derived"), SimulatedChips(PERSON)
    encoder.ready()
    chip = bench.good()
    number = encoder.identify(chip)
    encoder.write(PERSON, chip)
    assert [("personalisation", ""), ("personalisation", number)] == chip_keys.ASKED


@pytest.mark.parametrize("path", ["support.nothing:Derived", "support.chip_keys:Nothing", "support.chip_keys:Failing"])
def test_a_provider_that_cannot_be_made_is_named_without_its_words(make: MakeEncoder, path: str) -> None:
    with pytest.raises(ConfigurationError, match=path) as caught:
        make(key_provider=path)
    assert "PIN" not in str(caught.value)


@pytest.mark.parametrize(("length", "head"), [(127, "5B7F"), (128, "5B8180"), (255, "5B81FF"), (256, "5B820100")])
def test_a_length_has_the_form_that_its_size_asks_for(length: int, head: str) -> None:
    assert data_object(b"\x5b", b"x" * length).startswith(bytes.fromhex(head))


def test_a_value_of_64_kilobytes_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        data_object(b"\x5b", b"x" * 65_536)


@pytest.mark.parametrize("tag", ["", "00", "FF", "5F", "5F8", "5B20", "5F8020", "5F20FF", "xx", "5F80808001"])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match=r"tag|hex"):
        tag_of(tag)


@given(st.lists(st.tuples(st.sampled_from(["5B", "5F20", "C1", "DF8101"]), st.text(max_size=300))))
def test_what_is_written_can_be_read(values: list[tuple[str, str]]) -> None:
    rest, found = data_objects(values), []
    while rest:
        size = 1 if rest[0] & 0x1F != 0x1F else 2 if not rest[1] >> 7 else 3
        tag, rest = rest[:size].hex().upper(), rest[size:]
        extra = rest[0] & 0x7F if rest[0] >> 7 else 0
        length = int.from_bytes(rest[1 : 1 + extra], "big") if extra else rest[0]
        found.append((tag, rest[1 + extra : 1 + extra + length].decode("utf-8")))
        rest = rest[1 + extra + length :]
    assert found == values
