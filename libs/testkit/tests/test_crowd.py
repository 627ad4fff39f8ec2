from pathlib import Path

from common.database import open_database
from notification.adapters.directory import Directory
from testkit import crowd


async def test_of_a_crowd_four_tenths_have_sms_and_the_rest_email_and_push(tmp_path: Path) -> None:
    file = tmp_path / "directory.db"
    await crowd.settle(file, 1_003, "http://127.0.0.1:1")
    engine = open_database(f"sqlite+aiosqlite:///{file}")
    summary = await Directory(engine).summary()
    await engine.dispose()
    assert summary.people == 1_003
    assert summary.channels == crowd.sums(1_003) == {"sms": 402, "email": 301, "push": 300}


async def test_whoever_comes_after_the_harbor_lives_in_a_hamlet(tmp_path: Path) -> None:
    file = tmp_path / "directory.db"
    await crowd.settle(file, 10, "http://127.0.0.1:1", hamlets=2)
    engine = open_database(f"sqlite+aiosqlite:///{file}")
    summary = await Directory(engine).summary()
    await engine.dispose()
    assert summary.people == 210
    assert len({crowd.hamlet(number) for number in range(400)}) == 400


async def test_a_crowd_may_have_sms_only(tmp_path: Path) -> None:
    file = tmp_path / "directory.db"
    await crowd.settle(file, 12, "", shares=crowd.SMS_ONLY)
    engine = open_database(f"sqlite+aiosqlite:///{file}")
    summary = await Directory(engine).summary()
    await engine.dispose()
    assert summary.channels == crowd.sums(12, crowd.SMS_ONLY) == {"sms": 12}
