"""Fuzz the file source with atheris: ``python tests/fuzz/fuzz_file.py TARGET [options of libFuzzer]``.

Targets: csv, jsonl, zip, xlsx. Needs the group ``fuzz`` (``pip install --group fuzz``). What makes one fail is left
in ``build/fuzz/TARGET`` and repeated by naming that file after the target; ``-max_total_time=300`` ends a run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["cardprint.builtin.file", "zipfile"]):
    from support.fuzzing import TARGETS, WORDS, seeds

BUILD = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> None:
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        raise SystemExit(__doc__)
    corpus, found = BUILD / name / "corpus", BUILD / name
    corpus.mkdir(parents=True, exist_ok=True)
    words = found / "words"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in WORDS[name]))
    # A file in memory costs no disk its life.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as temporary:
        folder = Path(temporary)
        for number, seed in enumerate(seeds(name, folder)):
            (corpus / f"seed-{number}").write_bytes(seed)
        target = TARGETS[name]
        arguments = [
            f"-dict={words}",
            f"-artifact_prefix={found}/",
            "-max_len=20000",
            "-rss_limit_mb=1500",
            "-timeout=30",
        ]
        given = options if any(not option.startswith("-") for option in options) else [*options, str(corpus)]
        atheris.Setup([sys.argv[0], *arguments, *given], lambda data: target(folder, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
