"""Every error over HTTP is a problem document, also those of the framework and our own mistakes."""

from http import HTTPStatus
from typing import Final, cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from common.problems import Breach, Problem, Refusal
from intake.refusals import Reason, count

CHALLENGE: Final = 'Bearer realm="kentongan"'
REASONS: Final = {
    HTTPStatus.NOT_FOUND: (Reason.NOT_FOUND, "There is nothing at {path}."),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        Reason.METHOD_NOT_ALLOWED,
        "{method} is not possible at {path}; the Allow header says what is.",
    ),
}

log = structlog.get_logger()


def answer_with_problems(api: FastAPI) -> None:
    """Answer each kind of failure with a problem document."""
    api.add_exception_handler(Refusal, _refused)
    api.add_exception_handler(HTTPException, _of_framework)
    api.add_exception_handler(RequestValidationError, _unreadable)
    api.add_exception_handler(Exception, _broken)


def problem_answer(request: Request, problem: Problem) -> Response:
    """Return a problem document, counted and with the headers that belong to it."""
    count(problem)
    headers = problem.headers()
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = CHALLENGE
    return Response(problem.at(request.url.path).body(), problem.status, headers)


async def _refused(request: Request, refusal: Exception) -> Response:
    """Answer what we refuse."""
    return problem_answer(request, cast("Refusal", refusal).problem)


async def _of_framework(request: Request, failure: Exception) -> Response:
    """Answer what the framework refuses, with the headers it wants."""
    raised = cast("HTTPException", failure)
    status = HTTPStatus(raised.status_code)
    reason, sentence = REASONS.get(status, (Reason.OTHER, str(raised.detail)))
    detail = sentence.format(method=request.method, path=request.url.path)
    answer = problem_answer(request, Problem.of(status, reason, detail))
    answer.headers.update(raised.headers or {})
    return answer


async def _unreadable(request: Request, failure: Exception) -> Response:
    """Answer what does not have the form of a question."""
    errors = cast("RequestValidationError", failure).errors()
    breaches = (
        Breach(field=" ".join(map(str, each["loc"])), rule=each["type"], sentence=each["msg"])
        for each in errors[:50]
    )
    detail = "The request cannot be read; each mistake is named in breaches."
    problem = Problem.of(422, Reason.UNREADABLE_QUESTION, detail, *breaches)
    return problem_answer(request, problem)


async def _broken(request: Request, failure: Exception) -> Response:
    """Answer our own mistake; what it was is for the log."""
    log.error("request_broke", path=request.url.path, exc_info=failure)
    detail = "Something broke here, not with you. It was noted; the same request may go well later."
    return problem_answer(request, Problem.of(500, Reason.BROKEN, detail))
