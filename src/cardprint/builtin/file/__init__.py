"""The file source: CSV, JSON Lines, or a ZIP of one of these with photos."""

from cardprint.builtin.file.settings import FileLimits, FileSettings
from cardprint.builtin.file.source import FileSource

__all__ = ["FileLimits", "FileSettings", "FileSource"]
