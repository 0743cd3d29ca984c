"""What an IPP message is made of (RFC 8010, section 3): groups of attributes, each with values of a syntax."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterator
from typing import TypeAlias

import attrs

__all__ = [
    "Attribute",
    "Collection",
    "Content",
    "Group",
    "Localized",
    "Message",
    "Range",
    "Resolution",
    "Tag",
    "Value",
]


class Tag(enum.IntEnum):
    """Name the tags of RFC 8010, section 3.5; a tag that is not here is kept as its number."""

    OPERATION = 0x01
    """Group: the operation's attributes."""
    JOB = 0x02
    """Group: a job's."""
    END = 0x03
    """The attributes end; the document follows."""
    PRINTER = 0x04
    """Group: a printer's."""
    UNSUPPORTED = 0x05
    """Group: what was asked for and cannot be."""
    NO_VALUE = 0x13
    """Out of band: there is none."""
    INTEGER = 0x21
    """Signed, 32 bits."""
    BOOLEAN = 0x22
    """True or false."""
    ENUM = 0x23
    """An integer that stands for a word."""
    OCTETS = 0x30
    """Bytes."""
    DATE_TIME = 0x31
    """A time with its zone, to a tenth of a second (RFC 2579)."""
    RESOLUTION = 0x32
    """Two numbers and a unit."""
    RANGE = 0x33
    """Two integers."""
    BEGIN_COLLECTION = 0x34
    """A value that has attributes of its own."""
    TEXT_WITH_LANGUAGE = 0x35
    """A text and its language."""
    NAME_WITH_LANGUAGE = 0x36
    """A name and its language."""
    END_COLLECTION = 0x37
    """The end of such a value."""
    TEXT = 0x41
    """A text."""
    NAME = 0x42
    """A name."""
    KEYWORD = 0x44
    """A word of a list."""
    URI = 0x45
    """An address."""
    URI_SCHEME = 0x46
    """The first part of one."""
    CHARSET = 0x47
    """The name of a character set."""
    LANGUAGE = 0x48
    """The name of a language."""
    MIME_TYPE = 0x49
    """The format of a document."""
    MEMBER_NAME = 0x4A
    """The name of an attribute in a collection."""


@attrs.frozen
class Resolution:
    """Hold a resolution."""

    across: int
    """Dots per unit across the feed."""
    along: int
    """Dots per unit along it."""
    unit: int = 3
    """3 per inch, 4 per centimetre."""


@attrs.frozen
class Range:
    """Hold a range of integers."""

    lower: int
    """The least."""
    upper: int
    """The greatest."""


@attrs.frozen
class Localized:
    """Hold a text or a name with its language."""

    language: str
    """As in RFC 5646."""
    text: str
    """The text."""


@attrs.frozen
class Collection:
    """Hold a value that is a set of attributes."""

    members: tuple[Attribute, ...] = ()
    """In their order."""

    def get(self, name: str) -> Attribute | None:
        """Give the first member of a name."""
        return next((each for each in self.members if each.name == name), None)


Content: TypeAlias = bool | int | str | bytes | dt.datetime | Resolution | Range | Localized | Collection | None
"""None for what is out of band; bytes for octets, for a tag that is unknown, and for what its syntax does not allow."""


@attrs.frozen
class Value:
    """Hold one value."""

    tag: int
    """Its syntax: one set may hold several."""
    content: Content = None
    """What it says."""


@attrs.frozen
class Attribute:
    """Hold an attribute: a name and one value or more."""

    name: str
    """A keyword."""
    values: tuple[Value, ...]
    """In their order."""

    @classmethod
    def of(cls, name: str, tag: int, *contents: Content) -> Attribute:
        """Make one whose values have one syntax."""
        return cls(name, tuple(Value(tag, content) for content in contents))

    @property
    def words(self) -> tuple[str, ...]:
        """Give the values that are texts, names, keywords or addresses."""
        contents = (each.content for each in self.values)
        texts = (content.text if isinstance(content, Localized) else content for content in contents)
        return tuple(text for text in texts if isinstance(text, str))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Give the values that are integers."""
        contents = (each.content for each in self.values)
        return tuple(content for content in contents if isinstance(content, int) and not isinstance(content, bool))

    @property
    def collections(self) -> tuple[Collection, ...]:
        """Give the values that are collections."""
        return tuple(each.content for each in self.values if isinstance(each.content, Collection))


@attrs.frozen
class Group:
    """Hold the attributes of one thing."""

    tag: int
    """What thing."""
    attributes: tuple[Attribute, ...] = ()
    """In their order."""

    def get(self, name: str) -> Attribute | None:
        """Give the first attribute of a name."""
        return next((each for each in self.attributes if each.name == name), None)

    def word(self, name: str) -> str:
        """Give the first text of an attribute, empty where there is none."""
        return next(iter(self.words(name)), "")

    def words(self, name: str) -> tuple[str, ...]:
        """Give the texts of an attribute."""
        found = self.get(name)
        return found.words if found is not None else ()

    def number(self, name: str) -> int | None:
        """Give the first integer of an attribute."""
        return next(iter(self.numbers(name)), None)

    def numbers(self, name: str) -> tuple[int, ...]:
        """Give the integers of an attribute."""
        found = self.get(name)
        return found.numbers if found is not None else ()

    def flag(self, name: str) -> bool | None:
        """Give the first boolean of an attribute."""
        found = self.get(name)
        contents = (each.content for each in found.values) if found is not None else ()
        return next((content for content in contents if isinstance(content, bool)), None)


@attrs.frozen(kw_only=True)
class Message:
    """Hold a request or a response, without the document that may follow it."""

    version: tuple[int, int] = (1, 1)
    """Of IPP; 1.1 is what all of them speak."""
    code: int
    """The operation of a request, the status of a response."""
    request_id: int
    """Set by the client; the answer has the same."""
    groups: tuple[Group, ...] = ()
    """In their order."""

    def each(self, tag: int) -> Iterator[Group]:
        """Give the groups of a tag."""
        return (group for group in self.groups if group.tag == tag)

    def first(self, tag: int) -> Group:
        """Give the first group of a tag, an empty one where there is none."""
        return next(self.each(tag), Group(tag))
