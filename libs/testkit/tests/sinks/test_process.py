import ssl
from collections.abc import Callable
from pathlib import Path

import httpx

from testkit.certificates import write_certificate
from testkit.sinks.process import Sink


def test_a_sink_that_forgets_counts_anew(start_sink: Callable[[str], Sink]) -> None:
    sink = start_sink("push")
    httpx.post(f"http://127.0.0.1:{sink.port}/p/1", content=b"", trust_env=False)
    assert sink.forget().people == 1
    assert sink.report().messages == 0


def test_a_sink_with_a_certificate_speaks_tls(tmp_path: Path) -> None:
    certificate = tmp_path / "sink.pem"
    write_certificate(certificate)
    sink = Sink("push", 5, certificate)
    try:
        trusting = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(verify=trusting, trust_env=False) as client:
            taken = client.post(f"https://127.0.0.1:{sink.port}/p/3", content=b"sealed")
        assert taken.status_code == 201
        assert sink.report().people == 1
    finally:
        sink.stop()
