"""Tables of an operator's settings, kept in a form that can be compared and does not change."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from notification.reason import Reason
from notification.shortmessage.judging import NAMEABLE
from notification.shortmessage.templates import Fields


def _pairs(table: Any) -> Any:
    return tuple(_checked(table).items())


def _as_json(table: Any) -> str:
    """Write a table as JSON, and nothing for an empty one."""
    checked = _checked(table)
    try:
        return json.dumps(checked) if checked else ""
    except TypeError:
        raise ValueError("it holds what JSON has not") from None


def _checked(table: Any) -> Mapping[str, Any]:
    if not isinstance(table, Mapping):
        raise ValueError("it is a table")  # noqa: TRY004 - pydantic wants a ValueError
    return table


def _nameable(name: Any) -> Any:
    if not isinstance(name, str) or name not in NAMEABLE:
        raise ValueError(f"a company's reason is one of {', '.join(sorted(NAMEABLE))}")
    return name


Table = Annotated[Fields, BeforeValidator(_pairs)]
JsonTable = Annotated[str, BeforeValidator(_as_json)]
Reasons = Annotated[
    tuple[tuple[str, Annotated[Reason, BeforeValidator(_nameable)]], ...], BeforeValidator(_pairs)
]
