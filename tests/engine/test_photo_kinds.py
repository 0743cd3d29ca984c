"""Which files pass as photos at intake."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from cardprint.engine.photos import looks_like_photo


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "JPEG2000"])
def test_a_picture_of_each_format_passes(kind: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind)
    assert looks_like_photo(out.getvalue())


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"BM"])
def test_anything_else_does_not(data: bytes) -> None:
    assert not looks_like_photo(data)
