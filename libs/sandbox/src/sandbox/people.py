"""Whose address is whose, as somebody told the page; it outlives a restart."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter


class Person(BaseModel):
    """A name to show, and the addresses that it stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str
    addresses: tuple[str, ...]


PEOPLE = TypeAdapter(tuple[Person, ...])


class People:
    """Everybody who has a name, in memory and in a file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, Person] = {}
        if path.exists():
            self._keep(PEOPLE.validate_json(path.read_bytes()))

    def tell(self, people: Iterable[Person]) -> None:
        """Learn who people are, and write it down."""
        self._keep(people)
        written = PEOPLE.dump_json(tuple(self._known.values()))
        beside = self._path.with_suffix(".new")
        beside.touch(0o600)
        beside.write_bytes(written)
        beside.replace(self._path)

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield each address with its person."""
        for each in self._known.values():
            for address in each.addresses:
                yield address, each.person

    def _keep(self, people: Iterable[Person]) -> None:
        self._known.update((each.person, each) for each in people)
