"""A service over a small index, asked in this process."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qa

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from qa.http.settings import Settings

ROOT = Path(__file__).parents[3]
ADDRESS = "http://127.0.0.1:8765"

Serve = Callable[..., "TestClient"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents of several kinds, and an index of them."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    for name in ("article/article.pdf", "stanley-cups.xlsx"):
        shutil.copy(ROOT / "tests/fixtures" / name, folder)
    shutil.copy(folder / "article.pdf", folder / "copy.pdf")
    (folder / "secret.txt").write_text("The password of the lighthouse is swordfish.")
    qa.index(
        [folder / name for name in ("seeds", "article.pdf", "copy.pdf", "stanley-cups.xlsx")],
        into=folder / ".qa",
    )
    return folder


@pytest.fixture(scope="session")
def session(folder: Path) -> Iterator[qa.Session]:
    with qa.open(folder / ".qa") as session:
        yield session


@pytest.fixture
def log() -> list[dict[str, Any]]:
    return []


@pytest.fixture
def serve(session: qa.Session, log: list[dict[str, Any]]) -> Iterator[Serve]:
    """Makes a client of a service with some settings; ``over`` replaces the session."""
    from starlette.testclient import TestClient

    from qa.http.app import application
    from qa.http.metrics import Metrics
    from qa.http.service import Service
    from qa.http.settings import Settings, address_of
    from qa.http.workers import Workers

    opened: list[Any] = []

    def make(
        settings: "Settings | None" = None,
        *,
        over: Any = None,
        places: tuple[str, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> TestClient:
        settings = settings or Settings()
        limits = settings.limits
        workers = Workers(limits.concurrency, queue=limits.queue * limits.concurrency)
        opened.append(workers)
        service = Service(over or session, settings, workers, Metrics(), places)
        app = application(service, address_of(settings), log=log.append)
        client = TestClient(app, base_url=ADDRESS, headers=headers, raise_server_exceptions=False)
        opened.append(client)
        return client

    yield make
    for each in opened:
        each.close()


@pytest.fixture
def client(serve: Serve) -> "TestClient":
    return serve()


def error_of(response: Any) -> tuple[int, str, str]:
    """Status, code and message of an error, which has no other form."""
    told = response.json()
    assert told.keys() == {"error"}
    assert told["error"].keys() == {"code", "message"}
    assert "\n" not in told["error"]["message"]
    assert response.headers["content-type"] == "application/json"
    return response.status_code, told["error"]["code"], told["error"]["message"]
