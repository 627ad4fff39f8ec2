import pytest

from common.subjects import Priority
from notification.settings import NotificationSettings


@pytest.mark.parametrize(
    ("lanes", "alone", "apart", "tests"),
    [
        (tuple(Priority), False, False, True),
        ((Priority.IMMEDIATE,), True, True, True),
        ((Priority.PRIORITY, Priority.ROUTINE), False, True, True),
        ((Priority.PRIORITY,), False, True, False),
    ],
)
def test_links_belong_to_the_routine_lane_and_to_immediate_where_it_is_apart(
    lanes: tuple[Priority, ...], *, alone: bool, apart: bool, tests: bool
) -> None:
    settings = NotificationSettings(lanes=lanes)
    assert settings.is_immediate_alone is alone
    assert settings.has_lanes_apart is apart
    assert settings.tests_links is tests
