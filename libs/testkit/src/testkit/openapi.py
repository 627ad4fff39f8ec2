"""The description of the HTTP API, as a file that can be read without running anything."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from fastapi import FastAPI

from common.messaging import BusSettings
from intake.app import build_app
from intake.settings import IntakeSettings

FILE: Final = Path("docs") / "openapi.json"


def described() -> str:
    """Return the description of intake's API, as its app gives it."""
    with TemporaryDirectory() as folder:
        store = f"sqlite+aiosqlite:///{folder}/never-opened.db"
        app = build_app(IntakeSettings(database_url=store), BusSettings())
    document = cast("FastAPI", app.http).openapi()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def main(root: Path) -> None:
    """Write the file."""
    (root / FILE).write_text(described())


if __name__ == "__main__":
    main(Path())
