from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from notification.reason import Reason
from notification.shortmessage.tables import JsonTable, Reasons, Table


def read(kind: Any, value: object) -> Any:
    return TypeAdapter(kind).validate_python(value)


def test_tables_are_kept_in_their_order_and_can_be_looked_up() -> None:
    assert read(Table, {"b": "1", "a": "2"}) == (("b", "1"), ("a", "2"))
    assert read(JsonTable, {"to": ["{to}", 1]}) == '{"to": ["{to}", 1]}'
    assert read(JsonTable, {}) == ""
    kept = read(Reasons, {"4": "unsubscribed"})
    assert kept == (("4", Reason.UNSUBSCRIBED),)
    assert hash(kept)


@pytest.mark.parametrize("kind", [Table, JsonTable, Reasons])
def test_what_is_no_table_is_refused(kind: Any) -> None:
    with pytest.raises(ValidationError, match="it is a table"):
        read(kind, "a = 1")


def test_what_json_has_not_is_refused() -> None:
    with pytest.raises(ValidationError, match="what JSON has not"):
        read(JsonTable, {"at": object()})


@pytest.mark.parametrize("name", ["lost", "expired", "stopped", 4, ["unsubscribed"]])
def test_a_reason_that_no_company_gives_is_refused(name: object) -> None:
    with pytest.raises(ValidationError, match=r"a company's reason is one of .*unsubscribed"):
        read(Reasons, {"4": name})
