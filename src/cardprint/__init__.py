"""Print identity cards, and account for every blank."""

from importlib import metadata

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: most imports never do."""
    if name == "__version__":
        return metadata.version("cardprint")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
