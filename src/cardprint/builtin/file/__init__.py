"""The file source: XLSX, CSV, JSON Lines, or a ZIP of one of the last two with photos."""

from cardprint.builtin.file.settings import FileLimits, FileSettings
from cardprint.builtin.file.source import FileSource

__all__ = ["FileLimits", "FileSettings", "FileSource"]
