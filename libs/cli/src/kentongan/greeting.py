"""What a person needs to begin: a publisher's key, a first alert, and where things are."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from rich.console import Console

from common.messaging import ask
from common.questions.intake import KeyCreated, KeyRequest
from common.subjects import INTAKE_KEYS_CREATE
from kentongan.home import Home, write_secret
from kentongan.operator import operator_bus
from kentongan.samples import tsunami_warning

SENDER: Final = "duty@village.example"


async def make_first_key(home: Home) -> None:
    """Make a publisher's key at the first start, so that a first alert can be sent."""
    if home.publisher_key.exists():
        return
    async with operator_bus(home.path) as bus:
        wish = KeyRequest(name="first-publisher", senders=(SENDER,), may=("publish", "exercise"))
        made = await ask(bus, INTAKE_KEYS_CREATE, wish, KeyCreated)
    write_secret(home.publisher_key, made.secret)


def greet(console: Console, home: Home, live: Collection[str]) -> None:
    """Print what a person needs, and write the first alert that the line sends.

    `live` are the channels that may reach real people.
    """
    sample = home.path / "first-alert.xml"
    now = datetime.now(UTC)
    sample.write_bytes(tsunami_warning(SENDER, f"first-alert-{now:%Y%m%dT%H%M%S}", now))
    console.print(
        f"""
[bold green]Kentongan is ready.[/bold green]

  API              {home.address("api")}/v1/alerts   (its pages: {home.address("api")}/docs)
  publisher's key  {home.publisher_key.read_text().strip()}
                   speaks as {SENDER}
  sandbox page     {home.address("page")}   (what each person got)
  providers        {_providers(live)}
  data and logs    {home.path.resolve()}

  Send a first alert:

  curl -sS {home.address("api")}/v1/alerts \\
       -H "Authorization: Bearer $(cat {home.publisher_key})" \\
       -H 'Content-Type: application/cap+xml' --data-binary @{sample}

  or, for a whole village:  make demo        Is all well?  kentongan doctor        End:  Ctrl-C
""",
        soft_wrap=True,
    )


def _providers(live: Collection[str]) -> str:
    """Say whether real people can be reached."""
    if not live:
        return "practice: the sandbox, which reaches nobody"
    return f"[bold red]{', '.join(sorted(live))}: live[/bold red]; others practice"
