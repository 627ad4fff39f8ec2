"""The page that shows what each person got, live, and where providers are told to misbehave."""

from importlib.resources import files
from typing import Final

from aiohttp import web

from sandbox import mailbox, smsc
from sandbox.control import Control
from sandbox.fates import MAGIC_FATES
from sandbox.live import Watching

LARGEST_REQUEST_OCTETS: Final = 20_000_000
ASSETS: Final = {
    "/": ("page.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/drum.svg": ("drum.svg", "image/svg+xml"),
}
SAFETY: Final = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class PageServer:
    """Serves the page, its data and the control of the providers on one port."""

    def __init__(self, watching: Watching, control: Control) -> None:
        self._watching = watching
        self._control = control
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port."""
        app = web.Application(client_max_size=LARGEST_REQUEST_OCTETS)
        for path in ASSETS:
            app.router.add_get(path, asset)
        app.router.add_get("/healthz", health)
        app.router.add_get("/magic", magic)
        app.router.add_get("/messages", self._watching.messages)
        app.router.add_get("/people", self._watching.people)
        app.router.add_get("/live", self._watching.stream)
        app.router.add_get("/control", self._control.show)
        app.router.add_put("/control/{channel}", self._control.tell)
        app.router.add_put("/people", self._control.name)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        number: int = self._runner.addresses[0][1]
        return number

    async def close(self) -> None:
        """Let the streams end and stop listening."""
        self._watching.end()
        if self._runner is not None:
            await self._runner.cleanup()


async def asset(request: web.Request) -> web.Response:
    """Serve one file of the page."""
    name, content_type = ASSETS[request.path]
    text = (files("sandbox") / "assets" / name).read_text("utf-8")
    return web.Response(text=text, content_type=content_type, headers=SAFETY)


async def health(request: web.Request) -> web.Response:
    """Say that the sandbox is there."""
    del request
    return web.json_response({"ok": True})


async def magic(request: web.Request) -> web.Response:
    """List the addresses with fixed results."""
    del request
    return web.json_response(magic_addresses())


def magic_addresses() -> dict[str, dict[str, str]]:
    """Return, for each channel, the magic addresses and what becomes of messages to them."""
    numbers = {
        f"+{smsc.MAGIC_PREFIX}{suffix}": fate.words for suffix, fate in smsc.MAGIC_NUMBERS.items()
    }
    names = {f"{name}@…": fate.words for name, fate in mailbox.MAGIC_NAMES.items()}
    fates = {name: fate.words for name, fate in MAGIC_FATES.items()}
    return {"sms": numbers, "email": names, "push": fates}
