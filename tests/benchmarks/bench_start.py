"""How long a command takes to start, beside sqlite-utils and a bare Python; in turn, median of many.

``python tests/benchmarks/bench_start.py [RUNS]``; sqlite-utils is in the dependency group ``bench``.
"""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cardprint import Station

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 15
FORBIDDEN = ("attrs", "rich", "asyncio", "PIL")
"""What ``--version`` must not import (performance.md)."""
SURROUNDINGS = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Without what keeps Python from caching bytecode: the peer was compiled when it was installed."""


def seconds(command: list[str], folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, env=SURROUNDINGS, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def peak(main: str, words: list[str], folder: Path) -> float:
    """Give the peak memory of a command in MB, asked of the kernel by itself: rusage begins with the parent's."""
    module, _, function = main.partition(":")
    code = (
        f"import sys; sys.argv = {words!r}\n"
        f"from {module} import {function}\n"
        f"try: {function}()\n"
        "except SystemExit: pass\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, cwd=folder, capture_output=True, text=True).stdout
    return int(said.split()[-2]) / 1024


def imported(command: list[str]) -> list[str]:
    """Give what of the forbidden modules a command imports."""
    code = (
        f"import sys; sys.argv = {command!r}\n"
        "from cardprint.cli import main\n"
        "try: main()\n"
        f"except SystemExit: print([name for name in {FORBIDDEN!r} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return [name for name in FORBIDDEN if f"'{name}'" in said]


def main() -> None:
    programs = Path(sys.executable).parent
    ours, peer = str(programs / "cardprint"), shutil.which("sqlite-utils", path=str(programs))
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "cardprint --version": [ours, "--version"],
        "cardprint status": [ours, "status"],
    }
    if peer is None:
        print("sqlite-utils is not installed: pip install --group bench", file=sys.stderr)
    else:
        commands["sqlite-utils --version"] = [peer, "--version"]
    times: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as temporary:
        Station.initialize(temporary, people=1)
        for number in range(RUNS + 1):
            for name, command in commands.items():
                taken = seconds(command, Path(temporary))
                if number:
                    times[name].append(taken)
        memory = {
            "cardprint --version": peak("cardprint.cli:main", ["cardprint", "--version"], Path(temporary)),
            "cardprint status": peak("cardprint.cli:main", ["cardprint", "status"], Path(temporary)),
        }
        if peer is not None:
            memory["sqlite-utils --version"] = peak(
                "sqlite_utils.cli:cli", ["sqlite-utils", "--version"], Path(temporary)
            )
    medians = {name: statistics.median(figures) for name, figures in times.items()}
    reference = medians.get("sqlite-utils --version")
    aims = {"cardprint --version": 0.6, "cardprint status": 1.0}
    print(f"median of {RUNS:<3} in turn    {'ms':>6}{'peak MB':>9}{'/ sqlite-utils':>16}{'aim':>6}")
    for name, median in medians.items():
        ratio = "" if reference is None else f"{median / reference:>16.2f}"
        aim = aims.get(name)
        met = ""
        if aim is not None and reference is not None:
            met = f"{aim:>6.1f}  {'met' if median / reference <= aim else 'NOT MET'}"
        print(f"{name:24}{median * 1e3:>6.0f}{memory.get(name, math.nan):>9.0f}{ratio}{met}")
    loaded = ", ".join(imported(["cardprint", "--version"])) or "none"
    print(f"cardprint --version imports of {', '.join(FORBIDDEN)}: {loaded}")


if __name__ == "__main__":
    main()
