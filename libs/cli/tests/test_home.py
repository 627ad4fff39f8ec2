"""Where an embedded Kentongan keeps its things."""

from pathlib import Path

import pytest

from common.messaging.accounts import USERS
from kentongan.home import DEFAULT_PORT, HOME_VARIABLE, OFFSETS, SMSC, Home, home_at, write_secret


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make(9500)
    return made


def test_secrets_are_for_their_owner_only(home: Home) -> None:
    files = list((home.path / "secrets").iterdir())
    assert {file.stem for file in files} == {*USERS, SMSC, "vapid"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert home.path.stat().st_mode & 0o777 == 0o700


def test_an_smsc_takes_the_password(home: Home) -> None:
    assert len(home.password(SMSC)) == 8


def test_what_was_made_once_stays(home: Home) -> None:
    before = {file.name: file.read_bytes() for file in (home.path / "secrets").iterdir()}
    Home(home.path).make()
    after = {file.name: file.read_bytes() for file in (home.path / "secrets").iterdir()}
    assert before == after


def test_it_keeps_the_ports_that_it_had_until_it_is_told_others(home: Home) -> None:
    again = Home(home.path)
    again.make()
    assert again.port("api") == 9500
    again.make(9600)
    assert again.port("page") == 9601


def test_each_part_has_a_port_of_its_own(home: Home) -> None:
    ports = [home.port(name) for name in OFFSETS]
    assert len(set(ports)) == len(OFFSETS)


def test_a_new_home_has_the_ports_of_the_readme(tmp_path: Path) -> None:
    assert Home(tmp_path).port("api") == DEFAULT_PORT == 8400


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Home(tmp_path / "file").make_folders()


def test_a_secret_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "key"
    write_secret(file, "one")
    write_secret(file, "two")
    assert file.read_text() == "two\n"
    assert [each.name for each in tmp_path.iterdir()] == ["key"]


def test_a_home_that_is_named_comes_before_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "environment"))
    assert home_at(tmp_path / "named").path == tmp_path / "named"
    assert home_at(None).path == tmp_path / "environment"
