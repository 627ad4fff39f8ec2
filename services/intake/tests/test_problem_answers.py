"""Each kind of failure has its headers."""

import httpx
from fastapi import FastAPI, HTTPException

from intake import refusals
from intake.problem_answers import answer_with_problems


async def ask(path: str) -> httpx.Response:
    api = FastAPI()
    answer_with_problems(api)

    @api.get("/quota")
    async def quota() -> None:
        raise refusals.quota_spent(1, 3.2)

    @api.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    @api.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout", {"x-spout": "yes"})

    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        return await client.get(path)


async def test_a_wait_is_a_header_and_a_field() -> None:
    answer = await ask("/quota")
    assert (answer.headers["retry-after"], answer.json()["retry_after"]) == ("4", 4)


async def test_what_the_framework_cannot_read_names_field_and_rule() -> None:
    (breach,) = (await ask("/number/seven")).json()["breaches"]
    assert (breach["field"], breach["rule"]) == ("path number", "int_parsing")


async def test_what_the_framework_refuses_keeps_its_headers() -> None:
    answer = await ask("/teapot")
    assert (answer.status_code, answer.headers["x-spout"]) == (418, "yes")
    assert answer.headers["content-type"] == "application/problem+json"
