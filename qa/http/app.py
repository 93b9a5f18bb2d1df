"""The application: the routes, behind what every request passes first."""

from typing import Any

from fastapi import APIRouter, FastAPI

from qa import tool_version
from qa.http import asking, documents, health
from qa.http.bodies import Bodies
from qa.http.errors import add_handlers
from qa.http.examples import components
from qa.http.guard import Guard
from qa.http.observing import Log, Observed, Rescued
from qa.http.page import serving
from qa.http.service import Service
from qa.http.settings import Address

ROUTERS: tuple[APIRouter, ...] = (
    serving.router,
    asking.router,
    documents.router,
    health.router,
)

_DESCRIPTION = """Answers questions from documents with passages quoted from them, and no generated
text. Offsets are code points, spans are half open. All errors have the form
`{"error": {"code": …, "message": …}}`."""


class _Described(FastAPI):
    """An application whose description also holds the schemas of the library."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        if self.openapi_schema is None:
            super().openapi()["components"]["schemas"] |= components()
        return super().openapi()


def application(service: Service, address: Address, *, log: Log, verbose: bool = False) -> FastAPI:
    """The service as an ASGI application, which is bound to ``address``."""
    app = _Described(
        title="grounded-qa",
        description=_DESCRIPTION,
        version=tool_version(),
        # Their pages load scripts from other sites. The description is at /openapi.json.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    add_handlers(app)
    settings = service.settings
    # The last one added is passed first.
    app.add_middleware(Rescued, log=log, verbose=verbose)
    app.add_middleware(Bodies, limits=settings.limits)
    app.add_middleware(Guard, settings=settings, address=address)
    app.add_middleware(Observed, metrics=service.metrics, log=log)
    return app
