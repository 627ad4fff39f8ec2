"""Keys are given out, listed without secrets, and ended, as an operator types it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from common.problems import Refusal
from kentongan.keys import app

if TYPE_CHECKING:
    from libs.cli.tests.conftest import Types

pytestmark = pytest.mark.integration
WISH = ("create", "--name", "harbor", "--as", "a@sea.example", "--as", "b@sea.example")


async def test_a_key_is_given_out_listed_and_ended(types: Types) -> None:
    made = await types(app, *WISH, "--may", "publish,approve", "--quota", "5", "--signed")
    assert made.exit_code == 0
    assert made.stdout.startswith("ktg_")
    key_id = f"key_{made.stdout[4:12]}"
    listed = await types(app, "list")
    assert key_id in listed.stdout
    assert made.stdout.strip() not in listed.stdout
    ended = await types(app, "revoke", key_id)
    assert f"{key_id} of harbor ended" in ended.stdout


async def test_a_right_that_does_not_exist_is_named(types: Types) -> None:
    made = await types(app, *WISH, "--may", "publish,rule")
    assert made.exit_code == 2
    assert "rule is not one of" in " ".join(made.stderr.split())


async def test_a_name_is_given_once(types: Types) -> None:
    await types(app, *WISH, "--may", "publish")
    again = await types(app, *WISH, "--may", "publish")
    assert isinstance(again.exception, Refusal)
    assert again.exception.problem.reason == "name-taken"
