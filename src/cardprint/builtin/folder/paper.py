"""A card as a document with one page of exactly its size for each side."""

from __future__ import annotations

from collections.abc import Sequence

import img2pdf

__all__ = ["HEIGHT_MM", "WIDTH_MM", "card_document"]

WIDTH_MM = 85.60
"""Width of a card (ISO/IEC 7810, ID-1)."""
HEIGHT_MM = 53.98
"""Height of a card (ISO/IEC 7810, ID-1)."""


def card_document(sides: Sequence[bytes]) -> bytes:
    """Give a PDF of the sides, PNG files, unchanged in their pixels; the same sides give the same bytes."""
    document: bytes = img2pdf.convert(
        list(sides),
        layout_fun=_whole_page,
        nodate=True,
        engine=img2pdf.Engine.internal,
    )
    return document


def _whole_page(*_picture: object) -> tuple[float, float, float, float]:
    """Let the picture fill the page; img2pdf's own layouts keep its proportions, 0.04 mm off the card's."""
    width, height = img2pdf.mm_to_pt(WIDTH_MM), img2pdf.mm_to_pt(HEIGHT_MM)
    return width, height, width, height
