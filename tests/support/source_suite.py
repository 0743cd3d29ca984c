"""The suite of data sources, under the name by which our own tests know it."""

from cardprint.testing.sources import PAGE, DataSourceSuite, Origin, Row, made_up_rows, portrait, report

__all__ = ["PAGE", "DataSourceSuite", "Origin", "Row", "made_up_rows", "portrait", "report"]
