from __future__ import annotations

from support.distributions import install

__all__ = ["install"]
