"""Let a fuzzer that watches the code look for bytes that the codec does not bear: needs ``pip install atheris``.

``python plugins/cardprint-ipp/tests/fuzz_codec.py -runs=1000000 -max_len=4096``
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["cardprint_ipp"]):
    from cardprint_ipp.codec import CodecError, decode, encode
    from cardprint_ipp.job import read_job
    from cardprint_ipp.printer import read_abilities, read_standing


def one(content: bytes) -> None:
    """Read anything, and write what was read."""
    try:
        message, rest = decode(content)
    except CodecError:
        return
    if encode(message) + rest != content:
        raise AssertionError
    for group in message.groups:
        read_job(group)
        read_standing(group)
        read_abilities(group)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
