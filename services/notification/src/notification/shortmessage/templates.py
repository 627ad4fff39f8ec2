"""Requests as an operator writes them: each placeholder is filled in as the place demands.

A value never stands there as it is: in a URL and in a header it is percent-encoded, in a form
encoded as one, in JSON inside a string. So no text can become a field, a header or a command.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_]\w*)\}")
TO: Final = "to"
TEXT: Final = "text"
VALIDITY: Final = "validity_seconds"
PLACEHOLDERS: Final = (TO, TEXT, "from", "reference", VALIDITY)
NUMBERS: Final = frozenset({VALIDITY})
Values = Mapping[str, str]
Fields = tuple[tuple[str, str], ...]


def in_url(template: str, values: Values) -> str:
    """Fill in a URL, or a header."""
    return _filled(template, {name: quote(value, safe="") for name, value in values.items()})


def in_form(fields: Fields, values: Values) -> bytes:
    """Write a form."""
    return urlencode([(name, _filled(template, values)) for name, template in fields]).encode()


def in_json(template: Any, values: Values) -> bytes:
    """Write JSON; a string that is nothing but `{validity_seconds}` becomes a number."""
    return msgspec.json.encode(_filled_in(template, values))


def names_in(template: Any) -> Iterator[str]:
    """Yield the names of the placeholders in a string, a list or a table; keys have none."""
    match template:
        case str():
            yield from PLACEHOLDER.findall(template)
        case Mapping():
            yield from names_in(list(template.values()))
        case list() | tuple():
            for each in template:
                yield from names_in(each)


def check_names(names: Iterable[str]) -> None:
    """Raise ValueError for a placeholder that nobody fills in."""
    for name in names:
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise ValueError(f"there is no {{{name}}}; placeholders are {known}")


def _filled(template: str, values: Values) -> str:
    return PLACEHOLDER.sub(lambda found: values[found[1]], template)


def _filled_in(template: Any, values: Values) -> Any:
    match template:
        case str():
            alone = PLACEHOLDER.fullmatch(template)
            if alone is not None and alone[1] in NUMBERS:
                return int(values[alone[1]])
            return _filled(template, values)
        case Mapping():
            return {key: _filled_in(each, values) for key, each in template.items()}
        case list():
            return [_filled_in(each, values) for each in template]
    return template
