"""What the columns of a file mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["HEADERS", "REQUEST_COLUMNS", "ColumnNames", "normalise"]

REQUEST_COLUMNS = (
    "request_id",
    "subject_id",
    "request_type",
    "reason",
    "priority",
    "waiting_since",
    "kind",
    "needs",
    "verdict",
    "design",
    "photo",
)
"""The columns that are the request's own; all others are fields for the card."""

# A row number (``no_urut``) is no request id: it names another person in the next file.
HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "request_id": (
        "request_no",
        "request_number",
        "application_id",
        "application_no",
        "id_permohonan",
        "no_permohonan",
        "nomor_permohonan",
        "no_registrasi",
        "nomor_registrasi",
    ),
    "subject_id": ("nik", "no_nik", "nomor_nik", "nomor_induk_kependudukan", "national_id", "id_number"),
    "request_type": ("type", "jenis_permohonan", "jenis_layanan"),
    "reason": ("alasan", "sebab"),
    "priority": ("prioritas",),
    "waiting_since": ("tanggal_permohonan", "tgl_permohonan", "request_date", "application_date", "requested_on"),
    "kind": ("blank_kind", "jenis_blangko"),
    "needs": ("kebutuhan",),
    "verdict": ("status_verifikasi",),
    "design": ("desain",),
    "photo": ("photo_file", "foto", "pas_foto", "file_foto", "nama_file_foto"),
    "name": ("full_name", "nama", "nama_lengkap", "nama_lgkp"),
    "birth_place": ("place_of_birth", "tempat_lahir", "tmpt_lhr"),
    "birth_date": ("date_of_birth", "dob", "tanggal_lahir", "tgl_lahir", "tgl_lhr"),
    "sex": ("gender", "jenis_kelamin", "jenis_klmin", "jk"),
    "blood_type": ("blood_group", "golongan_darah", "gol_darah"),
    "address": ("alamat",),
    "village": ("kelurahan", "desa", "kel_desa", "kelurahan_desa"),
    "district": ("kecamatan",),
    "regency": ("city", "kabupaten", "kota", "kabupaten_kota", "kab_kota"),
    "province": ("provinsi", "propinsi"),
    "religion": ("agama",),
    "marital_status": ("status_perkawinan", "status_kawin"),
    "occupation": ("pekerjaan",),
    "nationality": ("citizenship", "kewarganegaraan"),
    "valid_until": ("expiry_date", "berlaku_hingga"),
}
"""Other headers of a column, normalised, by our name of it."""

_NOT_WORD = re.compile(r"\W+")
_KEPT_NAMES = 1024


def normalise(header: str) -> str:
    """Give a header as we compare it: ``No. Permohonan`` is ``no_permohonan``."""
    return _NOT_WORD.sub("_", unicodedata.normalize("NFKC", header).casefold()).strip("_")


class ColumnNames:
    """Translate headers into our names of columns."""

    def __init__(self, configured: Mapping[str, Sequence[str]]) -> None:
        self._headers = {**HEADERS, **configured}
        aliases = {normalise(header): name for name, headers in HEADERS.items() for header in headers}
        for name, headers in configured.items():
            aliases = {alias: meant for alias, meant in aliases.items() if meant != name}
            aliases.update((normalise(header), name) for header in headers)
        self._aliases = aliases
        self._known: dict[str, str] = {}

    def of(self, header: str) -> str:
        """Give our name for a header; a header that nobody knows is a field by its own normalised name."""
        name = self._known.get(header)
        if name is None:
            plain = normalise(header)
            name = self._aliases.get(plain, plain)
            if len(self._known) < _KEPT_NAMES:
                self._known[header] = name
        return name

    def headers_of(self, name: str) -> tuple[str, ...]:
        """Give the headers that are read as a column, for an error's text."""
        return (name, *self._headers.get(name, ()))

    def means_something(self, header: str) -> bool:
        """Tell whether a header is one of ours."""
        name = self.of(header)
        return name in self._headers or name in REQUEST_COLUMNS
