"""Read a file in a process that may have only so much memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

__all__ = ["read_bounded"]

_CHILD = """
import resource, sys
from pathlib import Path
import openpyxl, python_calamine
from cardprint.builtin.file import FileLimits, FileSettings, FileSource
from cardprint.errors import InputError
from cardprint.plugin import PluginContext
path, allowed, ratio = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
context = PluginContext(name="file", clock=None, folder=path.parent, photos=path.parent)
pages = int(Path("/proc/self/statm").read_text().split()[0])
bound = pages * resource.getpagesize() + allowed * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
try:
    source = FileSource(FileSettings(path=path, limits=FileLimits(ratio=ratio)), context)
    print(sum(len(page.items) for page in source.pull(None)), "items")
except InputError as error:
    print("refused for want of memory" if "enough memory" in error.message else "refused")
"""


def read_bounded(path: Path, allowed: int, *, ratio: int = 200) -> str:
    """Give "refused" or how many items were read, by a child that may have ``allowed`` MB more than it begins with."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("the bound is counted from /proc")
    child = [sys.executable, "-c", _CHILD, str(path), str(allowed), str(ratio)]
    result = subprocess.run(child, check=False, capture_output=True, text=True)
    assert result.returncode == 0, (result.returncode, result.stderr[-2000:])
    return result.stdout.strip()
