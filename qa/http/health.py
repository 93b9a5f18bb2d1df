"""State, health and metrics."""

import asyncio
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from qa import IndexProblem
from qa.http.examples import STATUS, described
from qa.http.service import Served, Service, encoded

router = APIRouter()


@router.get("/status", summary="What is indexed", responses=described(STATUS, 503, 504))
async def status(service: Served) -> Response:
    """The state of the index and its sources, as `qa status --json` (`qa.status/1`)."""
    return await service.send(lambda: service.session.state().to_dict())


@router.get("/health/live", summary="Whether it runs")
async def live() -> Response:
    """Always 200, as long as requests are answered at all."""
    return _told({"status": "live"})


@router.get("/health/ready", summary="Whether it can answer", responses={503: {}})
async def ready(service: Served) -> Response:
    """200 if a question would be answered now, else 503 with the reason."""

    def generation() -> dict[str, Any]:
        return {"status": "ready", "generation": service.session.pinned().index.generation}

    return await service.send(generation)


@router.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
async def metrics(service: Served) -> Response:
    """Requests, their times, answers, the index, and the process."""
    # Not by the workers: when they are all busy, the metrics matter most.
    body = await asyncio.to_thread(_measured, service)
    return Response(body, media_type="text/plain; version=0.0.4; charset=utf-8")


def _measured(service: Service) -> bytes:
    shown = service.metrics
    shown.pending.set(service.workers.pending)
    with suppress(IndexProblem):
        index = service.session.pinned().index
        shown.generation.set(index.generation)
        shown.documents.set(index.counts.documents)
        shown.passages.set(index.counts.passages)
    return shown.text()


def _told(value: Any) -> Response:
    return Response(encoded(value), media_type="application/json")
