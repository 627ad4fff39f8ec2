import os
from pathlib import Path

import pytest

from testkit.benchmarks import conditions, main, written


def put(folder: Path, name: str, source: str) -> str:
    (folder / name).write_text(source)
    return str(folder / name)


def test_the_page_says_what_each_is_and_what_it_printed(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    drum = put(tmp_path, "bench_drum.py", '"""Beats beside a bell."""\nprint("ours 1.50 of it")\n')
    assert main([str(page), drum]) == 0
    text = page.read_text()
    assert "## bench_drum\n\nBeats beside a bell.\n\n```text\nours 1.50 of it\n```\n" in text


def test_a_benchmark_may_have_words_of_its_own(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    source = '"""Beats."""\nimport sys\nprint(sys.argv[1:])\n'
    drum = put(tmp_path, "bench_drum.py", source)
    assert main([str(page), f"{drum} 100 --repeat 1"]) == 0
    assert "## bench_drum 100 --repeat 1\n" in page.read_text()
    assert "['100', '--repeat', '1']" in page.read_text()


def test_a_benchmark_that_fails_leaves_the_page_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text("as it was")
    broken = put(tmp_path, "bench_broken.py", "raise SystemExit(3)")
    assert main([str(page), broken]) == 1
    assert page.read_text() == "as it was"
    assert "bench_broken.py failed" in capsys.readouterr().out


def test_conditions_are_said() -> None:
    said = conditions()
    assert f"{os.cpu_count()} cores" in said
    assert "commit" in said
    assert said in written([], said)
