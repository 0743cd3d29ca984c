"""A station's sync with a centre: beside plain httpx2 and json on the same pages, and over a line that is bad.

``python tests/benchmarks/bench_sync.py [RECORDS] [ROUNDS]`` compares throughput. ``plain`` asks for the same pages
with httpx2 and decodes them with json, nothing more. ``pull`` is the source alone: checked requests. ``sync`` stores
them in a station, a synced transaction a page. Contenders take turns, each in a process of its own; the median counts.

``python tests/benchmarks/bench_sync.py cuts [RECORDS] [PHOTO_BYTES]`` has a line that is cut whenever 1.3 MB have
passed, and ``... whole`` the same without a cut: what the cuts cost is the difference in bytes.

``python tests/benchmarks/bench_sync.py line [RECORDS] [PHOTO_BYTES]``, as root and with nftables and iproute2, puts the
centre into a network namespace of its own, whose link carries 64 kB a second and, by nftables, loses one packet in a
hundred and lets nothing through once 1.3 MB have passed, until the office gives up. It takes RECORDS * PHOTO_BYTES /
64,000 seconds and more.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2

from cardprint import PluginUse, Station, StationConfig
from cardprint.plugin import PluginContext
from cardprint_centre import Records
from cardprint_centre.command import _tokens
from cardprint_osia.settings import OsiaSettings
from cardprint_osia.source import OsiaSource

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.bad_line import BadLine
from support.clocks import RealClock

MODE = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].isdigit() else "throughput"
NUMBERS = [int(each) for each in sys.argv[1:] if each.isdigit()]
RECORDS = NUMBERS[0] if NUMBERS else 36_260
SECOND = NUMBERS[1] if len(NUMBERS) > 1 else 0
PAGE = 500 if MODE in {"throughput", "contend"} else 100
EVERY = 1_300_000
SPACE = "cardprint-centre"
ADDRESS = "10.213.7.2"
HEADERS = 66


def fill(file: Path, photo_bytes: int) -> None:
    """Put records of people who do not exist into a centre's file, each with bytes that pass for a photo."""
    records = Records(str(file))
    records._db.execute("PRAGMA synchronous = OFF")
    for number in range(RECORDS):
        body: dict[str, object] = {
            "personId": f"99{number:014}",
            "biographicData": {f"field_{each}": f"value {number * each % 9973}" for each in range(14)},
            "requestData": {
                "priority": number % 10,
                "credentialProfileId": "standard",
                "requestType": "FIRST_ISSUANCE",
                "others": {"waitingSince": f"2025-{1 + number % 12:02}-05"},
            },
        }
        if photo_bytes:
            seed = hashlib.sha256(str(number).encode()).digest()
            content = b"\xff\xd8\xff" + (seed * (photo_bytes // 32 + 1))[: photo_bytes - 3]
            reference = f"https://centre.example/photos/{records.add_photo(content)}"
            body["biometricData"] = [{"biometricType": "FACE", "imageRef": reference}]
        records.create(f"R-{number:07}", body, "print-ready")
    records.close()


@contextlib.contextmanager
def centre(file: Path, *before: str, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve a centre's file in a process of its own; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [Path(sys.executable).with_name("cardprint-centre"), "serve", file, "--host", host, "--port", str(port)]
    with subprocess.Popen([*before, *map(str, command)], stdout=subprocess.DEVNULL) as process:
        try:
            for _ in range(400):
                with contextlib.suppress(OSError):
                    socket.create_connection((host, port), 0.2).close()
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def settings(url: str, folder: Path, token: str) -> dict[str, object]:
    path = folder / "centre.token"
    path.touch(0o600)
    path.write_text(token)
    return {
        "url": url,
        "token_file": str(path),
        "lease_size": 0,
        "page_size": PAGE,
        "timeout": 5.0 if MODE == "line" else 20.0,
        "allow_plain_http": True,
    }


def plain(url: str, folder: Path, token: str) -> int:
    count, cursor, more = 0, "0", True
    with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as client:
        while more:
            query = {"after": cursor, "limit": str(PAGE), "view": "all"}
            page = json.loads(client.get("/v1/x-cardprint/changes", params=query).content)
            count, cursor, more = count + len(page["items"]), page["cursor"], page["more"]
    return count


def pull(url: str, folder: Path, token: str) -> int:
    context = PluginContext(name="centre", clock=RealClock(), folder=folder, photos=folder)
    source = OsiaSource(OsiaSettings(**settings(url, folder, token)), context)  # type: ignore[arg-type] # of all types
    return sum(len(page.items) for page in source.pull(None))


def station(url: str, folder: Path, token: str) -> Station:
    use = PluginUse(plugin="osia", settings=settings(url, folder, token))
    nothing = PluginUse(plugin="none")
    return Station.open(StationConfig(folder=folder / "station", people=1, renderer=nothing, sources={"centre": use}))


def sync(url: str, folder: Path, token: str) -> int:
    with station(url, folder, token) as opened:
        (report,) = opened.sources.sync()
    if not report.ok:
        raise SystemExit(report.trouble)
    return report.intake.new


CONTENDERS = {"plain": plain, "pull": pull, "sync": sync}


def contend(name: str, url: str, token: str) -> None:
    """Run one contender and tell its records a second, and its peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        count = CONTENDERS[name](url, Path(folder), token)
        seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps([count / seconds, count, peak]))


def throughput(file: Path) -> None:
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in CONTENDERS}
    with centre(file) as port:
        for _ in range(SECOND or 3):
            for name, rates in found.items():
                command = [sys.executable, __file__, "contend", name, f"http://127.0.0.1:{port}", token_of(file)]
                output = subprocess.run(command, capture_output=True, check=True, text=True).stdout
                rate, count, peak = json.loads(output)
                if count != RECORDS:
                    raise SystemExit(f"{name} got {count} of {RECORDS}")
                rates.append((rate, peak))
    first = statistics.median(rate for rate, _ in found["plain"])
    print(f"{'':8}{'records/s':>12}{'of plain':>10}{'peak MB':>10}")
    for name, rates in found.items():
        rate, peak = (statistics.median(column) for column in zip(*rates, strict=True))
        print(f"{name:8}{rate:12,.0f}{rate / first:10.2f}{peak:10.0f}")


def token_of(file: Path) -> str:
    return _tokens(file).issue("office")


def until_all(url: str, folder: Path, token: str) -> tuple[int, float]:
    """Sync until everything is here; give the tries and the seconds."""
    begun, tries = time.perf_counter(), 0
    with station(url, folder, token) as opened:
        while True:
            tries += 1
            (report,) = opened.sources.sync()
            if report.ok:
                break
        jobs = sum(opened.status().jobs.values())
        photos = sum(1 for each in (folder / "station" / "photos").rglob("*") if each.is_file())
        if (jobs, photos) != (RECORDS, RECORDS) or not opened.check().ok:
            raise SystemExit(f"{jobs} requests and {photos} photos of {RECORDS} are here")
    return tries, time.perf_counter() - begun


def through_cuts(file: Path, every: int | None) -> None:
    with centre(file) as port, tempfile.TemporaryDirectory() as folder:
        line = BadLine(port)
        line.every = every
        tries, seconds = until_all(line.url, Path(folder), token_of(file))
        line.close()
    print(f"{RECORDS:,} records with photos are here, {line.received:,} bytes, {len(line.requests):,} requests")
    print(f"{tries - 1} cuts, {seconds:,.0f} s")


def run(command: str) -> None:
    subprocess.run(command.split(), check=True)


RULES = """
table inet line {
    quota each { over 1300 kbytes }
    chain out {
        type filter hook output priority 0;
        tcp sport 1-65535 quota name "each" reject with tcp reset
        numgen random mod 100 < 1 drop
    }
}
"""


def over_a_line(file: Path) -> None:
    """Sync with a centre in a namespace of its own; a reset connection is allowed 1.3 MB anew."""
    inside = f"ip netns exec {SPACE}"
    run(f"ip netns add {SPACE}")
    try:
        run(f"ip link add cp-office type veth peer name cp-centre netns {SPACE}")
        run("ip address add 10.213.7.1/30 dev cp-office")
        run("ip link set cp-office up")
        run(f"{inside} ip address add {ADDRESS}/30 dev cp-centre")
        run(f"{inside} ip link set cp-centre up")
        run(f"{inside} tc qdisc add dev cp-centre root tbf rate 512kbit burst 8k latency 400ms")
        subprocess.run([*inside.split(), "nft", "-f", "-"], input=RULES, text=True, check=True)
        with centre(file, *inside.split(), host=ADDRESS) as port, tempfile.TemporaryDirectory() as folder:
            cuts, begun = 0, time.perf_counter()
            with station(f"http://{ADDRESS}:{port}", Path(folder), token_of(file)) as opened:
                while True:
                    (report,) = opened.sources.sync()
                    if report.ok:
                        break
                    cuts += 1
                    run(f"{inside} nft reset quota inet line each")
                jobs = sum(opened.status().jobs.values())
                sound = opened.check().ok
            seconds = time.perf_counter() - begun
            photos = sum(1 for each in (Path(folder) / "station" / "photos").rglob("*") if each.is_file())
            counters = Path("/sys/class/net/cp-office/statistics")
            received, packets = (
                int((counters / f"rx_{name}").read_text(encoding="ascii")) for name in ("bytes", "packets")
            )
    finally:
        run(f"ip netns del {SPACE}")
    whole = (jobs, photos, sound) == (RECORDS, RECORDS, True)
    print(f"{'all' if whole else 'NOT all'} of {RECORDS:,} records with photos are here after {seconds:,.0f} s")
    print(f"{cuts} cuts, {received:,} bytes on the wire, {received / seconds / 1000:.1f} kB/s")
    print(f"{received - packets * HEADERS:,} of them without the headers of Ethernet, IP and TCP")


def main() -> None:
    if MODE == "contend":
        contend(*sys.argv[2:5])
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "centre.db"
        fill(file, 0 if MODE == "throughput" else SECOND or 4_000)
        if MODE == "throughput":
            throughput(file)
        elif MODE == "line":
            if os.geteuid():
                raise SystemExit("only root makes network namespaces")
            over_a_line(file)
        else:
            through_cuts(file, EVERY if MODE == "cuts" else None)


if __name__ == "__main__":
    main()
