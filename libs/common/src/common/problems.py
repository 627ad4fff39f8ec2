"""Why something was refused, as RFC 9457 problem details: the same words over HTTP and NATS."""

from http import HTTPStatus
from typing import Final, Self

from pydantic import BaseModel, ConfigDict

PROBLEM_JSON: Final = "application/problem+json"
PROBLEM_TYPE: Final = "urn:kentongan:problem:"


class Breach(BaseModel):
    """One rule that was broken: the field that breaks it, the rule, and a sentence for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    rule: str
    sentence: str = ""


class Problem(BaseModel):
    """Problem details of RFC 9457; `breaches` names fields and rules, `retry_after` is in seconds.

    `type` ends with a named reason from a closed list, fit for a metric's label.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    breaches: tuple[Breach, ...] = ()
    retry_after: int | None = None

    @classmethod
    def of(cls, status: int, reason: str, detail: str, *breaches: Breach) -> Self:
        """Name a problem by its HTTP status, its reason in kebab-case, and a sentence."""
        return cls(
            type=PROBLEM_TYPE + reason,
            title=HTTPStatus(status).phrase,
            status=status,
            detail=detail,
            breaches=breaches,
        )

    @property
    def reason(self) -> str:
        """Return the named reason at the end of the type."""
        return self.type.removeprefix(PROBLEM_TYPE)

    def after(self, seconds: float) -> Self:
        """Return the same problem with the whole seconds after which to try again, at least 1."""
        return self.model_copy(update={"retry_after": max(1, -int(-seconds // 1))})

    def at(self, instance: str) -> Self:
        """Return the same problem with the resource at which it occurred."""
        return self.model_copy(update={"instance": instance})

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers that belong to this problem, its content type included."""
        named = {"content-type": PROBLEM_JSON}
        if self.retry_after is not None:
            named["retry-after"] = str(self.retry_after)
        return named

    def body(self) -> bytes:
        """Return the problem as JSON, without what it does not say."""
        return self.model_dump_json(exclude_defaults=True).encode()


class Refusal(Exception):  # noqa: N818 - the word of the house for what intake does
    """Something is refused, for the reason in `problem`."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem
