"""The reference command line, on ``Station`` alone."""

from cardprint.cli.app import main

__all__ = ["main"]
