"""The layout of simulated chips, as a file of a station."""

from __future__ import annotations

from pathlib import Path

from cardprint.simulation.chips import APPLICATION, DATA_FILE, KEY, NUMBER_FILE

__all__ = ["KEY_NAME", "LAYOUT", "PERSON", "prepare"]

KEY_NAME = "personalisation"
PERSON = {"subject_id": "9900000000000001", "name": "Orang Contoh"}
LAYOUT = f"""
[[identify]]
step = "select"
application = "{APPLICATION}"

[[identify]]
step = "number"
file = "{NUMBER_FILE}"

[[write]]
step = "blank"
file = "{DATA_FILE}"
length = 256

[[write]]
step = "verify"
key = "{KEY_NAME}"

[[write]]
step = "write"
file = "{DATA_FILE}"
length = 256
fields = {{ subject_id = "5F20", name = "5B" }}

[[write]]
step = "compare"
file = "{DATA_FILE}"

[[write]]
step = "lock"
file = "{DATA_FILE}"
"""


def prepare(folder: Path, layout: str = LAYOUT, *, key: str = KEY) -> None:
    """Write layout and key into a station's folder."""
    (folder / "office.toml").write_text(layout, "utf-8")
    (folder / "keys").mkdir(mode=0o700, exist_ok=True)
    file = folder / "keys" / KEY_NAME
    file.write_text(key, "ascii")
    file.chmod(0o600)
