from collections.abc import Callable

import httpx

from testkit.sinks.process import Sink


async def test_push_messages_are_counted_by_their_endpoint(
    start_sink: Callable[[str], Sink],
) -> None:
    sink = start_sink("push")
    origin = f"http://127.0.0.1:{sink.port}"
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as client:
        for path in ("/p/0", "/p/4", "/p/4", "/elsewhere"):
            answer = await client.post(path, content=b"sealed" * 100)
            assert answer.status_code == httpx.codes.CREATED
    report = sink.report()
    assert (report.people, report.double, report.strange) == (2, 1, 1)
