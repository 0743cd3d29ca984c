"""A driver's module that takes its process with it."""

from __future__ import annotations

import ctypes

__all__: list[str] = []

ctypes.string_at(0)
