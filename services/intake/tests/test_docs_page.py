"""The page about the API names every way in, and loads nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.intake.tests.conftest import Edge


async def test_the_page_names_every_way_in_and_loads_nothing(edge: Edge) -> None:
    page = await edge.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in (await edge.client.get("/openapi.json")).json()["paths"]:
        assert path in page.text
    assert not re.search(r"<script|<link|<img|@import|url\(|src=", page.text)


async def test_the_page_shows_how_to_send_an_alert_here(edge: Edge) -> None:
    page = await edge.client.get("/docs")
    assert "curl -sS http://intake/v1/alerts" in page.text
