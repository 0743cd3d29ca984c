"""The contract of a request validator."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import attrs

from cardprint.model import CardRequest

__all__ = ["Finding", "RequestValidator"]


@attrs.frozen(kw_only=True)
class Finding:
    """Report what is wrong, or only odd, about a request."""

    rule: str
    """A keyword."""
    field: str = ""
    """The field; never its value."""
    shape: str = ""
    """The value's shape, for example ``15 digits``."""
    refuse: bool = True
    """True: the request goes to the rejects; False: it is let in, counted, and the warning is kept with its job."""


class RequestValidator(ABC):
    """Check a request for what a country or an issuer asks; made as ``Validator(settings, context)``."""

    @abstractmethod
    def check(self, request: CardRequest) -> Sequence[Finding]:
        """Give the findings, none where all is well; pure.

        An exception refuses the request with ``x-validator-failed``: what could not be checked is not let in.
        """
