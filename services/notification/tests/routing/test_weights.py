import pytest

from notification.routing.weights import BETWEEN_STEPS_SECONDS, CALM_SECONDS, Weights


@pytest.fixture
def weights() -> Weights:
    return Weights({"a": 60, "b": 40, "standby": 0})


def test_trouble_moves_ten_points_to_the_peers_that_have_a_share(weights: Weights) -> None:
    assert weights.trouble("a", 0)
    assert weights.points == {"a": 50, "b": 50, "standby": 0}


def test_shares_do_not_flip_flop_within_a_minute(weights: Weights) -> None:
    assert weights.trouble("a", 0)
    assert not weights.trouble("b", BETWEEN_STEPS_SECONDS - 1)
    assert weights.trouble("b", BETWEEN_STEPS_SECONDS)
    assert weights.points == {"a": 60, "b": 40, "standby": 0}


def test_nobody_has_less_than_nothing() -> None:
    weights = Weights({"a": 5, "b": 95})
    assert weights.trouble("a", 0)
    assert weights.points == {"a": 0, "b": 100}
    assert not weights.trouble("a", BETWEEN_STEPS_SECONDS)


def test_who_is_alone_keeps_everything() -> None:
    weights = Weights({"a": 100})
    assert not weights.trouble("a", 0)
    assert weights.points == {"a": 100}


def test_after_a_calm_hour_shares_come_to_rest_step_by_step(weights: Weights) -> None:
    weights.trouble("a", 0)
    weights.rest(CALM_SECONDS - 1)
    assert weights.points["a"] == 50
    weights.rest(CALM_SECONDS)
    assert weights.points == {"a": 55, "b": 45, "standby": 0}
    weights.rest(2 * CALM_SECONDS)
    weights.rest(3 * CALM_SECONDS)
    assert weights.points == {"a": 60, "b": 40, "standby": 0}
