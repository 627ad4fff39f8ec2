"""Telling providers how to behave, and saying whose address is whose: JSON over HTTP."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from sandbox.book import Book
from sandbox.faults import Behavior, Fault
from sandbox.people import PEOPLE, People


class Control:
    """Answers `GET` and `PUT` of `/control`, and `PUT /people`."""

    def __init__(self, behaviors: Mapping[str, Behavior], people: People, book: Book) -> None:
        self._behaviors = behaviors
        self._people = people
        self._book = book

    async def show(self, request: web.Request) -> web.Response:
        """Say how each provider behaves."""
        del request
        return web.json_response(self._faults())

    async def tell(self, request: web.Request) -> web.Response:
        """Make one provider behave as the body says."""
        behavior = self._behaviors.get(request.match_info["channel"])
        if behavior is None:
            raise web.HTTPNotFound(text=f"the providers are: {', '.join(self._behaviors)}")
        try:
            behavior.tell(Fault.model_validate_json(await request.read()))
        except ValidationError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from error
        return web.json_response(self._faults())

    async def name(self, request: web.Request) -> web.Response:
        """Learn whose address is whose."""
        try:
            people = PEOPLE.validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPUnprocessableEntity(text=str(error)) from error
        self._people.tell(people)
        self._book.name(self._people.addresses())
        return web.json_response({"named": len(people)})

    def _faults(self) -> dict[str, Any]:
        return {name: each.fault.model_dump() for name, each in self._behaviors.items()}
