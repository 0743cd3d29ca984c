"""A bundle with photos: made, opened and taken in by a station, beside a plain tar and an import of the same as a ZIP.

``python tests/benchmarks/bench_bundle.py [RECORDS] [PHOTO_BYTES]``, 2,000 and 20,000 unless said. A bundle for a whole
year of an office: ``36260``, which needs four times the photos' bytes on the disk of the temporary folder.

Each step runs in a process of its own, so that the peak of its memory is its own. Records and photos are made up; the
photos are noise behind the first bytes of a JPEG, each another one. ``make`` writes tar, age and signature, on no stick
but on the same disk; its peer writes the same files into a tar by the standard library, unsigned and unsealed, and
syncs it. ``open`` copies, verifies, decrypts and compares every file; its peer copies the file and digests it.
``import`` is all of ``cardprint import``; its peer imports the same records from a ZIP with photos. Processor time is
told as well, which a busy machine alters less.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from cardprint import PluginUse, Station, StationConfig
from cardprint_osia.keys import Keys, make_keys, trust
from cardprint_osia.opening import Bounds, open_bundle
from cardprint_osia.sealing import Address, seal

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 2_000
PHOTO_BYTES = int(sys.argv[2]) if len(sys.argv) > 2 and sys.argv[2].isdigit() else 20_000
PAGE = 500


def photo(number: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + random.Random(number).randbytes(PHOTO_BYTES - 4)


def files() -> Iterator[tuple[str, bytes]]:
    yield "receipts.json", b'{"receipts":{}}'
    for start in range(0, RECORDS, PAGE):
        items = []
        for number in range(start, min(start + PAGE, RECORDS)):
            content = photo(number)
            digest = hashlib.sha256(content).hexdigest()
            yield f"photos/{digest}", content
            data = {"priority": 3, "credentialProfileId": "standard", "requestType": "RENEWAL"}
            body = {
                "personId": f"99{number:014}",
                "biographicData": {f"field_{n}": f"value {number * n % 9973}" for n in range(14)},
                "requestData": data,
                "biometricData": [{"biometricType": "FACE", "imageRef": f"https://centre.example/{digest}"}],
            }
            items.append(
                {
                    "number": number + 1,
                    "kind": "granted",
                    "lease": f"L-{number}",
                    "credentialRequestId": f"R-{number:07}",
                    "credentialRequest": body,
                }
            )
        end = start + len(items)
        page = {"items": items, "cursor": str(end), "more": end < RECORDS}
        yield f"changes/{start // PAGE + 1:06}.json", json.dumps(page).encode()


def prepare(folder: Path) -> None:
    centre, office = make_keys(folder / "centre", "centre"), make_keys(folder / "office", "office-7")
    trust(folder / "centre", folder / "office" / "own.pub", office.fingerprint)
    trust(folder / "office", folder / "centre" / "own.pub", centre.fingerprint)
    with zipfile.ZipFile(folder / "people.zip", "w") as archive:
        lines = ["request_id,subject_id,photo," + ",".join(f"field_{n}" for n in range(14))]
        for number in range(RECORDS):
            lines.append(f"R-{number:07},99{number:014},photos/{number}.jpg," + ",".join(["value"] * 14))
            archive.writestr(f"photos/{number}.jpg", photo(number))
        archive.writestr("people.csv", "\n".join(lines))


def make(folder: Path) -> None:
    keys = Keys.load(folder / "centre")
    today = date.today()  # noqa: DTZ011 - the computer's own day
    address = Address(
        kind="records",
        issuer="centre",
        addressee="office-7",
        sequence=1,
        previous="",
        made=today.isoformat(),
        expires=today.replace(year=today.year + 1, day=1).isoformat(),
    )
    seal(folder / "a.bundle", address, files(), keys, keys.of_name("office-7"))


def make_peer(folder: Path) -> None:
    with (folder / "a.tar").open("wb") as stream:
        with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for name, content in files():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        stream.flush()
        os.fsync(stream.fileno())
    (folder / "a.tar").unlink()


def open_(folder: Path) -> None:
    bounds = Bounds(photo_bytes=10 << 20, page_bytes=16 << 20)
    today = date.today()  # noqa: DTZ011 - the same
    keys = Keys.load(folder / "office")
    open_bundle(folder / "a.bundle", folder / "work", keys, kind="records", today=today, bounds=bounds).close()


def open_peer(folder: Path) -> None:
    shutil.copy(folder / "a.bundle", folder / "copy")
    with (folder / "copy").open("r+b") as stream:
        hashlib.file_digest(stream, "sha256")
        os.fsync(stream.fileno())
    (folder / "copy").unlink()


def station(folder: Path) -> Station:
    use = PluginUse(plugin="osia", settings={"url": "http://127.0.0.1:1", "keys": str(folder / "office")})
    return Station.open(
        StationConfig(folder=folder / "station", people=1, renderer=PluginUse(plugin="none"), sources={"centre": use})
    )


def import_(folder: Path) -> None:
    with station(folder) as opened:
        report = opened.sources.import_file(folder / "a.bundle")
    if report.new != RECORDS:
        raise SystemExit(f"{report.new} of {RECORDS} came in")


def import_peer(folder: Path) -> None:
    with station(folder) as opened:
        report = opened.sources.import_file(folder / "people.zip")
    if report.new != RECORDS:
        raise SystemExit(f"{report.new} of {RECORDS} came in")


STEPS = {
    "prepare": prepare,
    "make": make,
    "make, plain tar": make_peer,
    "open": open_,
    "open, copy and digest": open_peer,
    "import": import_,
    "import, ZIP": import_peer,
}


def measured(step: str, folder: Path) -> tuple[float, float, float]:
    """Give seconds, seconds of the processor and MB at the peak of one step."""
    shutil.rmtree(folder / "station", ignore_errors=True)
    command = [sys.executable, __file__, str(RECORDS), str(PHOTO_BYTES), "--step", step, str(folder)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), float(told[1]), float(told[2])


def main() -> None:
    if "--step" in sys.argv:
        step, where = sys.argv[-2:]
        began = time.perf_counter()
        STEPS[step](Path(where))
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {step: measured(step, folder) for step in STEPS}
        size = (folder / "a.bundle").stat().st_size
    print(f"{RECORDS:,} records with photos of {PHOTO_BYTES:,} bytes: a bundle of {size / 1e6:,.1f} MB")
    for step, (seconds, processor, peak) in found.items():
        if step != "prepare":
            print(f"{step:24} {seconds:8.2f} s  {processor:8.2f} s of the processor  {peak:6.0f} MB at its peak")
    for step, peer in (("make", "make, plain tar"), ("open", "open, copy and digest"), ("import", "import, ZIP")):
        wall, processor = (found[step][n] / found[peer][n] for n in (0, 1))
        print(f"{step}: {wall:.2f} times the time of {peer.partition(', ')[2]}, {processor:.2f} times the processor's")


if __name__ == "__main__":
    main()
