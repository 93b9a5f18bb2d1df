"""The log, the metrics, health, and what happens after an error."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import qa
from qa.http.observing import write_errors, write_log
from qa.http.settings import Settings
from tests.qa.http.conftest import Serve, error_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

TOKEN = "0123456789abcdef0123456789abcdef"
SECRET = "Who is the whistle-blower?"

Log = list[dict[str, Any]]


def test_every_request_is_logged(client: "TestClient", log: Log) -> None:
    client.get("/health/live?x=secret")
    client.get("/nothing%0a{}")
    client.post("/ask", json={"question": "x", "k": 0})
    assert [(each["method"], each["status"]) for each in log] == [
        ("GET", 200),
        ("GET", 404),
        ("POST", 422),
    ]
    assert log[0]["path"] == "/health/live"
    assert log[0]["bytes"] == len('{"status":"live"}')
    assert log[0]["ms"] >= 0


def test_questions_and_tokens_are_not_logged(serve: Serve, log: Log) -> None:
    client = serve(Settings(token=TOKEN), headers={"authorization": f"Bearer {TOKEN}"})
    client.post("/ask", json={"question": SECRET})
    client.get("/status", headers={"authorization": f"Bearer {TOKEN}x"})
    assert len(log) == 2
    assert "whistle" not in json.dumps(log)
    assert TOKEN not in json.dumps(log)


def test_questions_are_logged_if_asked_for(serve: Serve, log: Log) -> None:
    client = serve(Settings(log_questions=True))
    client.post("/ask", json={"question": SECRET})
    assert log[0]["question"] == SECRET


def test_an_entry_is_one_line_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"event": "request", "path": "/\n\x1b[2J\u2028ü"}
    write_log(entry)
    write_errors(entry)
    write_errors({"event": "error", "error": "x"})
    first, second = capsys.readouterr().err.splitlines()
    assert json.loads(first)["path"] == entry["path"]
    assert json.loads(first)["time"].endswith("Z")
    assert first.isascii()
    assert json.loads(second)["event"] == "error"


def test_metrics_count_by_route_and_not_by_address(client: "TestClient") -> None:
    client.post("/ask", json={"question": "How much oil is Pemex supposed to produce?"})
    for number in range(3):
        client.get(f"/documents/{number:064}")
        client.get(f"/nothing{number}")
    client.request("BREW", "/ask")
    shown = client.get("/metrics")
    assert shown.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = dict(line.rsplit(" ", 1) for line in shown.text.splitlines() if line[0] != "#")
    found = 'qa_http_requests_total{method="%s",route="%s",status="%s"}'
    assert lines[found % ("GET", "/documents/{id}", "404")] == "3.0"
    assert lines[found % ("GET", "none", "404")] == "3.0"
    assert lines[found % ("POST", "/ask", "200")] == "1.0"
    assert lines[found % ("OTHER", "/ask", "405")] == "1.0"
    assert lines['qa_answers_total{status="answered"}'] == "1.0"
    assert float(lines["qa_index_documents"]) == 7
    assert float(lines["qa_index_generation"]) == 1
    assert "nothing1" not in shown.text


def test_the_state_is_that_of_the_library(client: "TestClient", session: qa.Session) -> None:
    given = client.get("/status").json()
    assert given == json.loads(json.dumps(session.state().to_dict()))


def test_health(client: "TestClient") -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.get("/health/ready").json() == {"status": "ready", "generation": 1}


def test_a_damaged_index_is_not_ready(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mill was built in 1788 by Anna Kessler.")
    qa.index([tmp_path / "a.txt"], into=tmp_path / ".qa")
    with qa.open(tmp_path / ".qa") as session:
        client = serve(over=session)
        assert client.get("/health/ready").status_code == 200
        (tmp_path / ".qa" / "CURRENT").write_text("nonsense")
        for response in (
            client.get("/health/ready"),
            client.post("/ask", json={"question": "When?"}),
            client.get("/status"),
        ):
            assert error_of(response)[:2] == (503, "index_unavailable")
        assert client.get("/health/live").status_code == 200
        assert client.get("/metrics").status_code == 200
        qa.index([tmp_path / "a.txt"], into=tmp_path / ".qa", full=True)
        assert client.get("/health/ready").status_code == 200


def test_an_internal_error_is_logged_and_not_told(serve: Serve, log: Log) -> None:
    class Broken:
        def pinned(self) -> None:
            raise ZeroDivisionError("of /secret/path")

    client = serve(over=Broken())
    response = client.post("/ask", json={"question": "x"})
    status, code, message = error_of(response)
    assert (status, code) == (500, "internal")
    assert "secret" not in message
    assert response.headers["x-content-type-options"] == "nosniff"
    assert log[0] == {"event": "error", "error": "ZeroDivisionError: of /secret/path"}
    assert log[1]["status"] == 500
