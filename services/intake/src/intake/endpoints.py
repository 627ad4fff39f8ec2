"""The HTTP API: alerts come in, are shown, approved and rejected; and how intake itself is."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from common.messaging.asking import unreadable
from common.observability import rings
from common.observability.health import Check, unready
from common.problems import PROBLEM_JSON, Problem, Refusal
from common.questions.audit import Timeline
from common.questions.intake import AlertShown, Reject, Submitted
from common.questions.triage import Decided, HeldList
from intake.acceptance import Incoming
from intake.body import body_of
from intake.desk import Desk, shown
from intake.docs_page import docs_page
from intake.metrics import JUDGING_SECONDS
from intake.problem_answers import answer_with_problems
from intake.reading import KNOWN_TYPES, media_type

CAP_XML: Final = "application/cap+xml"
SMALL_BYTES: Final = 10_000
DESCRIBED_KEY: Final = HTTPBearer(
    bearerFormat="ktg_…", description="A publisher's key.", scheme_name="key", auto_error=False
)
ATTEMPT: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Names this attempt, so that it counts once: kept 7 days, yours alone.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem document of RFC 9457",
        "content": {PROBLEM_JSON: {"schema": Problem.model_json_schema()}},
    }
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a body is read, and for how long."""

    most_bytes: int
    body_seconds: float


@dataclass(frozen=True, slots=True)
class Health:
    """What must be well for intake to be ready, and what may be away meanwhile."""

    needed: Mapping[str, Check]
    wanted: Mapping[str, Check]


def build_api(desk: Desk, limits: Limits, health: Health) -> FastAPI:
    """Return the API; its pages load nothing from elsewhere."""
    api = FastAPI(
        title="Kentongan intake",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
        redirect_slashes=False,
        dependencies=[Depends(DESCRIBED_KEY)],
    )
    answer_with_problems(api)
    _submitting(api, desk, limits)
    _reading(api, desk)
    _deciding(api, desk, limits)
    _well(api, health)
    return api


def _submitting(api: FastAPI, desk: Desk, limits: Limits) -> None:
    """Add the way in."""

    @api.post(
        "/v1/alerts",
        status_code=HTTPStatus.ACCEPTED,
        response_model=Submitted,
        openapi_extra={
            **_takes({name: {"type": "string"} for name in KNOWN_TYPES}),
            "parameters": [ATTEMPT],
        },
        summary="Submit an alert; 202 means that it is on disk",
    )
    async def submit(request: Request) -> Response:
        began = time.perf_counter()
        key = await desk.admit(request.headers.get("authorization"))
        content_type = media_type(request.headers.get("content-type", ""))
        content = await body_of(request, limits.most_bytes, limits.body_seconds)
        named = request.headers.get("idempotency-key")
        accepted = await desk.submit(key, Incoming(content, content_type, named))
        JUDGING_SECONDS.observe(time.perf_counter() - began)
        return Response(
            accepted.answer,
            HTTPStatus.ACCEPTED,
            {"location": f"/v1/alerts/{accepted.alert_id}"},
            media_type="application/json",
        )


def _reading(api: FastAPI, desk: Desk) -> None:
    """Add what shows alerts; the fixed word comes before the id."""

    @api.get("/v1/alerts/held", summary="The alerts that wait for a second person")
    async def held(request: Request) -> HeldList:
        return await desk.held(request.headers.get("authorization"))

    @api.get(
        "/v1/alerts/{alert_id}",
        response_model=AlertShown,
        response_model_exclude_none=True,
        summary="An alert and how far it came; as it came in where application/cap+xml is wanted",
    )
    async def show(alert_id: str, request: Request) -> AlertShown | Response:
        kept = await desk.kept(request.headers.get("authorization"), alert_id)
        wants_xml = CAP_XML in request.headers.get("accept", "")
        if wants_xml and kept.content_type.endswith("xml"):
            return Response(kept.content, media_type=CAP_XML)
        return shown(kept)

    @api.get("/v1/alerts/{alert_id}/timeline", summary="What happened to an alert, with its sums")
    async def timeline(alert_id: str, request: Request) -> Timeline:
        return await desk.timeline(request.headers.get("authorization"), alert_id)


def _deciding(api: FastAPI, desk: Desk, limits: Limits) -> None:
    """Add the word of a second person."""

    @api.post("/v1/alerts/{alert_id}/approve", summary="Let a held alert go")
    async def approve(alert_id: str, request: Request) -> Decided:
        return await desk.approve(request.headers.get("authorization"), alert_id)

    @api.post(
        "/v1/alerts/{alert_id}/reject",
        openapi_extra=_takes({"application/json": _why_schema()}),
        summary="Turn a held alert down, and say why",
    )
    async def reject(alert_id: str, request: Request) -> Decided:
        await desk.approver(request.headers.get("authorization"))
        body = await body_of(request, SMALL_BYTES, limits.body_seconds)
        question = _read_reject(alert_id, body)
        return await desk.reject(request.headers.get("authorization"), alert_id, question.why)


def _well(api: FastAPI, health: Health) -> None:
    """Add alive, ready, measured and described."""

    async def alive(_: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(_: Request) -> Response:
        failing, degraded = await unready(health.needed), await unready(health.wanted)
        status = HTTPStatus.SERVICE_UNAVAILABLE if failing else HTTPStatus.OK
        said = {
            "ready": not failing,
            "failing": failing,
            "degraded": degraded,
            "ringing": rings.ringing(),
        }
        return JSONResponse(said, status, {"retry-after": "5"} if failing else None)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    async def docs(request: Request) -> Response:
        address = str(request.base_url).rstrip("/")
        return HTMLResponse(docs_page(api.openapi(), address))

    routes: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "/healthz": alive,
        "/readyz": ready,
        "/metrics": metrics,
        "/docs": docs,
    }
    for path, endpoint in routes.items():
        api.add_route(path, endpoint, include_in_schema=False)


def _read_reject(alert_id: str, body: bytes) -> Reject:
    """Read why an alert is turned down."""
    try:
        why = _Why.model_validate_json(body)
        return Reject(alert_id=alert_id, why=why.why)
    except ValidationError as wrong:
        raise Refusal(unreadable(wrong)) from wrong


class _Why(BaseModel):
    """The body of a rejection."""

    why: str


def _why_schema() -> dict[str, Any]:
    """Return the schema of the body of a rejection."""
    return _Why.model_json_schema()


def _takes(contents: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Describe a body that we read ourselves."""
    described = {name: {"schema": schema} for name, schema in contents.items()}
    return {"requestBody": {"required": True, "content": described}}
