"""The policy in the README is a policy, and shows the defaults."""

import re
import tomllib
from pathlib import Path

from triage.policy import Policy

README = Path(__file__).parents[1] / "README.md"


def test_the_policy_of_the_readme_shows_the_defaults() -> None:
    (shown,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    policy = Policy.model_validate(tomllib.loads(shown))
    assert policy.two_people
    assert policy.place_groups
    assert policy.model_copy(update={"two_people": (), "place_groups": ()}) == Policy()
