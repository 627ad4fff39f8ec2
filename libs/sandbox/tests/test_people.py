import stat
from pathlib import Path

from sandbox.people import People, Person

ANNA = Person(person="Anna", addresses=("+628123", "anna@desa.example"))
BUDI = Person(person="Budi", addresses=("+628124",))


def test_people_outlive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "people.json"
    People(path).tell([ANNA])
    People(path).tell([BUDI])
    assert dict(People(path).addresses()) == {
        "+628123": "Anna",
        "anna@desa.example": "Anna",
        "+628124": "Budi",
    }


def test_only_the_owner_reads_who_people_are(tmp_path: Path) -> None:
    People(tmp_path / "people.json").tell([ANNA])
    assert stat.S_IMODE((tmp_path / "people.json").stat().st_mode) == 0o600


def test_what_is_told_again_takes_the_place_of_what_was_told(tmp_path: Path) -> None:
    people = People(tmp_path / "people.json")
    people.tell([ANNA])
    people.tell([Person(person="Anna", addresses=("+628125",))])
    assert dict(people.addresses()) == {"+628125": "Anna"}
