"""Bundles: both ends as they are, with a real centre, and every way in which one is refused."""

from __future__ import annotations

import hashlib
import io
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pyrage
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from cardprint.errors import CardprintError, ConfigurationError, InputError, SourceError, StateError
from cardprint.model import Cursor, Granted, Item, OutcomeReport, Receipt, Rejected
from cardprint.plugin import PluginContext
from cardprint_centre import Served
from cardprint_osia.command import main
from cardprint_osia.desk import Desk
from cardprint_osia.envelope import HEAD_BYTES, MAGIC, Envelope, read_head
from cardprint_osia.keys import Keys, make_keys, read_public, trust
from cardprint_osia.position import Position
from cardprint_osia.sealing import Address, seal
from cardprint_osia.settings import OsiaSettings
from cardprint_osia.source import OsiaSource
from support.clocks import RealClock
from support.source_suite import portrait

DAY = 86_400.0


def person(number: int, photo: str = "") -> dict[str, Any]:
    data = {"priority": 3, "credentialProfileId": "standard", "requestType": "RENEWAL"}
    body: dict[str, Any] = {
        "personId": f"S-{number}",
        "biographicData": {"name": f"Orang Contoh {number}"},
        "requestData": data,
    }
    if photo:
        body["biometricData"] = [{"biometricType": "FACE", "imageRef": f"https://centre.example/photos/{photo}"}]
    return body


class Later(RealClock):
    """The same clock, days ahead."""

    def __init__(self, days: float) -> None:
        self._ahead = days * DAY

    def now(self) -> float:
        return super().now() + self._ahead


def with_photo(item: Item) -> Item:
    """Read a photo as a station does, before it asks for the next page."""
    if isinstance(item, Granted) and item.photo_file is not None:
        return attrs.evolve(item, photo_file=None, photo_bytes=item.photo_file.read_bytes())
    return item


class Ends:
    """A centre with its desk, and an office, each with keys that the other trusts."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.served, self.folder = served, folder
        self.records = served.records
        for table in ("record", "change", "outcome", "credential", "photo"):
            self.records._db.execute(f"DELETE FROM {table}")  # noqa: S608 - our own words
        self.desk_folder, self.office_folder = folder / "desk", folder / "office"
        centre = make_keys(self.desk_folder / "keys", "centre")
        office = make_keys(self.office_folder / "keys", "office-7")
        trust(self.desk_folder / "keys", self.office_folder / "keys" / "own.pub", office.fingerprint)
        trust(self.office_folder / "keys", self.desk_folder / "keys" / "own.pub", centre.fingerprint)
        token = self.desk_folder / "office-7.token"
        token.write_text(served.tokens.issue("office-7"))
        token.chmod(0o600)
        (self.desk_folder / "desk.toml").write_text(
            'keys = "keys"\n[offices.office-7]\n'
            f'url = "{served.url}"\ntoken_file = "office-7.token"\nlease_size = 50\npage_size = 4\n'
        )

    def people(self, count: int, *, photos: bool = False, first: int = 1) -> None:
        for number in range(first, first + count):
            photo = self.records.add_photo(portrait(number)) if photos else ""
            self.records.create(f"R-{number}", person(number, photo), "print-ready")

    def bundle(self, name: str = "a.bundle", *, follow: int | None = None, clock: RealClock | None = None) -> Path:
        desk = Desk(self.desk_folder / "desk.toml", clock or RealClock())
        try:
            desk.bundle("office-7", self.folder / name, follow=follow)
        finally:
            desk.close()
        return self.folder / name

    def take(self, path: Path, clock: RealClock | None = None) -> tuple[int, int, int]:
        desk = Desk(self.desk_folder / "desk.toml", clock or RealClock())
        try:
            taken = desk.take(path)
        finally:
            desk.close()
        return taken.accepted, taken.refused, taken.bundle

    def source(self, clock: RealClock | None = None, **given: Any) -> OsiaSource:  # noqa: ANN401 - OsiaSettings' own
        folder = self.office_folder
        context = PluginContext(name="centre", clock=clock or RealClock(), folder=folder, photos=folder)
        return OsiaSource(OsiaSettings(**{"url": self.served.url, "keys": Path("keys"), **given}), context)

    def read(self, path: Path, cursor: Cursor | None = None, **given: Any) -> tuple[list[Item], Cursor | None]:  # noqa: ANN401 - the same
        bundle = self.source(**given).open_bundle(path, cursor)
        items: list[Item] = []
        try:
            for page in bundle.pull(cursor):
                items += [with_photo(item) for item in page.items]
                cursor = page.cursor
        finally:
            bundle.close()
        return items, cursor

    def refused(self, path: Path, cursor: Cursor | None = None, **given: Any) -> str:  # noqa: ANN401 - the same
        with pytest.raises(CardprintError) as caught:
            self.source(**given).open_bundle(path, cursor)
        assert caught.value.cure
        assert list((self.office_folder / "plugins").rglob("open-*")) == []
        return str(caught.value)

    def forged(
        self,
        *,
        keys: Keys | None = None,
        files: list[tuple[str, bytes]] | None = None,
        **changed: Any,  # noqa: ANN401 - the same
    ) -> Path:
        """Write what a centre with this key would have to be mad to write."""
        mine = keys or Keys.load(self.desk_folder / "keys")
        address = {
            "kind": "records",
            "issuer": "centre",
            "addressee": "office-7",
            "sequence": 1,
            "previous": "",
            "made": "2026-01-05",
            "expires": "2999-01-01",
            **changed,
        }
        path = self.folder / "forged.bundle"
        seal(path, Address(**address), files or [], mine, [read_public(self.office_folder / "keys" / "own.pub")])
        return path


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.close()


@pytest.fixture
def ends(served: Served, tmp_path: Path) -> Ends:
    return Ends(served, tmp_path)


def ids(items: list[Item]) -> list[str]:
    return [item.request.request_id for item in items if isinstance(item, Granted)]


def printed(number: int) -> OutcomeReport:
    return OutcomeReport(
        key=f"a-{number}:printed", request_id=f"R-{number}", outcome="printed", attempt_id=f"a-{number}"
    )


# There and back.


def test_records_come_with_their_photos_as_over_the_line(ends: Ends) -> None:
    ends.people(9, photos=True)
    items, cursor = ends.read(ends.bundle())
    assert ids(items) == [f"R-{number}" for number in range(1, 10)]
    assert [item.photo_bytes for item in items if isinstance(item, Granted)] == [portrait(n) for n in range(1, 10)]
    assert Position.of(cursor).sequence == 1


def test_the_line_goes_on_behind_a_bundle_and_a_bundle_behind_the_line(ends: Ends) -> None:
    ends.people(6)
    first = ends.bundle()
    token = ends.office_folder / "token"
    shutil.copy(ends.desk_folder / "office-7.token", token)
    token.chmod(0o600)
    cursor = ends.read(first)[1]
    ends.people(3, first=7)
    source = ends.source(token_file=token, page_size=2)
    pages = list(source.pull(cursor))
    source.close()
    assert ids([item for page in pages for item in page.items]) == ["R-7", "R-8", "R-9"]
    # The bundle begins before what the line has brought meanwhile, and ends behind it.
    again, behind = ends.read(ends.bundle("b.bundle"), pages[0].cursor)
    assert ids(again) == ["R-9"]
    assert Position.of(behind).sequence == 2


def test_a_bad_record_is_rejected_and_the_good_ones_come_in(ends: Ends) -> None:
    ends.people(2)
    body = person(3)
    body["requestData"]["priority"] = "high"
    ends.records.create("R-3", body, "print-ready")
    items = ends.read(ends.bundle())[0]
    assert sorted(ids(items)) == ["R-1", "R-2"]
    assert [item.column for item in items if isinstance(item, Rejected)] == ["priority"]


def test_nothing_new_is_a_bundle_too(ends: Ends) -> None:
    items, cursor = ends.read(ends.bundle())
    assert (items, Position.of(cursor).sequence) == ([], 1)
    assert ends.read(ends.bundle(), cursor)[0] == []


def test_what_is_decrypted_is_readable_for_us_alone_and_gone_afterwards(ends: Ends) -> None:
    ends.people(2, photos=True)
    bundle = ends.source().open_bundle(ends.bundle(), None)
    pages = bundle.pull(None)
    next(pages)
    found = [path for path in (ends.office_folder / "plugins").rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert any(path.name == "content" for path in found)
    bundle.close()
    assert [path.name for path in (ends.office_folder / "plugins").rglob("*") if path.is_file()] == ["lock"]


def test_the_stick_may_be_pulled_out_once_it_is_copied(ends: Ends) -> None:
    ends.people(3)
    path = ends.bundle()
    bundle = ends.source().open_bundle(path, None)
    path.unlink()
    assert len([item for page in bundle.pull(None) for item in page.items]) == 3
    bundle.close()


def test_outcomes_reach_the_centre_once_by_stick_and_line_together(ends: Ends) -> None:
    ends.people(3)
    ends.read(ends.bundle())
    reports = [printed(number) for number in (1, 2, 3)]
    out = ends.folder / "out.bundle"
    source = ends.source(token_file=ends.desk_folder / "office-7.token")
    source.write_bundle(out, reports, None)
    assert source.acknowledge(reports[:2]) == [Receipt.ACCEPTED] * 2
    source.close()
    assert ends.take(out) == (3, 0, 0)
    assert [each["id"] for each in ends.records.outcomes()] == ["R-1", "R-2", "R-3"]
    assert {each["conflict"] for each in ends.records.outcomes()} == {""}


def test_receipts_come_with_the_next_bundle_and_of_the_rest_nothing_is_said(ends: Ends) -> None:
    ends.people(2)
    first = ends.bundle()
    cursor = ends.read(first)[1]
    out = ends.folder / "out.bundle"
    unknown = attrs.evolve(printed(9), request_id="R-unknown")
    ends.source().write_bundle(out, [printed(1), unknown], cursor)
    assert ends.take(out) == (1, 1, 1)
    bundle = ends.source().open_bundle(ends.bundle("b.bundle"), cursor)
    given = bundle.acknowledge([printed(1), unknown, printed(2)])
    assert given == [Receipt.ACCEPTED, Receipt.REFUSED, Receipt.LATER]
    bundle.close()


def test_receipts_on_a_lost_stick_come_again(ends: Ends) -> None:
    ends.people(1)
    cursor = ends.read(ends.bundle())[1]
    out = ends.folder / "out.bundle"
    ends.source().write_bundle(out, [printed(1)], cursor)
    ends.take(out)
    lost = ends.bundle("lost.bundle")
    bundle = ends.source().open_bundle(ends.bundle("b.bundle", follow=1), cursor)
    assert bundle.acknowledge([printed(1)]) == [Receipt.ACCEPTED]
    bundle.close()
    behind = ends.read(ends.folder / "b.bundle", cursor)[1]
    assert "played again" in ends.refused(lost, behind)
    # The next one follows what was made last.
    assert Position.of(ends.read(ends.bundle("c.bundle"), behind)[1]).sequence == 4


# What is refused.


def test_every_bundle_that_is_cut_off_is_refused(ends: Ends) -> None:
    ends.people(2)
    whole = ends.bundle().read_bytes()
    cut = ends.folder / "cut.bundle"
    for size in (0, 5, len(MAGIC), 700, HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, len(whole) // 2, len(whole) - 1):
        cut.write_bytes(whole[:size])
        assert "nothing was let in" in ends.refused(cut)

    @settings(max_examples=30, deadline=None)
    @given(st.integers(0, len(whole) - 1))
    def cut_at(size: int) -> None:
        cut.write_bytes(whole[:size])
        ends.refused(cut)

    cut_at()
    cut.write_bytes(whole[:-700])
    assert "cut off: 700 bytes are missing" in ends.refused(cut)


def test_bytes_behind_the_end_are_refused(ends: Ends) -> None:
    path = ends.bundle()
    path.write_bytes(path.read_bytes() + b"x")
    assert "not what was signed" in ends.refused(path)


def test_any_byte_that_is_flipped_is_noticed(ends: Ends) -> None:
    ends.people(2)
    whole = ends.bundle().read_bytes()
    path = ends.folder / "flipped.bundle"

    @settings(max_examples=100, deadline=None)
    @given(st.one_of(st.integers(0, HEAD_BYTES - 1), st.integers(0, len(whole) - 1)), st.integers(1, 255))
    def flip(at: int, by: int) -> None:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1 :])
        ends.refused(path)

    flip()


def test_two_bundles_put_together_are_refused(ends: Ends) -> None:
    ends.people(2)
    one = ends.bundle("one.bundle").read_bytes()
    cursor = ends.read(ends.folder / "one.bundle")[1]
    ends.people(2, first=3)
    two = ends.bundle("two.bundle").read_bytes()
    mixed = ends.folder / "mixed.bundle"
    # Made the same size, so that the digest alone tells.
    mixed.write_bytes(two[:HEAD_BYTES] + one[HEAD_BYTES:].ljust(len(two) - HEAD_BYTES, b"\0")[: len(two) - HEAD_BYTES])
    assert "put together from two bundles" in ends.refused(mixed, cursor)
    half = (len(two) + HEAD_BYTES) // 2
    mixed.write_bytes(two[:half] + one[half : len(two)].ljust(len(two) - half, b"\0"))
    assert "put together from two bundles" in ends.refused(mixed, cursor)


def test_a_bundle_that_was_taken_in_is_refused(ends: Ends) -> None:
    first = ends.bundle()
    cursor = ends.read(first)[1]
    assert "taken in already" in ends.refused(first, cursor)
    behind = ends.read(ends.bundle("b.bundle"), cursor)[1]
    assert "played again" in ends.refused(first, behind)


def test_a_bundle_is_not_taken_in_before_the_one_it_follows(ends: Ends) -> None:
    ends.bundle()
    assert "does not follow" in ends.refused(ends.bundle("b.bundle"))


def test_who_takes_the_wrong_file_of_the_stick_is_told_so_at_both_ends(ends: Ends) -> None:
    ends.people(1)
    records = ends.bundle()
    outcomes = ends.folder / "outcomes.bundle"
    ends.source().write_bundle(outcomes, [OutcomeReport(key="1", request_id="R-1", outcome="printed")], None)
    assert "was made here, for centre" in ends.refused(outcomes)
    with pytest.raises(InputError, match="was made here, for office-7"):
        ends.take(records)


def test_an_expired_bundle_is_refused_and_on_its_last_day_not(ends: Ends) -> None:
    path = ends.bundle()
    ends.source(clock=Later(30)).open_bundle(path, None).close()
    with pytest.raises(InputError, match="expired"):
        ends.source(clock=Later(31)).open_bundle(path, None)


def test_a_bundle_for_another_office_is_refused(ends: Ends) -> None:
    assert "is for office-8, and here is office-7" in ends.refused(ends.forged(addressee="office-8"))


def test_an_unknown_signer_is_refused_whatever_he_calls_himself(ends: Ends) -> None:
    make_keys(ends.folder / "mallory", "centre")
    assert "not trusted" in ends.refused(ends.forged(keys=Keys.load(ends.folder / "mallory")))


def test_a_trusted_signer_does_not_sign_for_another(ends: Ends) -> None:
    other = make_keys(ends.folder / "other", "centre-2")
    trust(ends.office_folder / "keys", ends.folder / "other" / "own.pub", other.fingerprint)
    assert "signature does not hold" in ends.refused(ends.forged(keys=Keys.load(ends.folder / "other")))


def test_a_signature_for_something_else_is_no_signature_of_a_bundle(ends: Ends) -> None:
    path = ends.bundle()
    whole = path.read_bytes()
    body = whole.removeprefix(MAGIC).partition(b"\n")[0]
    signature = Keys.load(ends.desk_folder / "keys").sign(body).hex().encode()
    head = (MAGIC + body + b"\n" + signature + b"\n").ljust(HEAD_BYTES, b"\0")
    path.write_bytes(head + whole[HEAD_BYTES:])
    assert "signature does not hold" in ends.refused(path)


def test_a_bundle_for_a_key_that_we_do_not_have_is_refused(ends: Ends) -> None:
    path = ends.bundle()
    make_keys(ends.office_folder / "keys", "office-7", replace=True)
    assert "cannot be opened with this office's keys" in ends.refused(path)


def test_outcomes_are_no_records(ends: Ends) -> None:
    out = ends.folder / "out.bundle"
    ends.source().write_bundle(out, [], None)
    assert "was made here" in ends.refused(out)
    assert "holds outcomes" in ends.refused(ends.forged(kind="outcomes"))
    with pytest.raises(InputError, match="was made here"):
        ends.take(ends.bundle())


PAGE = b'{"items": [], "cursor": "1", "more": false}'
PHOTO = hashlib.sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    "files",
    [
        [("../changes/000001.json", PAGE)],
        [("/etc/passwd", PAGE)],
        [("changes/000001.json", PAGE), ("changes/000001.json", PAGE)],
        [("changes/000001.json", b"{")],
        [("changes/000001.json", b"[" * 90_000)],
        [("changes/000001.json", PAGE.replace(b"false", b"true"))],
        [("changes/000001.json", PAGE), ("changes/000002.json", PAGE)],
        [("changes/000001.json", PAGE.replace(b'"1"', b'"x"'))],
        [("changes/000001.json", PAGE.replace(b"[]", b'[{"kind": "revoked"}]'))],
        [("changes/000001.json", PAGE.replace(b"[]", b'[{"number": 2}]'))],
        [("changes/000001.json", PAGE.replace(b"[]", b'[{"number": 1}, {"number": 1}]'))],
        [("receipts.json", b"[]")],
        [("receipts.json", b'{"receipts": {"a": "later"}}')],
        [("manifest.json", b"{}")],
        [(f"photos/{PHOTO}", b"x" * 5_000)],
        [("changes/000001.json", PAGE.ljust(200_000))],
    ],
    ids=range(16),
)
def test_what_is_not_to_the_format_is_refused_though_it_is_signed(ends: Ends, files: list[tuple[str, bytes]]) -> None:
    ends.refused(ends.forged(files=files), photo_bytes=4_000, page_bytes=100_000)


def sealed_by_hand(ends: Ends, content: bytes, **changed: Any) -> Path:  # noqa: ANN401 - Envelope's own
    """Sign and encrypt any bytes."""
    keys = Keys.load(ends.desk_folder / "keys")
    public = read_public(ends.office_folder / "keys" / "own.pub")
    payload = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(public.recipient)])
    said = {
        "kind": "records",
        "issuer": "centre",
        "addressee": "office-7",
        "sequence": 1,
        "previous": "",
        "made": "2026-01-05",
        "expires": "2999-01-01",
        "signer": keys.public.signer,
        "payload_bytes": len(payload),
        "payload_sha256": hashlib.sha256(payload).hexdigest(),
        "content_bytes": len(content),
    }
    path = ends.folder / "hand.bundle"
    path.write_bytes(Envelope(**{**said, **changed}).head(keys) + payload)
    return path


def archive(*members: tuple[str, bytes, bytes], kind: int = tarfile.USTAR_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=kind) as tar:
        for name, content, type_ in members:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = len(content), type_, "x"
            tar.addfile(member, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * 2_000,
        archive(("changes/000001.json", PAGE, tarfile.REGTYPE)),
        archive(("changes/000001.json", b"", tarfile.SYMTYPE)),
        archive(("changes/000001.json", b"", tarfile.LNKTYPE)),
        archive(("changes/000001.json", b"", tarfile.DIRTYPE)),
        archive(("changes/000001.json", b"", tarfile.CHRTYPE)),
        archive(("n" * 150, PAGE, tarfile.REGTYPE), kind=tarfile.GNU_FORMAT),
        archive(("n" * 300, PAGE, tarfile.REGTYPE), kind=tarfile.PAX_FORMAT),
        archive(("manifest.json", b"{}", tarfile.REGTYPE)),
        archive(("manifest.json", b"[" * 200_000, tarfile.REGTYPE)),
    ],
    ids=range(11),
)
def test_an_archive_that_is_none_of_ours_is_refused(ends: Ends, content: bytes) -> None:
    assert "format" in ends.refused(sealed_by_hand(ends, content))


def test_a_manifest_of_another_bundle_is_refused(ends: Ends) -> None:
    ends.people(2)
    with ends.bundle().open("rb") as stream:
        stream.seek(HEAD_BYTES)
        content = pyrage.decrypt(stream.read(), list(Keys.load(ends.office_folder / "keys").opening))
    ends.read(sealed_by_hand(ends, content, **dates_of(ends.folder / "a.bundle")))
    assert "manifest" in ends.refused(sealed_by_hand(ends, content, **dates_of(ends.folder / "a.bundle"), sequence=2))
    changed = content.replace(b"Orang Contoh 1", b"Orang Contoh 9")
    assert changed != content
    assert "manifest" in ends.refused(sealed_by_hand(ends, changed, **dates_of(ends.folder / "a.bundle")))


def dates_of(path: Path) -> dict[str, str]:
    with path.open("rb") as stream:
        envelope, _ = read_head(stream.read(HEAD_BYTES), path)
    return {"made": envelope.made, "expires": envelope.expires}


def test_an_extended_header_is_refused_though_all_else_is_right(ends: Ends) -> None:
    with ends.bundle().open("rb") as stream:
        stream.seek(HEAD_BYTES)
        content = pyrage.decrypt(stream.read(), list(Keys.load(ends.office_folder / "keys").opening))
    extended = tarfile.TarInfo.create_pax_global_header({"comment": "x" * 5_000})
    said = dates_of(ends.folder / "a.bundle")
    assert "format" in ends.refused(sealed_by_hand(ends, extended + content, **said))


def test_a_size_that_was_promised_is_kept_to(ends: Ends) -> None:
    assert "other than it says" in ends.refused(sealed_by_hand(ends, b"x" * 2_000, content_bytes=1_999))


def test_a_line_without_numbers_and_a_bundle_are_not_mixed(ends: Ends) -> None:
    assert "number its changes" in ends.refused(ends.bundle(), Cursor("opaque"))


def test_a_file_that_is_not_there_is_an_error_that_names_it(ends: Ends) -> None:
    assert "nowhere.bundle" in ends.refused(ends.folder / "nowhere.bundle")


def test_two_imports_at_once_are_refused_and_what_a_crash_left_is_removed(ends: Ends) -> None:
    path = ends.bundle()
    left = ends.office_folder / "plugins" / "centre" / "bundles" / "open-left"
    left.mkdir(parents=True)
    bundle = ends.source().open_bundle(path, None)
    assert not left.exists()
    with pytest.raises(StateError, match="right now"):
        ends.source().open_bundle(path, None)
    bundle.close()
    ends.source().open_bundle(path, None).close()


def test_a_stick_is_refused_where_the_disk_has_no_room(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    path = ends.bundle()
    usage = shutil.disk_usage(ends.folder)
    monkeypatch.setattr("cardprint_osia.opening.shutil.disk_usage", lambda _: usage._replace(free=100))
    assert "no room" in ends.refused(path)


# At the desk.


def test_outcomes_are_refused_as_records_are(ends: Ends) -> None:
    out = ends.folder / "out.bundle"
    source = ends.source()
    source.write_bundle(out, [printed(1)], None)
    whole = out.read_bytes()
    out.write_bytes(whole[:-1])
    with pytest.raises(InputError, match="cut off"):
        ends.take(out)
    out.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(InputError, match="not what was signed"):
        ends.take(out)
    out.write_bytes(whole)
    with pytest.raises(InputError, match="expired"):
        ends.take(out, clock=Later(31))
    assert ends.take(out) == (0, 1, 0)
    with pytest.raises(InputError, match="played again"):
        ends.take(out)
    source.write_bundle(out, [printed(1)], None)
    assert ends.take(out) == (0, 1, 0)


def test_a_line_that_breaks_at_the_desk_leaves_no_bundle_and_gives_no_number_twice(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends.people(9)
    config = ends.desk_folder / "desk.toml"
    text = config.read_text()
    config.write_text(text.replace(ends.served.url, "http://127.0.0.1:1"))
    with pytest.raises(SourceError, match="down"):
        ends.bundle()
    assert list(ends.folder.glob("a.bundle*")) == []
    config.write_text(text)
    items, cursor = ends.read(ends.bundle())
    assert (len(ids(items)), Position.of(cursor).sequence) == (9, 2)


def test_a_centre_that_does_not_number_its_changes_gets_no_bundle(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    ends.people(1)
    monkeypatch.setattr(
        type(ends.records), "changes", lambda *_: ([{"kind": "revoked", "credentialRequestId": "R-1"}], 1, False)
    )
    with pytest.raises(SourceError, match="number its changes"):
        ends.bundle()


# Keys.


def test_private_keys_are_for_their_owner_alone(ends: Ends) -> None:
    folder = ends.office_folder / "keys"
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("sign.key", "open.key")} == {0o600}
    (folder / "sign.key").chmod(0o640)
    with pytest.raises(ConfigurationError, match="open to others"):
        Keys.load(folder)
    (folder / "sign.key").chmod(0o600)
    (folder / "trusted").chmod(0o777)
    with pytest.raises(ConfigurationError, match="open to others"):
        Keys.load(folder)


def test_keys_are_not_overwritten_unasked(ends: Ends) -> None:
    before = read_public(ends.office_folder / "keys" / "own.pub")
    with pytest.raises(InputError, match="already"):
        make_keys(ends.office_folder / "keys", "office-7")
    assert read_public(ends.office_folder / "keys" / "own.pub") == before


def test_a_key_is_trusted_only_with_the_fingerprint_that_was_read_aloud(ends: Ends) -> None:
    other = make_keys(ends.folder / "other", "other")
    said = other.fingerprint
    wrong = ("1" if said[0] != "1" else "2") + said[1:]
    for each in (wrong, "", said[:-1]):
        with pytest.raises(InputError, match="another fingerprint"):
            trust(ends.office_folder / "keys", ends.folder / "other" / "own.pub", each)
    assert len(Keys.load(ends.office_folder / "keys").trusted) == 1
    trust(ends.office_folder / "keys", ends.folder / "other" / "own.pub", said.replace(" ", "-"))
    assert len(Keys.load(ends.office_folder / "keys").trusted) == 2


@pytest.mark.parametrize("change", [b"", b"x", b"cardprint-key 1\nname a\nsigning \nrecipient age1\n"])
def test_what_is_no_public_key_is_refused(ends: Ends, change: bytes) -> None:
    path = ends.folder / "bad.pub"
    path.write_bytes(change)
    with pytest.raises(InputError, match="no public key"):
        read_public(path)


def test_a_public_key_file_that_is_not_there_is_said_to_be_missing(ends: Ends) -> None:
    with pytest.raises(InputError, match="cannot be read \\(No such file"):
        read_public(ends.folder / "none.pub")


def test_a_public_key_is_written_in_one_way_alone(ends: Ends) -> None:
    good = (ends.office_folder / "keys" / "own.pub").read_bytes()
    path = ends.folder / "bad.pub"
    for bad in (good + b"x", good.replace(b"\n", b"\r\n"), good.replace(b"name", b"Name"), good[:-1]):
        path.write_bytes(bad)
        with pytest.raises(InputError, match="no public key"):
            read_public(path)


def test_renewed_keys_open_what_is_on_its_way_and_replaced_ones_do_not(ends: Ends) -> None:
    path = ends.bundle()
    make_keys(ends.office_folder / "keys", "office-7", renew=True)
    ends.source().open_bundle(path, None).close()
    # Until the desk trusts the new keys, what it makes is opened by the old one.
    ends.source().open_bundle(ends.bundle("b.bundle", follow=0), None).close()
    renewed = read_public(ends.office_folder / "keys" / "own.pub")
    trust(ends.desk_folder / "keys", ends.office_folder / "keys" / "own.pub", renewed.fingerprint)
    ends.source().open_bundle(ends.bundle("c.bundle", follow=0), None).close()


def test_bundles_without_keys_say_how_to_make_them(ends: Ends) -> None:
    assert "no keys" in ends.refused(ends.bundle(), keys=None)


def test_outcomes_go_to_one_centre_alone(ends: Ends) -> None:
    other = make_keys(ends.folder / "other", "centre-2")
    trust(ends.office_folder / "keys", ends.folder / "other" / "own.pub", other.fingerprint)
    with pytest.raises(ConfigurationError, match="2 parties"):
        ends.source().write_bundle(ends.folder / "out.bundle", [], None)


def test_a_bundle_that_does_not_fit_on_the_stick_counts_as_not_made(ends: Ends) -> None:
    ends.people(1)
    with pytest.raises(InputError, match="cannot be written"):
        Desk(ends.desk_folder / "desk.toml", RealClock()).bundle("office-7", Path("/dev/full/x"))


def test_a_bundle_beyond_what_a_stick_can_hold_is_not_made(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardprint_osia.sealing.MOST_PAYLOAD", 5_000)
    with pytest.raises(InputError, match="4 GiB"):
        ends.forged(files=[("receipts.json", b" " * 6_000)])


@pytest.mark.parametrize(
    "files",
    [
        [],
        [("receipts.json", b"{}")],
        [("receipts.json", b'{"bundle":0,"digest":""}'), ("outcomes/000001.json", b"[]")],
        [("receipts.json", b'{"bundle":0,"digest":""}'), ("outcomes/000001.json", b'{"reports":[{}]}')],
    ],
    ids=range(4),
)
def test_outcomes_that_are_not_to_the_format_are_refused_though_signed(
    ends: Ends, files: list[tuple[str, bytes]]
) -> None:
    office = ends.office_folder / "keys"
    out = ends.folder / "out.bundle"
    said = {"made": "2026-01-05", "expires": "2999-01-01", "sequence": 1, "previous": ""}
    address = Address(kind="outcomes", issuer="office-7", addressee="centre", **said)  # type: ignore[arg-type] # as said
    seal(out, address, files, Keys.load(office), [read_public(ends.desk_folder / "keys" / "own.pub")])
    with pytest.raises(InputError, match="not to the format"):
        ends.take(out)


def test_a_folder_without_keys_says_how_to_make_them(ends: Ends) -> None:
    for name in ("trusted", "open.key", "sign.key"):
        (ends.office_folder / "keys" / name).rename(ends.folder / name)
        with pytest.raises(ConfigurationError) as caught:
            Keys.load(ends.office_folder / "keys")
        assert "keys make" in caught.value.cure


# The command.


def test_the_command_shows_lists_trusts_and_drops(ends: Ends) -> None:
    def typed(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, [*words])
        assert result.exit_code == code, result.output
        return result.output

    keys, public = str(ends.office_folder / "keys"), str(ends.desk_folder / "keys" / "own.pub")
    name, fingerprint = typed("keys", "show", public).splitlines()
    assert (name, len(fingerprint.split())) == ("centre", 8)
    assert typed("keys", "list", keys).splitlines()[1] == f"centre\t{fingerprint}"
    assert "kind\trecords" in typed("show", str(ends.bundle()))
    typed("keys", "drop", keys, fingerprint)
    assert "not trusted" in ends.refused(ends.folder / "a.bundle")
    assert "cardprint-osia keys list" in typed("keys", "drop", keys, fingerprint, code=1)
    assert "another fingerprint" in typed("keys", "trust", keys, public, "--fingerprint", "1", code=1)
    typed("keys", "trust", keys, public, "--fingerprint", fingerprint)
    assert "already" in typed("keys", "make", keys, "office-7", code=1)
    assert "cannot be read" in typed("show", str(ends.folder / "nowhere"), code=1)
    assert "cannot be read" in typed("take", "x.bundle", "--desk", str(ends.folder / "nowhere.toml"), code=1)


@pytest.mark.parametrize("text", ["", "keys = 1", 'keys = "keys"\n[offices.a]\nurl = "x"\nlease_days = 0', "["])
def test_a_desk_whose_configuration_is_wrong_says_so(ends: Ends, text: str) -> None:
    (ends.desk_folder / "desk.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="desk's configuration"):
        ends.bundle()


def test_an_office_that_the_desk_does_not_know_gets_no_bundle(ends: Ends) -> None:
    desk = Desk(ends.desk_folder / "desk.toml", RealClock())
    with pytest.raises(ConfigurationError, match="office-9"):
        desk.bundle("office-9", ends.folder / "a.bundle")
    with pytest.raises(InputError, match="No bundle 5"):
        desk.bundle("office-7", ends.folder / "a.bundle", follow=5)
    desk.close()
