"""The `kentongan` command: one noun a file, and what starts and examines the whole."""

import logging
import sys

import structlog
import typer
from rich.console import Console

from common.messaging.failures import TemporaryFailure
from common.problems import Refusal
from kentongan import alert, audit, cap, dead, directory, keys, links, streams
from kentongan.demo import demo
from kentongan.doctor import doctor
from kentongan.operator import NoBus
from kentongan.up import up

app = typer.Typer(
    help="The alerting system of a community safety network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(demo)
app.command()(doctor)
for noun in (alert, audit, cap, dead, directory, keys, streams):
    app.add_typer(noun.app, name=noun.__name__.rpartition(".")[2])
app.add_typer(links.app, name="providers")


def main() -> None:
    """Run the command; what goes wrong in ways that we know is one sentence."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        app()
    except (NoBus, TemporaryFailure) as silence:
        sys.exit(_sentence(str(silence)))
    except Refusal as refusal:
        problem = refusal.problem
        breaches = (f"{each.field}: {each.sentence or each.rule}" for each in problem.breaches)
        sys.exit(_sentence("\n".join([problem.detail, *breaches])))


def _sentence(text: str) -> int:
    """Print a sentence on standard error."""
    Console(stderr=True, soft_wrap=True).print(f"[red]{text}[/red]")
    return 1


if __name__ == "__main__":
    main()
