"""Who may ask: hosts, origins, tokens; and the headers of every response."""

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

from qa.http.settings import Settings
from tests.qa.http.conftest import Serve, error_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

TOKEN = "0123456789abcdef0123456789abcdef"
READY = "/health/ready"


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST", "[::1]:8765"])
def test_names_of_this_machine_are_known(client: "TestClient", host: str) -> None:
    assert client.get(READY, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "",
        "localhost.evil.example:8765",
        "[::1",
        "192.0.2.1",
    ],
)
def test_other_names_are_refused(client: "TestClient", host: str) -> None:
    """A name that somebody lets resolve to 127.0.0.1 is no name of this service."""
    assert error_of(client.get(READY, headers={"host": host}))[:2] == (421, "unknown_host")


def test_another_name_can_be_allowed(serve: Serve) -> None:
    client = serve(Settings(hosts=frozenset({"answers.example"})))
    assert client.get(READY, headers={"host": "answers.example:443"}).status_code == 200
    assert client.get(READY, headers={"host": "other.example"}).status_code == 421


def test_listening_everywhere_it_goes_by_any_address(serve: Serve) -> None:
    client = serve(Settings(host="0.0.0.0", token=TOKEN))
    for host, status in (("192.0.2.1:8765", 200), ("[2001:db8::1]", 200), ("evil.example", 421)):
        assert client.get(READY, headers={"host": host}).status_code == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:8765"}, 200),
        ({"origin": "https://127.0.0.1:8765"}, 200),
        ({"origin": "http://127.0.0.1:9999"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://[::1"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused(
    client: "TestClient", headers: dict[str, str], status: int
) -> None:
    response = client.get("/status", headers={"host": "127.0.0.1:8765", **headers})
    assert response.status_code == status
    if status == 403:
        assert error_of(response)[1] == "forbidden"
    assert "access-control-allow-origin" not in response.headers


def test_a_link_to_the_page_may_stand_anywhere(client: "TestClient") -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/", headers=headers).status_code in {200, 404}


def test_a_page_of_an_allowed_origin_may_ask(serve: Serve) -> None:
    page = "https://intranet.example"
    client = serve(Settings(origins=frozenset({page}), token=TOKEN))
    asked = {"origin": page, "access-control-request-method": "POST"}
    before = client.options("/ask", headers=asked)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (204, page)
    assert "authorization" in before.headers["access-control-allow-headers"]
    response = client.get("/status", headers={"origin": page})
    assert error_of(response)[0] == 401
    assert response.headers["access-control-allow-origin"] == page
    headers = {"origin": page, "authorization": f"Bearer {TOKEN}"}
    response = client.get("/status", headers=headers)
    assert (response.status_code, response.headers["vary"]) == (200, "Origin")
    other = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    assert client.options("/ask", headers=other).status_code == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (None, 401),
        ("", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        (f"Bearer {TOKEN}0", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
        ("Bearer \xff\xfe", 401),
    ],
)
def test_the_token_is_needed(serve: Serve, sent: str | None, status: int) -> None:
    client = serve(Settings(token=TOKEN))
    headers = {} if sent is None else {"authorization": sent.encode("latin-1")}
    for path in ("/status", "/metrics", "/openapi.json"):
        response = client.get(path, headers=headers)  # type: ignore[arg-type]
        assert response.status_code == status
        if status == 401:
            assert error_of(response)[1] == "unauthorized"
            assert response.headers["www-authenticate"] == "Bearer"


def test_what_says_nothing_needs_no_token(serve: Serve) -> None:
    client = serve(Settings(token=TOKEN))
    for path in ("/health/live", "/health/ready"):
        assert client.get(path).status_code == 200
    for path in ("/", "/static/none.js"):
        assert client.get(path).status_code != 401
        assert client.post(path).status_code == 401
    for path in ("/static", "/health/", "/static/../status", "/health/live/"):
        assert client.get(path).status_code in {401, 404}


def test_every_response_has_the_headers(serve: Serve) -> None:
    client = serve(Settings(token=TOKEN), headers={"authorization": f"Bearer {TOKEN}"})
    responses = [
        client.get("/status"),
        client.get("/nothing"),
        client.put("/ask"),
        client.post("/ask", content=b"{"),
        client.get("/status", headers={"authorization": ""}),
        client.get("/status", headers={"host": "evil.example"}),
    ]
    assert [each.status_code for each in responses] == [200, 404, 405, 422, 401, 421]
    for response in responses:
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert response.headers["cache-control"] == "no-store"


def test_there_are_no_pages_with_scripts_of_other_sites(client: "TestClient") -> None:
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404
    assert client.get("/openapi.json").json()["openapi"].startswith("3.")
