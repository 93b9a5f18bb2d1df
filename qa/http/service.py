"""What the routes share: the open session, its limits, the workers and the metrics."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.responses import Response

from qa import Session
from qa.http.metrics import Metrics
from qa.http.settings import Settings
from qa.http.workers import Workers

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Service:
    """One index, served."""

    session: Session
    settings: Settings
    workers: Workers
    metrics: Metrics
    places: tuple[str, ...] = ()
    """Files and folders that are served, as the index names them; none for the whole index."""

    async def run(self, call: Callable[[], Result]) -> Result:
        """Run a call of the library; raises as ``Workers.run`` does."""
        return await self.workers.run(call, seconds=self.settings.limits.seconds)

    async def send(
        self, call: Callable[[], Any], *, media_type: str = "application/json"
    ) -> Response:
        """The JSON of what a call returns, which is encoded by the worker as well."""
        body = await self.run(lambda: encoded(call()))
        return Response(body, media_type=media_type)


def service_of(request: Request) -> Service:
    """The service that a request was sent to."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]
"""A route's parameter."""


def encoded(value: Any) -> bytes:
    """JSON in UTF-8; characters that have no UTF-8, such as half a surrogate pair, are escaped.

    Raises ``ValueError`` for numbers that JSON has not.
    """
    written = partial(json.dumps, value, separators=(",", ":"), allow_nan=False)
    try:
        return written(ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return written().encode()
