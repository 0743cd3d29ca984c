from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cardprint.errors import ConfigurationError
from cardprint.model.configuration import DutyLimits, EncoderUse, PluginRules, PluginUse, PrinterConfig, StationConfig
from cardprint.model.retry import RetryLimits
from cardprint.registry import default_configuration_text, read_configuration

FULL = """
[station]
name = "Kantor Contoh"
folder = "data"
people = 2
subject_pattern = '[0-9]{16}'
business_day_starts = 4
utc_offset_minutes = 420

[policy]
plugin = "fifo"

[renderer]
plugin = "none"
colour = "blue"

[printers.P1]
driver = "folder"
device = "folder:out"
kind = "chip"
enabled = false
threshold = 5
quarantine_after = 2
driver_process = "inline"
per_day = 200
per_hour = 60
settings = { paper = "none" }

[printers.P2]
driver = "acme"
device = "usb://acme/1"
encoder = "chips"

[sources.centre]
plugin = "http"
url = "https://centre.example"

[encoders.chips]
plugin = "pcsc"
fields = ["subject_id", "name"]
layout = "office.toml"

[validators.nik]
plugin = "nik"

[interlocks.mains]
plugin = "nut"
host = "localhost"

[plugins]
allow = ["cardprint-http"]
safe_mode = true

[retry]
spoiled = 1
not_fed = 9
delay = 2
delay_max = 20.5
"""

PRINTER = '[printers.P1]\ndriver = "folder"\ndevice = "folder:out"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "office"
    folder.mkdir(mode=0o700)
    return folder / "station.toml"


def test_every_table_is_read(file: Path) -> None:
    file.write_text(FULL, encoding="utf-8")
    assert read_configuration(file) == StationConfig(
        folder=file.parent.resolve() / "data",
        name="Kantor Contoh",
        people=2,
        subject_pattern="[0-9]{16}",
        business_day_starts=4,
        utc_offset_minutes=420,
        policy=PluginUse(plugin="fifo"),
        renderer=PluginUse(plugin="none", settings={"colour": "blue"}),
        printers=(
            PrinterConfig(
                name="P1",
                driver="folder",
                device="folder:out",
                kind="chip",
                enabled=False,
                threshold=5,
                quarantine_after=2,
                driver_process="inline",
                duty=DutyLimits(per_day=200, per_hour=60),
                settings={"paper": "none"},
            ),
            PrinterConfig(name="P2", driver="acme", device="usb://acme/1", encoder="chips"),
        ),
        sources={"centre": PluginUse(plugin="http", settings={"url": "https://centre.example"})},
        encoders={
            "chips": EncoderUse(plugin="pcsc", fields=("subject_id", "name"), settings={"layout": "office.toml"})
        },
        validators={"nik": PluginUse(plugin="nik")},
        interlocks={"mains": PluginUse(plugin="nut", settings={"host": "localhost"})},
        plugins=PluginRules(allow=("cardprint-http",), safe_mode=True),
        retry=RetryLimits(spoiled=1, not_fed=9, delay=2.0, delay_max=20.5),
    )


def test_an_empty_file_gives_the_defaults_where_the_file_lies(file: Path) -> None:
    file.write_text("")
    assert read_configuration(file) == StationConfig(folder=file.parent.resolve())


def test_the_folder_does_not_depend_on_where_the_program_runs(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[station]\nfolder = "data"\n')
    monkeypatch.chdir(file.parent)
    assert read_configuration(Path("station.toml")).folder == file.parent.resolve() / "data"


def test_a_byte_order_mark_is_no_obstacle(file: Path) -> None:
    file.write_bytes(b'\xef\xbb\xbf[station]\nname = "A"\n')
    assert read_configuration(file).name == "A"


REFUSED = {
    "unknown table": ("[printer.P1]\n", ["`printer`", "there is no such table", "Did you mean `printers`?"]),
    "unknown key": ("[station]\nnmae = 'A'\n", ["[station] `nmae`", "Did you mean `name`?", "people"]),
    "unknown key of a printer": (PRINTER + "treshold = 3\n", ["[printers.P1] `treshold`", "`threshold`"]),
    "unknown key of plugins": ("[plugins]\nalow = []\n", ["[plugins] `alow`", "`allow`"]),
    "unknown key of retry": ("[retry]\nspoilt = 1\n", ["[retry] `spoilt`", "`spoiled`"]),
    "a printer's own name": (PRINTER + "name = 'x'\n", ["[printers.P1] `name`", "no such key"]),
    "another table inside station": ("[station.retry]\nspoiled = 1\n", ["[station] `retry`", "no such key"]),
    "unknown encoder": (
        PRINTER + "encoder = 'chip'\n[encoders.chips]\nplugin = 'a'\nfields = ['b']\n",
        ["[printers.P1] `encoder`", "there is no such encoder", "Did you mean `chips`?"],
    ),
    "an encoder without fields": ("[encoders.chips]\nplugin = 'a'\n", ["[encoders.chips] `fields`", "no field"]),
    "fields as a text": ("[encoders.chips]\nplugin = 'a'\nfields = 'b'\n", ["[encoders.chips] `fields`", "a list"]),
    "wrong type": ("[station]\npeople = '3'\n", ["[station] `people`", "a whole number, not text"]),
    "true for one": ("[station]\npeople = true\n", ["[station] `people`", "a whole number, not true or false"]),
    "list for text": ("[station]\nname = ['A']\n", ["[station] `name`", "text, not a list"]),
    "text for a list": ("[plugins]\nallow = 'a'\n", ["[plugins] `allow`", "a list, not text"]),
    "number in a list": (
        "[plugins]\nallow = ['a', 1]\n",
        ["[plugins] `allow[1]`", "text or a table, not a whole number"],
    ),
    "value for a table": ("station = 3\n", ["[station]", "should be a table"]),
    "value for a printer": ("[printers]\nP1 = 'folder'\n", ["[printers.P1]", "should be a table"]),
    "value for settings": (PRINTER + "settings = 3\n", ["[printers.P1] `settings`", "a table, not a whole number"]),
    "nobody": ("[station]\npeople = 0\n", ["[station] `people`", "0 is not between 1 and"]),
    "hour": ("[station]\nbusiness_day_starts = 24\n", ["`business_day_starts`", "between 0 and 23"]),
    "offset": ("[station]\nutc_offset_minutes = 900\n", ["`utc_offset_minutes`", "between -720 and 840"]),
    "empty name": ("[station]\nname = ' '\n", ["[station] `name`", "1 to 64"]),
    "control characters": ('[station]\nname = "A\\u001b"\n', ["[station] `name`", "can be printed"]),
    "pattern": ("[station]\nsubject_pattern = '[0-9'\n", ["[station] `subject_pattern`", "no regular expression"]),
    "threshold": (PRINTER + "threshold = -1\n", ["[printers.P1] `threshold`", "-1 is not between 0 and"]),
    "duty": (PRINTER + "per_day = 0\n", ["[printers.P1] `per_day`", "0 is not between 1 and"]),
    "process": (PRINTER + "driver_process = 'moon'\n", ["[printers.P1] `driver_process`", "Known: inline, process"]),
    "no driver": ("[printers.P1]\ndevice = 'folder:out'\n", ["[printers.P1] `driver`", "is missing"]),
    "no device": ("[printers.P1]\ndriver = 'folder'\n", ["[printers.P1] `device`", "is missing"]),
    "no uri": ("[printers.P1]\ndriver = 'folder'\ndevice = 'out'\n", ["[printers.P1] `device`", "no device URI"]),
    "kind": (PRINTER + "kind = 'a b'\n", ["[printers.P1] `kind`", "is not of the form"]),
    "printer's name": ('[printers."../P1"]\n', ["[printers] `../P1`", "begins with a letter"]),
    "newline in a name": ('[printers."P1\\n"]\n', ["[printers] `P1?`", "begins with a letter"]),
    "digits of another script": ('[printers."٣"]\n', ["[printers] `٣`", "begins with a letter"]),
    "long name": (f"[printers.{'P' * 33}]\n", ["[printers]", "1 to 32"]),
    "source's name": ('[sources."a/b"]\nplugin = "file"\n', ["[sources] `a/b`"]),
    "names but for capitals": (
        PRINTER + PRINTER.replace("P1", "p1").replace("out", "out2"),
        ["[printers] `p1`", "differs from P1"],
    ),
    "one device twice": (PRINTER + PRINTER.replace("P1", "P2"), ["[printers.P2] `device`", "P1 has the same"]),
    "table twice": (PRINTER + PRINTER, ["is not TOML", "line 4, column"]),
    "no plugin": ("[sources.centre]\nurl = 'x'\n", ["[sources.centre] `plugin`", "is missing"]),
    "plugin's type": ("[policy]\nplugin = 3\n", ["[policy] `plugin`", "needs text"]),
    "plugin empty": ("[policy]\nplugin = ''\n", ["[policy] `plugin`", "is empty"]),
    "retry": ("[retry]\nspoiled = 0\n", ["[retry] `spoiled`", "0 is not between 1 and"]),
    "no number": ("[retry]\ndelay = nan\n", ["[retry] `delay`", "nan is not between"]),
    "endless": ("[retry]\ndelay_max = inf\n", ["[retry] `delay_max`", "inf is not between"]),
    "delays": ("[retry]\ndelay = 20\ndelay_max = 10\n", ["[retry] `delay`", "more than `delay_max`"]),
    "no TOML": ("[station]\nname =\n", ["is not TOML", "line 2, column 7"]),
    "long number": (f"[station]\npeople = {'9' * 5000}\n", ["is not TOML"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_told_by_file_table_and_key(file: Path, case: str) -> None:
    text, told = REFUSED[case]
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    for part in told:
        assert part in message


def test_two_printers_may_share_a_device_while_one_is_left_alone(file: Path) -> None:
    file.write_text(PRINTER + PRINTER.replace("P1", "P2") + "enabled = false\n")
    assert [printer.enabled for printer in read_configuration(file).printers] == [True, False]


def test_a_file_that_is_not_there_brings_the_command_that_writes_one(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no such file.*cardprint init"):
        read_configuration(file)


def test_a_folder_is_no_configuration(file: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_configuration(file.parent)


@pytest.mark.parametrize("content", [b"# \xff\n", b"#\n" * 600_000, b"a = " + b"[" * 100_000])
def test_a_file_that_is_no_text_or_too_much_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigurationError):
        read_configuration(file)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
@pytest.mark.parametrize("place", ["file", "folder"])
def test_a_configuration_that_everybody_may_change_is_refused(file: Path, place: str) -> None:
    file.write_text("")
    (file if place == "file" else file.parent).chmod(0o777)
    with pytest.raises(ConfigurationError, match="chmod o-w"):
        read_configuration(file)


@pytest.mark.parametrize("people", [1, 3])
def test_the_first_configuration_is_accepted(file: Path, people: int) -> None:
    file.write_text(default_configuration_text(name="Kantor Contoh", people=people), encoding="utf-8")
    config = read_configuration(file)
    assert (config.name, config.people) == ("Kantor Contoh", people)
    assert config.printers == (PrinterConfig(name="P1", driver="folder", device="folder:out"),)


@example(name="\U00010400", people=1)  # beyond what \uXXXX can say
@example(name='"\\', people=1)
@given(name=st.text(max_size=80), people=st.integers(-1, 100_001))
def test_any_name_is_written_as_it_is_or_refused(name: str, people: int) -> None:
    try:
        text = default_configuration_text(name=name, people=people)
    except ConfigurationError:
        assert not name.strip() or not name.isprintable() or len(name) > 64 or not 1 <= people <= 100_000
    else:
        station = tomllib.loads(text)["station"]
        assert (station["name"], station["people"]) == (name, people)


def test_the_first_configuration_stands_with_every_comment_taken_away(file: Path) -> None:
    text = default_configuration_text(name="A", people=2)
    lines = [
        line[2:] if line.startswith("# ") and (" = " in line or "[" in line[:4]) else line for line in text.splitlines()
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    config = read_configuration(file)
    office = {"path": "requests.xlsx", "sheet": "June", "encoding": "cp1252"}
    assert config.encoders["chips"].fields == ("subject_id", "name")
    assert config.sources == {"centre": PluginUse(plugin="file", settings=office)}
    assert config.printers[0].duty == DutyLimits(per_day=200, per_hour=60)
