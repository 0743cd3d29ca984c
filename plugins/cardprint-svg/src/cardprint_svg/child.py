"""Render one SVG to PNG in a process that may die: bounded in time and memory, standard input to output."""

from __future__ import annotations

import sys

__all__ = ["main"]

_MEMORY = 1 << 30


def _bound(seconds: int) -> None:
    try:
        import resource  # noqa: PLC0415 - POSIX alone has it
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def main() -> None:
    """Read SVG, write PNG; the arguments are seconds of the processor, the font's family and the files of the fonts."""
    seconds, family, *files = sys.argv[1:]
    _bound(int(seconds))
    import resvg_py  # noqa: PLC0415 - only after the bounds are set

    picture = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        skip_system_fonts=True,
        font_files=files,
        font_family=family,
        sans_serif_family=family,
        serif_family=family,
    )
    sys.stdout.buffer.write(bytes(picture))


if __name__ == "__main__":
    main()
