"""The suite of data sources, and the other end as a test arranges it."""

from cardprint.testing.sources.origin import PAGE, Origin, Row, made_up_rows, portrait, report
from cardprint.testing.sources.suite import DataSourceSuite

__all__ = ["PAGE", "DataSourceSuite", "Origin", "Row", "made_up_rows", "portrait", "report"]
