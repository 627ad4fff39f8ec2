from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from testkit.certificates import signer_pem, write_certificate


def test_it_is_for_this_machine_and_soon_over(tmp_path: Path) -> None:
    write_certificate(tmp_path / "sink.pem")
    read = x509.load_pem_x509_certificate((tmp_path / "sink.pem").read_bytes())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert (read.not_valid_after_utc - datetime.now(UTC)).days <= 1


def test_who_signs_could_have_signed_the_oldest_alert() -> None:
    _, certificate = signer_pem()
    read = x509.load_pem_x509_certificate(certificate)
    assert read.not_valid_before_utc.year == 2000
    assert read.not_valid_after_utc > datetime.now(UTC)
