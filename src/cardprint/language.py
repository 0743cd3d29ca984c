"""Sentences that keep their parts, so that they can be shown in another language.

The library speaks English; whoever shows a sentence to people translates it. Keywords, and all that machines read, are
never translated.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext
import pathlib
from collections.abc import Iterable, Mapping
from typing import Self

__all__ = ["LANGUAGES", "Sentence", "joined", "language_of", "moment", "template", "translated"]

LANGUAGES = ("en", "id")
"""The languages there are; English is in the code, of every other there is a catalog below ``locale``."""


class Sentence(str):
    """Be a sentence in English that remembers what it was made of."""

    __slots__ = ("template", "values")

    template: str
    """The sentence with names in braces: what catalogs are searched for."""
    values: Mapping[str, object]
    """What stands in the names' places; sentences among them are translated as well."""

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Make it from a template, which stands here as a literal, and its values."""
        made = super().__new__(cls, template.format_map(values) if values else template)
        made.template = template
        made.values = values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """Give what a copy is made of."""
        return (self.template,), dict(self.values)


def template(text: str) -> str:
    """Mark a template that becomes a ``Sentence`` later, so that it is found for the catalogs."""
    return text


def joined(parts: Iterable[object], separator: str = ", ") -> Sentence:
    """Put sentences together to one."""
    values = {f"part{number}": part for number, part in enumerate(parts)}
    return Sentence(separator.join(f"{{{name}}}" for name in values), **values)


def moment(at: float) -> str:
    """Give a wall time, seconds since 1970, by the computer's clock."""
    return dt.datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def translated(text: object, language: str) -> str:
    """Give a ``Sentence`` in a language, with the sentences in it; any other text as it is."""
    if language not in LANGUAGES[1:] or not isinstance(text, Sentence):
        return str(text)
    known = _catalog(language)
    values = {
        name: translated(value, language) if isinstance(value, Sentence) else value
        for name, value in text.values.items()
    }
    found = known.gettext(text.template) if text.template else ""
    return found.format_map(values) if values else found


def language_of(environment: Mapping[str, str], configured: str = "") -> str:
    """Choose a language: ``CARDPRINT_LANG``, else the station's, else the computer's (POSIX), else English."""
    names = [environment.get("CARDPRINT_LANG", ""), configured]
    names.append(next(filter(None, (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))), ""))
    found = (name.replace("_", ".").partition(".")[0].lower() for name in names)
    return next((name for name in found if name in LANGUAGES), LANGUAGES[0])


@functools.cache
def _catalog(language: str) -> gettext.NullTranslations:
    folder = pathlib.Path(__file__).with_name("locale")
    return gettext.translation("cardprint", folder, [language])
