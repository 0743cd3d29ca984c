"""A small centre that speaks OSIA's credential interface, and what the standard lacks."""

from cardprint_centre.app import make_app
from cardprint_centre.records import Records, Refused
from cardprint_centre.serving import Served
from cardprint_centre.tokens import Tokens

__all__ = ["Records", "Refused", "Served", "Tokens", "make_app"]
