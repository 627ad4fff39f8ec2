"""From JSON to the plain contents of an alert; no name twice, no number that is none."""

import json
from typing import Any, NoReturn

from common.cap.refusal import Reason, Refused
from common.cap.rules import Rule


def contents_of_json(content: bytes) -> dict[str, Any]:
    """Read the JSON form into names and values; raise Refused where it is not JSON."""
    try:
        contents = json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError as error:
        raise Refused([Reason("alert", Rule.JSON, "this JSON is nested too deeply")]) from error
    except ValueError as error:
        raise Refused([Reason("alert", Rule.JSON, f"this is not JSON: {error}")]) from error
    if not isinstance(contents, dict):
        raise Refused([Reason("alert", Rule.JSON, "the JSON form of an alert is one object")])
    return contents


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    contents = dict(pairs)
    if len(contents) != len(pairs):
        raise ValueError("a name comes twice in one object")
    return contents


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")
