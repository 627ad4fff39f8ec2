from collections.abc import Callable

import httpx

from testkit.sinks.process import Sink


def test_a_sink_that_forgets_counts_anew(start_sink: Callable[[str], Sink]) -> None:
    sink = start_sink("push")
    httpx.post(f"http://127.0.0.1:{sink.port}/p/1", content=b"", trust_env=False)
    assert sink.forget().people == 1
    assert sink.report().messages == 0
