"""The device: ``python -m cardprint_simulator.device --world FILE``. It is the printer, not a part of the station.

Its world is a file that is replaced before anything is told of what it holds. So the process can be killed at any
moment: to the printer that is a power cut, and starting it again is the power coming back.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from cardprint.errors import CardprintError
from cardprint.model import AttemptId, CardFate, CardOrder, FaceFile
from cardprint.model.messages import Done, Event, Failed, Reported
from cardprint.simulation import (
    ChipSilentError,
    Fault,
    PrinterBuild,
    PrinterMemory,
    SimulatedPrinter,
    World,
    WorldState,
    capabilities,
)
from cardprint_simulator.wire import LINE_MAX, PORT_FILE, Message, converter, read_line, write_line

__all__ = ["Device", "main"]

_NAME = "device"
_DAY = 86_400.0
"""Seconds that nobody keeps a connection open for an answer."""


@attrs.frozen(kw_only=True)
class _Kept:
    """Hold all that the file keeps."""

    build: PrinterBuild
    world: WorldState
    memory: PrinterMemory
    faults: list[Fault]


class Device:
    """Run one simulated printer in real time behind a TCP port."""

    def __init__(self, file: Path, printer: SimulatedPrinter) -> None:
        self._file = file
        self._printer = printer
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._told: asyncio.Queue[Event | None] = asyncio.Queue()
        """What is told of the card; None: its chip is in the station's hands."""
        self._handing = False
        self._holding: int | None = None
        """Commands that chips still answer before the device stands still over one; None: it does not."""
        self._held = asyncio.Event()
        self._released = asyncio.Event()

    @classmethod
    def load(cls, file: Path) -> Device:
        """Start the printer of a file: its power comes back."""
        kept = converter.structure(json.loads(file.read_text("utf-8")), _Kept)
        printer = SimulatedPrinter(_NAME, World(kept.world), kept.build, memory=kept.memory)
        printer.faults.extend(kept.faults)
        now = time.monotonic()
        printer.power_off(now)
        printer.step(now)
        printer.power_on(now)
        device = cls(file, printer)
        device.keep()
        return device

    def keep(self) -> None:
        """Replace the file by the world as it is now."""
        printer = self._printer
        kept = _Kept(
            build=printer.build,
            world=printer.world.state(),
            memory=printer.memory,
            faults=list(printer.faults),
        )
        new = self._file.with_suffix(".new")
        with new.open("w", encoding="utf-8") as stream:
            json.dump(converter.unstructure(kept), stream)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self._file)

    async def serve(self, host: str, port: int) -> None:
        """Answer until the process ends; the port is written beside the file and on standard output."""
        server = await asyncio.start_server(self._connected, host, port, limit=LINE_MAX)
        port = server.sockets[0].getsockname()[1]
        port_file = self._file.parent / PORT_FILE
        port_file.with_suffix(".new").write_text(f"{port}\n", encoding="ascii")
        port_file.with_suffix(".new").replace(port_file)
        print(f"listening on {host}:{port}", flush=True)  # noqa: T201 - whoever started it waits for this line
        async with server:
            await self._run()

    async def _run(self) -> None:
        """Be the machine: do what is due, keep it, tell it."""
        while True:
            events = self._printer.step(time.monotonic())
            self.keep()
            for event in events:
                self._told.put_nowait(event)
            if self._printer.chip(time.monotonic()) is None:
                self._handing = False
            elif not self._handing:
                self._handing = True
                self._told.put_nowait(None)
            if self._printer.idle():
                self._idle.set()
            else:
                self._idle.clear()
            due = self._printer.due()
            pause = None if due is None else max(due - time.monotonic(), 0.0)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            question = read_line(await reader.readline())
            if not await self._operator(question, writer):
                await self._station(question, reader, writer)
        except (CardprintError, ValueError, KeyError, TypeError, OSError, ExceptionGroup) as error:
            # Nonsense costs whoever sent it its connection, and the printer nothing.
            with contextlib.suppress(OSError):
                await _say(writer, {"error": f"{type(error).__name__}"})
        finally:
            writer.close()

    async def _station(
        self,
        question: Message,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Answer what a station may ask."""
        printer, ask = self._printer, question["ask"]
        now = time.monotonic()
        if printer.hangs(now):
            await asyncio.sleep(min(printer.memory.silent_until - now, _DAY))
            now = time.monotonic()
        if not printer.reachable(now):
            return
        if ask == "print":
            await self._print(question, reader, writer)
        elif ask == "capabilities":
            await _say(writer, {"answer": converter.unstructure(printer.build.capabilities)})
        elif ask == "status":
            await _say(writer, {"answer": converter.unstructure(printer.status(now))})
        elif ask == "observe":
            await _say(writer, {"answer": converter.unstructure(printer.observe(question["attempt_id"]))})
        elif ask == "fence":
            await _say(writer, {"answer": await self._fence(AttemptId(question["attempt_id"]))})
        else:
            raise ValueError(f"unknown question {ask!r}")

    async def _print(
        self,
        job: Message,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        digests = [hashlib.sha256(base64.b64decode(side, validate=True)).hexdigest() for side in job["sides"]]
        order = CardOrder(
            attempt_id=AttemptId(job["attempt_id"]),
            sides=tuple(FaceFile(path=Path(), sha256=digest) for digest in digests),
            encoding=job["encoding"],
        )
        refusal = self._printer.begin(order, time.monotonic(), handed=bool(job.get("handed")))
        self.keep()
        if refusal is not None:
            await _say(writer, {"failed": converter.unstructure(refusal)})
            return
        self._idle.clear()
        self._told = told = asyncio.Queue[Event | None]()
        self._wake.set()
        while True:
            event = await told.get()
            if event is None:
                await self._hand_over(reader, writer)
            if isinstance(event, Done):
                await _say(writer, {"outcome": converter.unstructure(event.outcome)})
                return
            if isinstance(event, Failed) and event.fate is CardFate.UNKNOWN:
                # A machine without power or line says no last word.
                return
            if isinstance(event, Failed):
                await _say(writer, {"failed": converter.unstructure(event)})
                return
            if isinstance(event, Reported):
                await _say(writer, {"step": converter.unstructure(event.step)})
                if event.step.kind.synced:
                    read_line(await reader.readline())
                    self._printer.proceed(time.monotonic())
                    self._wake.set()

    async def _hand_over(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry commands to the chip at the contacts, until the station says whether it is good."""
        await _say(writer, {"chip": "at the contacts"})
        while (said := read_line(await reader.readline())).get("chip") is None:
            await self._stand_still()
            chip = self._printer.chip(time.monotonic())
            response = None
            if chip is not None:
                with contextlib.suppress(ChipSilentError):
                    response = chip.transmit(bytes.fromhex(said["apdu"])).hex()
            self.keep()
            await _say(writer, {"response": response})
        self._printer.chip_done(time.monotonic(), good=said["chip"] == "good")
        self._wake.set()

    async def _stand_still(self) -> None:
        """Wait over a command, where somebody has asked for it, until he lets go."""
        if self._holding == 0:
            self._held.set()
            await self._released.wait()
        if self._holding is not None:
            self._holding -= 1

    async def _fence(self, attempt_id: AttemptId) -> bool:
        can_fence = self._printer.build.capabilities.can_fence
        at_rest = self._printer.fence(attempt_id, time.monotonic())
        self.keep()
        self._wake.set()
        if at_rest or not can_fence:
            return at_rest
        await self._idle.wait()
        return True

    async def _operator(self, question: Message, writer: asyncio.StreamWriter) -> bool:
        """Do what somebody who stands before the machine can do; False: that was no such thing."""
        printer, world, ask = self._printer, self._printer.world, question["ask"]
        answer: Any = True
        if ask == "world":
            answer = {"places": dict(world.places()), "good_cards": dict(world.good_cards()), "chips": _chips(world)}
        elif ask == "load":
            world.deliver(question["count"])
            world.load(_NAME, question["count"])
        elif ask == "fault":
            printer.faults.append(converter.structure(question["fault"], Fault))
        elif ask == "clear":
            printer.clear()
            world.empty_tray(_NAME)
            world.empty_bin(_NAME)
            printer.change_ribbon()
        elif ask == "hold":
            self._holding = question["commands"]
            self._held.clear()
            self._released.clear()
        elif ask == "held":
            await self._held.wait()
        elif ask == "release":
            self._holding = None
            self._released.set()
        elif ask == "power on":
            printer.power_on(time.monotonic())
        else:
            return False
        self.keep()
        self._wake.set()
        await _say(writer, {"answer": answer})
        return True


def _chips(world: World) -> dict[str, Any]:
    """Tell of the chips that were touched: by number, whether locked, what they hold, and where their cards are."""
    touched = (card for card in world.cards.values() if card.chip is not None)
    return {
        card.chip.number: {"locked": card.chip.locked, "holds": card.chip.text, "place": card.place}
        for card in touched
        if card.chip is not None
    }


async def _say(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(write_line(message))
    await writer.drain()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a device until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m cardprint_simulator.device", description="A simulated printer.")
    parser.add_argument("--world", type=Path, required=True, help="the file that is its world; made where missing")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="the TCP port; 0: any free one")
    new = parser.add_argument_group("a new world")
    new.add_argument("--blanks", type=int, default=50, help="blanks in the hopper")
    new.add_argument("--seconds-per-card", type=float, default=2.0)
    new.add_argument("--spoil-rate", type=float, default=0.0, help="share of cards that come out bad")
    new.add_argument("--seed", type=int, default=0, help="seed of its luck")
    new.add_argument("--tier", default="T3", help="what it can prove: T0, T1, T2 or T3")
    options = parser.parse_args(arguments)
    if not options.world.exists():
        build = PrinterBuild(
            seconds_per_card=options.seconds_per_card,
            capabilities=capabilities(options.tier, chip=True, numbers=options.tier == "T3"),
            spoil_rate=options.spoil_rate,
            seed=options.seed,
            hopper_size=max(options.blanks, 200),
        )
        printer = SimulatedPrinter(_NAME, World(), build)
        printer.world.deliver(options.blanks)
        printer.world.load(_NAME, options.blanks)
        options.world.parent.mkdir(parents=True, exist_ok=True)
        Device(options.world, printer).keep()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Device.load(options.world).serve(options.host, options.port))


if __name__ == "__main__":
    main()
