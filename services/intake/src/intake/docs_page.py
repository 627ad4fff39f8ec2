"""A page about the API, made from its own document; it loads nothing from elsewhere."""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h2{font:bold 1rem ui-monospace,monospace;margin:2rem 0 .3rem}"
    "code,pre{font-family:ui-monospace,monospace;background:#f2f2f2;color:#111}"
    "pre{padding:1rem;overflow:auto}"
)
SENDING: Final = """curl -sS {address}/v1/alerts \\
     -H 'Authorization: Bearer ktg_…' \\
     -H 'Content-Type: application/cap+xml' \\
     -H 'Idempotency-Key: one-of-your-own' \\
     --data-binary @alert.xml"""


def docs_page(document: dict[str, Any], address: str) -> str:
    """Return the page: how to send an alert, then what can be asked."""
    title = escape(document["info"]["title"])
    parts = "".join(_operations(document))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1>"
        f"<p>Send an alert:</p><pre>{escape(SENDING.format(address=address))}</pre>"
        "<p>Every refusal is a problem document (RFC 9457) that names fields and rules. The whole"
        ' description is <a href="/openapi.json">openapi.json</a>.</p>'
        f"{parts}</html>"
    )


def _operations(document: dict[str, Any]) -> Iterator[str]:
    """Yield what can be asked, one after the other."""
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            takes = ", ".join(described.get("requestBody", {}).get("content", {}))
            yield f"<h2>{method.upper()} {escape(path)}</h2>"
            yield f"<p>{escape(described.get('summary', ''))}</p>"
            if takes:
                yield f"<p>Takes <code>{escape(takes)}</code></p>"
