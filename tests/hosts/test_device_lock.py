"""A device's lock: nobody takes it from a living host, nobody waits for a dead one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cardprint.errors import DriverError
from cardprint.hosts.device_lock import DeviceLock, owner_of, started_at
from cardprint.model import CardFate

HOLDER = """
import sys
from pathlib import Path
from cardprint.hosts.device_lock import DeviceLock
lock = DeviceLock(Path(sys.argv[1]), printer="P1")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "devices" / "a.lock"


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_lock_names_its_owner(path: Path) -> None:
    with holder(path) as process:
        owner = owner_of(path)
        assert owner is not None
        assert (owner.pid, owner.host, owner.printer) == (process.pid, socket.gethostname(), "P1")
        assert owner.started == started_at(process.pid) != ""


def test_a_new_host_waits_for_the_end_of_an_old_one(path: Path) -> None:
    with holder(path) as process:
        taken: list[DeviceLock] = []
        waiting = threading.Thread(target=lambda: taken.append(DeviceLock(path, printer="P1", wait=60)))
        waiting.start()
        assert process.stdin is not None
        process.stdin.close()
        waiting.join(60)
        assert process.wait(60) == 0
    (lock,) = taken
    owner = owner_of(path)
    assert owner is not None
    assert owner.pid == os.getpid()
    lock.release()
    lock.release()


def test_an_old_host_that_does_not_end_is_killed(path: Path) -> None:
    with holder(path) as process:
        lock = DeviceLock(path, printer="P1", wait=0)
        assert process.wait(60) == -9
        lock.release()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"started": "1"}, "is not the process that wrote so"),
        ({"started": ""}, "cannot be told from another"),
        ({"host": "elsewhere"}, "runs on elsewhere"),
        ({"pid": 0}, "does not say who it is"),
        ({"pid": "1"}, "does not say who it is"),
    ],
)
def test_a_process_that_is_not_surely_the_old_host_is_left_alone(
    path: Path, change: dict[str, object], why: str
) -> None:
    with holder(path) as process:
        written = json.loads(path.read_bytes())
        path.write_text(json.dumps(written | change))
        with pytest.raises(DriverError, match=why) as caught:
            DeviceLock(path, printer="P1", wait=0)
        assert (caught.value.fate, caught.value.reasons) == (CardFate.NOT_FED, ("x-device-held",))
        assert process.poll() is None


@pytest.mark.parametrize("content", ["", "nonsense", '{"pid": 1}', None])
def test_a_lock_whose_owner_is_dead_is_taken_at_once(path: Path, content: str | None) -> None:
    if content is None:
        with holder(path) as process:
            process.kill()
            process.wait()
        owner = owner_of(path)
        assert owner is not None
        assert owner.pid == process.pid
    else:
        path.parent.mkdir()
        path.write_text(content)
    lock = DeviceLock(path, printer="P2", wait=0)
    owner = owner_of(path)
    assert owner is not None
    assert (owner.pid, owner.printer) == (os.getpid(), "P2")
    lock.release()
