"""The files of the page: what is served, as what, and with which policy."""

import re
from importlib.resources import files

import pytest

pytest.importorskip("fastapi", reason="qa serve needs the extra: pip install '.[serve]'")
pytest.importorskip("httpx2", reason="asking a service in tests needs httpx2")

from fastapi import FastAPI
from starlette.testclient import TestClient

from qa.http.page.serving import POLICY, router


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router)
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/static/page.css", "text/css; charset=utf-8"),
        ("/static/page.js", "text/javascript; charset=utf-8"),
        ("/static/icon.svg", "image/svg+xml"),
    ],
)
def test_a_file_is_sent_once(client: TestClient, path: str, media_type: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == media_type
    assert response.headers["content-security-policy"] == POLICY
    again = client.get(path, headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    "name", ["index.html", "serving.py", "__init__.py", "..%2fapp.py", "%2e%2e/app.py", "", "x.js"]
)
def test_nothing_else_is_sent(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_all_that_the_page_names_is_there_and_nothing_else(client: TestClient) -> None:
    """A file that nobody loads is dead, one that is missing is an error in a browser."""
    named, left = set[str](), ["index.html"]
    pattern = re.compile(r"""(?:href|src)="static/([\w.]+)"|from "\./([\w.]+)\"""")
    while left:
        name = left.pop()
        text = files("qa.http.page").joinpath(name).read_text("utf-8")
        found = {one or other for one, other in pattern.findall(text)} - named
        named |= found
        left += [each for each in found if each.endswith(".js")]
    kept = {each.name for each in files("qa.http.page").iterdir()}
    assert named == {name for name in kept if name.endswith((".js", ".css", ".svg"))}


def test_no_file_makes_html_of_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc|\beval\b"
        r"|new Function|createContextualFragment|setHTML|https?://(?!www\.w3\.org|tools\.ietf)"
    )
    for each in files("qa.http.page").iterdir():
        if each.name.endswith((".js", ".html")):
            assert not forbidden.search(each.read_text("utf-8")), each.name
