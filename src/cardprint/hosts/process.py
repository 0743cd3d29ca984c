"""A driver in a process of its own: it may hang, crash or print rubbish, and harms only its own card."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Final

from cardprint.errors import ConfigurationError
from cardprint.hosts.start import Start
from cardprint.hosts.wire import EVENTS, WireError, decode, encode, receive
from cardprint.model.messages import (
    Close,
    Command,
    Done,
    Event,
    Failed,
    Fence,
    Fenced,
    Find,
    Found,
    Look,
    Lost,
    Observed,
    Open,
    Opened,
    Proceed,
    Reported,
    Submit,
)

__all__ = ["ProcessPort"]

_log = logging.getLogger(__name__)
_GRACE: Final = 2.0
"""Seconds in which an idle driver may give its device back."""
_DEATH: Final = 5.0
"""Seconds to wait for the death of what was killed; only a call into a broken kernel driver takes longer."""
_SEND: Final = 5
_MOST_EVENTS: Final = 1000
_TOLD: Final = frozenset({"x-device-held", "x-driver-failed"})
"""Reasons that say too little without their sentence."""
_ANSWERS: Final[Mapping[type, type]] = {Open: Opened, Look: Observed, Submit: Done, Fence: Fenced, Find: Found}


class ProcessPort:
    """Run a driver's session in a host; whatever becomes of it ends in an answer, in ``Lost``, or in silence.

    Silence is the engine's to end: it knows the deadlines, and calls ``end``.
    """

    def __init__(self, start: Start) -> None:
        """Start the host; where that is not possible, the first event is ``Lost``."""
        if os.name != "posix":
            raise ConfigurationError(
                f"[printers.{start.name}] `driver_process`: this system cannot run drivers in processes of their own.",
                cure='Write: driver_process = "inline"',
            )
        self._name = start.name
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._ended = False
        self._asked: type | None = None
        self._holds_card = False
        self._gone = threading.Event()
        self._killing = threading.Lock()
        self._sending = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._threads: list[threading.Thread] = []
        try:
            self._connection, self._life, self._process = _started(explains=start.explains)
        except OSError as error:
            _log.error("the host of printer %s cannot be started: %s", start.name, error.strerror)
            self._events.put(Lost(reason="x-driver-crashed"))
            return
        for target, what in ((self._read, "driver"), (self._watch, "host")):
            self._threads.append(threading.Thread(target=target, name=f"{what}-{start.name}", daemon=True))
        for thread in self._threads:
            thread.start()
        self._write(encode(start))

    @property
    def pid(self) -> int | None:
        """Give the host's process id, which is its process group's as well; None where none was started."""
        return self._process.pid if self._process is not None else None

    def send(self, command: Command) -> None:
        """Send a command."""
        if self._ended or self._process is None:
            return
        if type(command) in _ANSWERS:
            self._asked = type(command)
        elif isinstance(command, Proceed):
            self._holds_card = False
        self._write(encode(command))

    def poll(self) -> Event | None:
        """Give the next event if there is one."""
        return self.wait(0)

    def wait(self, timeout: float) -> Event | None:
        """Give the next event, waiting for it."""
        if self._ended:
            return None
        try:
            return self._events.get(timeout=timeout) if timeout > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def end(self) -> None:
        """End the host and all that it started: an idle one is asked first, one that is at work is killed at once."""
        if self._ended or self._process is None:
            return
        self.send(Close())
        self._ended = True
        if self._asked is None:
            self._gone.wait(_GRACE)
        self._kill()
        if not self._gone.wait(_DEATH):
            _log.error("the host of printer %s, process %d, was killed and does not die", self._name, self.pid)
            return
        for thread in self._threads:
            thread.join(_DEATH)

    def _write(self, frame: bytes) -> None:
        try:
            with self._sending:
                self._connection.sendall(frame)
        except OSError:
            # It is dead already, or has read nothing for seconds, which is no host of ours any more.
            self._kill()

    def _read(self) -> None:
        """Take events until the connection ends; runs in a thread of its own."""
        problem = ""
        try:
            while (value := receive(self._connection)) is not None:
                self._take(decode(value, EVENTS))
        except (WireError, OSError) as error:
            problem = f"spoke nonsense: {error}"
        self._kill()
        dead = self._gone.wait(_DEATH)
        with self._sending:
            self._connection.close()
        if not self._ended:
            _log.error("the host of printer %s %s", self._name, problem or _last_words(self._process, dead=dead))
            self._events.put(Lost(reason="x-driver-crashed"))

    def _take(self, event: Event) -> None:
        """Let through what answers the command under way, and nothing else."""
        answer = _ANSWERS[self._asked] if self._asked is not None else None
        if isinstance(event, Reported):
            if answer is not Done or self._holds_card or self._events.qsize() > _MOST_EVENTS:
                raise WireError("a step came that nobody asked for.")
            self._holds_card = event.step.kind.synced
        elif answer is not None and isinstance(event, (answer, Failed)):
            self._asked, self._holds_card = None, False
        else:
            raise WireError(f"{type(event).__name__} came, and nobody had asked for it.")
        if isinstance(event, Failed) and _TOLD & set(event.reasons):
            _log.error("the driver of printer %s failed: %s", self._name, event.detail)
        self._events.put(event)

    def _watch(self) -> None:
        """Wait for the host's death and clear up behind it; runs in a thread of its own.

        Its end must not be told by the connection alone: whatever the driver has forked may hold that open.
        """
        process = self._process
        if process is None:
            return
        if hasattr(os, "waitid"):
            # Not yet taken off the system's table, so that its number cannot become another group's.
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            self._kill()
            with self._killing:
                process.wait()
                self._gone.set()
        else:
            process.wait()
            self._gone.set()
        os.close(self._life)
        with contextlib.suppress(OSError):
            # What it has said is still read; then the connection has ended, whoever else holds it.
            self._connection.shutdown(socket.SHUT_RDWR)

    def _kill(self) -> None:
        with self._killing:
            if self._process is not None and not self._gone.is_set() and self._process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._process.pid, signal.SIGKILL)


def _started(*, explains: bool) -> tuple[socket.socket, int, subprocess.Popen[bytes]]:
    """Start a host; gives the connection, the end of the pipe by which it knows that we live, and the process."""
    if not sys.executable:
        raise OSError(0, "this program has no Python interpreter of its own")
    ours, theirs = socket.socketpair()
    read = write = -1
    try:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", _SEND, 0))
        read, write = os.pipe()
        process = subprocess.Popen(
            # -P: no module is taken from the folder in which the station happens to be started.
            [sys.executable, "-P", "-m", "cardprint.hosts.host", str(theirs.fileno()), str(read)],
            pass_fds=(theirs.fileno(), read),
            stdin=subprocess.DEVNULL,
            # Whatever a vendor's library prints is nobody's, and may hold what is on a card.
            stdout=subprocess.DEVNULL,
            stderr=None if explains else subprocess.DEVNULL,
            start_new_session=True,
        )
    except BaseException:
        ours.close()
        if write >= 0:
            os.close(write)
        raise
    finally:
        theirs.close()
        if read >= 0:
            os.close(read)
    return ours, write, process


def _last_words(process: subprocess.Popen[bytes] | None, *, dead: bool) -> str:
    status = process.returncode if process is not None else None
    if not dead or status is None:
        return "closed its connection and does not die"
    if status >= 0:
        return f"ended by itself with exit status {status}"
    try:
        return f"died of {signal.Signals(-status).name}"
    except ValueError:
        return f"died of signal {-status}"
