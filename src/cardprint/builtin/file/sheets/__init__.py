"""Spreadsheets (XLSX) as tables of records."""

from cardprint.builtin.file.sheets.spreadsheet import Spreadsheet

__all__ = ["Spreadsheet"]
