"""What every CAP element shares: it never changes, knows no strangers, has the standard's names."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast
from pydantic.alias_generators import to_camel

from common.cap.values import Text

Item = TypeVar("Item")
Many = Annotated[tuple[Item, ...], FailFast()]


class Element(BaseModel):
    """A CAP element; its JSON form uses the names of the standard (`msgType`, `areaDesc`)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class NamedValue(Element):
    """A value under a name that its publisher chose: a parameter, an event code, a geocode."""

    value_name: Text
    value: Text
