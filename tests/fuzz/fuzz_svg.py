"""Fuzz the SVG renderer with atheris: ``python tests/fuzz/fuzz_svg.py TARGET [options of libFuzzer]``.

Targets: drawing, drawn (by resvg, in its child: slow), design, text, photo. Needs the group ``fuzz``
(``pip install --group fuzz``). What makes one fail is left in ``build/fuzz/svg-TARGET`` and repeated by naming that
file after the target; ``-max_total_time=300`` ends a run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["cardprint_svg", "PIL", "fontTools.ttLib"]):
    from support.svg_fuzzing import TARGETS, WORDS, seeds

BUILD = Path(__file__).parents[2] / "build" / "fuzz"


def main() -> None:
    name, *options = sys.argv[1:] or [""]
    if name not in TARGETS:
        raise SystemExit(__doc__)
    found = BUILD / f"svg-{name}"
    corpus = found / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    words = found / "words"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in WORDS[name]))
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number}").write_bytes(seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder, target = Path(temporary), TARGETS[name]
        arguments = [
            f"-dict={words}",
            f"-artifact_prefix={found}/",
            "-max_len=20000",
            "-rss_limit_mb=2000",
            "-timeout=40",
        ]
        given = options if any(not option.startswith("-") for option in options) else [*options, str(corpus)]
        atheris.Setup([sys.argv[0], *arguments, *given], lambda data: target(folder, data))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
