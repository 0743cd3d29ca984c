"""A plugin tried in a process of its own: what ends that process is told, and harms nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, Final

import attrs

from cardprint.model.trials import PluginProblem, PluginTrial
from cardprint.model.views import PluginView
from cardprint.registry.announced import Announced
from cardprint.registry.records import differences, editable, record_digest

__all__ = ["loads_apart", "try_apart"]

_SECONDS: Final = 60.0
"""How long a plugin may take to be imported with all that it names."""


def try_apart(found: Announced, view: PluginView) -> PluginTrial:
    """Import a plugin and all that it names in a process of its own, and look at its installed files."""
    answer = _answer(found, all_of_it=True)
    problems = [PluginProblem(**each) for each in answer["problems"]]
    covered = bool(record_digest(found.source)) and not editable(found.source)
    if covered:
        wrong = tuple(differences(found.source))
        cure = f"Install it anew: pip install --force-reinstall --no-deps {found.distribution}"
        problems += [PluginProblem(problem=f"{each}.", cure=cure) for each in wrong]
        covered = not wrong
    loaded = bool(answer["loaded"])
    first = problems[0].problem.rstrip(".") if problems else ""
    return PluginTrial(
        plugin=attrs.evolve(
            view,
            state="loaded" if loaded else "failed",
            detail="" if loaded else first,
            entries=tuple(answer["entries"]),
            api=answer["api"],
        ),
        problems=tuple(problems),
        warnings=tuple(answer["warnings"]),
        covered=covered,
    )


def loads_apart(found: Announced) -> bool:
    """Say whether a plugin can be imported, without what it names, in a process of its own."""
    return bool(_answer(found, all_of_it=False)["loaded"])


def _answer(found: Announced, *, all_of_it: bool) -> Mapping[str, Any]:
    """Let the process answer; where it dies or is silent, that is the problem."""
    task = {"path": sys.path, "name": found.name, "distribution": found.distribution, "all": all_of_it}
    said, ending = _run(json.dumps(task))
    at = found.value
    for line in said.splitlines():
        heard = json.loads(line)
        if "at" not in heard:
            return dict(heard)
        at = heard["at"]
    cure = f"Upgrade {found.distribution}, or tell its author; without it: pip uninstall {found.distribution}"
    problem = {"problem": f"{ending} while {at} was imported.", "cure": cure}
    return {"loaded": False, "entries": [], "api": "", "problems": [problem], "warnings": []}


def _run(task: str) -> tuple[str, str]:
    """Give what the process said, and how it ended."""
    process = subprocess.Popen(
        # -P: no module is taken from the folder in which this happens to be started.
        [sys.executable, "-P", "-m", "cardprint.registry.apart"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Whatever a vendor's library prints is nobody's.
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(task, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        _end(process)
        said, _ = process.communicate()
        return said, f"it was not done after {_SECONDS:g} seconds"
    if process.returncode < 0:
        return said, f"the process died ({_signal(-process.returncode)})"
    return said, f"the process ended itself (exit code {process.returncode})"


def _end(process: subprocess.Popen[str]) -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
