"""Made-up requests that show a design at its ordinary and at its limits."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from cardprint.model import CardRequest, RequestType
from cardprint_svg.design import CODES, Design, Field
from cardprint_svg.samples import SCRIPTS, longest

__all__ = ["longest_of", "requests_of"]

_OWN = ("subject_id", "request_id", "photo")
_SUBJECT = "9901014101000001"
_NOBODY = "Nobody Sample"


def requests_of(design: Design) -> tuple[CardRequest, ...]:
    """Give the sample first, then the longest texts, the required fields alone, a replacement, and each script.

    Their ids say what they show. All are nobody's: photos are drawn.
    """
    sample = {field.source or name: _sample(name, field) for name, field in design.fields.items()}
    sample = {key: value for key, value in sample.items() if value}
    texts = {name: field for name, field in design.fields.items() if field.type == "text"}
    free = {name: field for name, field in texts.items() if (field.source or name) not in _OWN}
    long = {field.source or name: longest(field.length) for name, field in free.items()}
    needed = {field.source or name for name, field in design.fields.items() if field.required}
    found = [
        _request("sample", sample),
        _request("longest", {**sample, **long}),
        _request("required-alone", {key: value for key, value in sample.items() if key in needed}),
        _request("replacement", sample, RequestType.REPLACEMENT),
    ]
    for script in design.scripts:
        words = {name: field for name, field in free.items() if not field.sample[:1].isdigit()}
        own = {field.source or name: SCRIPTS[script][: field.length].strip() for name, field in words.items()}
        found.append(_request(f"script-{script}", {**sample, **own}))
    return tuple(found)


def longest_of(design: Design) -> tuple[CardRequest, ...]:
    """Give for each text the sample in which it alone is as long as the design allows."""
    sample = requests_of(design)[0]
    return tuple(
        attrs.evolve(
            sample, request_id=f"longest-{name}", fields={**sample.fields, field.source or name: longest(field.length)}
        )
        for name, field in design.fields.items()
        if field.type == "text" and (field.source or name) not in _OWN
    )


def _sample(name: str, field: Field) -> str:
    """Give what stands there for nobody: a required text or code is there without a sample too."""
    made_up = field.required and field.type in {"text", *CODES} and (field.source or name) not in _OWN
    return field.sample or (_NOBODY[: field.length] if made_up else "")


def _request(name: str, fields: Mapping[str, str], kind: RequestType = RequestType.FIRST_ISSUANCE) -> CardRequest:
    own = {key: value for key, value in fields.items() if key in _OWN}
    rest = {key: value for key, value in fields.items() if key not in _OWN}
    return CardRequest(
        request_id=own.get("request_id", name),
        subject_id=own.get("subject_id", _SUBJECT),
        request_type=kind,
        fields=rest,
    )
