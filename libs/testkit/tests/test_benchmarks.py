import os
from pathlib import Path

import pytest

from testkit.benchmarks import BAR_MISSED, conditions, main


def put(folder: Path, name: str, source: str) -> str:
    (folder / name).write_text(source)
    return str(folder / name)


def test_the_page_says_what_each_is_and_what_it_printed(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    drum = put(tmp_path, "bench_drum.py", '"""Beats beside a bell."""\nprint("ours 1.50 of it")\n')
    assert main([str(page), drum]) == 0
    text = page.read_text()
    assert "\n## bench_drum\n\nBeats beside a bell.\n\n`bench_drum.py`, 20" in text
    assert "\n\n```text\nours 1.50 of it\n```\n" in text


def test_a_benchmark_may_have_words_of_its_own(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    source = '"""Beats."""\nimport sys\nprint(sys.argv[1:])\n'
    drum = put(tmp_path, "bench_drum.py", source)
    assert main([str(page), f"{drum} 100 --repeat 1"]) == 0
    assert "`bench_drum.py 100 --repeat 1`" in page.read_text()
    assert "['100', '--repeat', '1']" in page.read_text()


def test_each_benchmark_has_one_chapter_which_may_be_written_alone(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    drum = put(tmp_path, "bench_drum.py", "import sys\nprint(f'beats {sys.argv[1:]}')")
    bell = put(tmp_path, "bench_bell.py", "print('rings')")
    assert main([str(page), drum, bell]) == 0
    assert main([str(page), f"{drum} again"]) == 0
    first, *chapters = page.read_text().split("\n## ")
    assert first.startswith("# Benchmarks\n")
    assert [each.partition("\n")[0] for each in chapters] == ["bench_bell", "bench_drum"]
    assert "rings" in chapters[0]
    assert "beats ['again']" in chapters[1]


def test_a_benchmark_that_fails_leaves_its_chapter_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "benchmarks.md"
    drum = put(tmp_path, "bench_drum.py", "print('beats')")
    assert main([str(page), drum]) == 0
    before = page.read_text()
    put(tmp_path, "bench_drum.py", "raise SystemExit(3)")
    assert main([str(page), drum]) == 1
    assert page.read_text() == before
    assert "bench_drum.py failed" in capsys.readouterr().out


def test_a_benchmark_that_does_not_reach_its_bar_stands_there_and_says_so(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    slow = put(tmp_path, "bench_slow.py", f"print('0.5 of it')\nraise SystemExit({BAR_MISSED})")
    assert main([str(page), slow]) == 0
    assert "0.5 of it\nIt did not reach its bar.\n" in page.read_text()


def test_conditions_are_said() -> None:
    said = conditions("folder/bench_drum.py 100")
    assert said.startswith("`bench_drum.py 100`, 20")
    assert f"{os.cpu_count()} cores" in said
    assert "commit" in said
