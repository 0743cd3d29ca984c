"""The suite that whoever writes a data source subclasses."""

from __future__ import annotations

import pytest

from cardprint.testing.sources.origin import Origin
from cardprint.testing.sources.reading import Reading
from cardprint.testing.sources.reporting import Reporting
from cardprint.testing.suite import Suite

__all__ = ["DataSourceSuite"]


class DataSourceSuite(Reading, Reporting, Suite):
    """Prove a data source; subclass it and give the fixture ``origin``."""

    @pytest.fixture
    def origin(self) -> Origin:
        """Give the other end, which holds nothing yet."""
        raise NotImplementedError
