"""A printer that needs no hardware: cards as PNG and PDF files in a folder."""

from cardprint.builtin.folder.driver import FolderDriver, FolderSession, FolderSettings

__all__ = ["FolderDriver", "FolderSession", "FolderSettings"]
