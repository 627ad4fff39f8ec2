import pytest
from pydantic import ValidationError

from notification.manifest import load_channels
from notification.provider_settings import ProviderSettings

KINDS = [kind for channel in load_channels().values() for kind in channel.providers.values()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_provider_is_live_unless_its_settings_say_practice(kind: object) -> None:
    fields = kind.settings.model_fields  # type: ignore[attr-defined]
    assert fields["practice"].default is False


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValidationError, match="practise"):
        ProviderSettings.model_validate({"practise": True})


@pytest.mark.parametrize(
    "wrong",
    [
        {"weight": 101},
        {"per_second": 0},
        {"burst": 0},
        {"link_test_every_seconds": 59},
        {"link_test_receipt_seconds": 0},
    ],
)
def test_figures_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        ProviderSettings.model_validate(wrong)
