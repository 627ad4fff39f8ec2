"""The templates, run in a sandbox: they see what they are given and nothing else."""

import re
from functools import cache
from typing import Final

from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from notification.frames import frame, words
from notification.speech import Telling

_BLANK_LINES: Final = re.compile(r"\n{3,}")


def filled(template: str, telling: Telling) -> str:
    """Fill a template, with no more than one empty line at a time."""
    values = {name: getattr(telling, name) for name in Telling.__slots__}
    text = (
        _environment()
        .get_template(template)
        .render(**values, words=words(telling.language), frame=frame(telling.language))
    )
    return _BLANK_LINES.sub("\n\n", text).strip()


@cache
def _environment() -> SandboxedEnvironment:
    """Return where templates run: they see what they are given and nothing else."""
    environment = SandboxedEnvironment(
        loader=PackageLoader("notification", "texts"),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name and name.endswith(".html.jinja")),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["lines"] = _lines
    return environment


def _lines(text: str) -> Markup:
    """Write the lines of a text as HTML."""
    return Markup("<br>\n").join(escape(each) for each in text.splitlines())
