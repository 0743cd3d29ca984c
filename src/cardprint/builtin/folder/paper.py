"""A card as a document with one page of exactly its size for each side."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["HEIGHT_MM", "WIDTH_MM", "card_document"]

WIDTH_MM = 85.60
"""Width of a card (ISO/IEC 7810, ID-1)."""
HEIGHT_MM = 53.98
"""Height of a card (ISO/IEC 7810, ID-1)."""


def card_document(sides: Sequence[bytes]) -> bytes:
    """Give a PDF of the sides, PNG files, unchanged in their pixels; the same sides give the same bytes."""
    # 0.2 s that only a process which makes cards should spend.
    import img2pdf  # noqa: PLC0415

    # img2pdf's own layouts keep the picture's proportions, 0.04 mm off the card's.
    width, height = img2pdf.mm_to_pt(WIDTH_MM), img2pdf.mm_to_pt(HEIGHT_MM)
    document: bytes = img2pdf.convert(
        list(sides),
        layout_fun=lambda *_: (width, height, width, height),
        nodate=True,
        engine=img2pdf.Engine.internal,
    )
    return document
