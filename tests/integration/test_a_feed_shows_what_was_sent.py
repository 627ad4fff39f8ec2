"""A public feed is a recipient like any other: it shows what was sent there, and its end."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import feedparser
import pytest

from common.cap import read, verify_signature
from common.cap.signature import SignatureState
from kentongan.providers import practice_providers, written
from testkit.certificates import signer_pem
from testkit.expectations import settled
from testkit.hamlet import FLOOD, Person
from testkit.scene import MakesScene, Scene, id_of
from testkit.score import at, play, within

pytestmark = pytest.mark.integration


@dataclass(slots=True)
class Carrier(Person):
    """A feed that carries what happens where it stands."""

    feed: str = ""

    def row(self) -> dict[str, str]:
        return {**Person.row(self), "feed": self.feed}


async def test_a_feed_shows_an_alert_until_its_cancel(
    make_scene: MakesScene, tmp_path: Path
) -> None:
    scene = await make_scene()
    here = scene.hamlet
    feed = Carrier("feed", here.latitude, here.longitude, feed="village")
    flood = here.flood_warning()
    drill = here.flood_exercise()
    cancel = here.cancel_of(flood)
    await play(
        scene,
        at(0).do(lambda there: provide(there, tmp_path)),
        at(0).move_in(feed),
        at(0).publish(drill),
        within(20).expect(settled(drill).on("feed", suppressed=1)),
        at(0).publish(flood),
        within(20).expect(settled(flood).on("feed", accepted=1)),
    )
    assert [each["properties"]["headline"] for each in features(tmp_path)] == [FLOOD]
    await play(
        scene,
        at(0).publish(cancel),
        within(20).expect(settled(cancel).on("feed", accepted=1)),
    )
    assert features(tmp_path) == []
    entries = feedparser.parse(tmp_path / "public" / "village" / "atom.xml").entries
    assert [each.title for each in entries] == [f"CANCELLED: {FLOOD}", FLOOD]
    document = tmp_path / "public" / "village" / "cap" / f"{id_of(flood)}.xml"
    assert verify_signature(document.read_bytes()).state is SignatureState.VALID
    assert read(document.read_bytes()).alert.infos == flood.infos


def features(folder: Path) -> list[dict[str, Any]]:
    """Return what the map of the feed shows."""
    map_file = folder / "public" / "village" / "alerts.geojson"
    found: list[dict[str, Any]] = json.loads(map_file.read_bytes())["features"]
    return found


async def provide(scene: Scene, folder: Path) -> None:
    """Name a live provider of feeds in the file, and give every process the time to look."""
    (folder / "public").mkdir()
    for name, pem in zip(("feed.key", "feed.crt"), signer_pem(), strict=True):
        (folder / name).write_bytes(pem)
    named = {
        "folder": str(folder / "public"),
        "base_url": "https://alerts.village.example",
        "key_file": str(folder / "feed.key"),
        "certificate_file": str(folder / "feed.crt"),
        "feeds": {"village": "Alerts of our village"},
    }
    home = scene.world.home
    text = written({**practice_providers(home), "feed": {"public": named}})
    home.providers_file.write_text(text)
    await asyncio.sleep(2)
