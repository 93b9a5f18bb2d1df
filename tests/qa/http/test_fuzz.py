"""Requests that a program makes up from the description of the API, and raw bytes."""

import os
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")
schemathesis = pytest.importorskip("schemathesis", reason="the extra check has schemathesis")

from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable

from tests.support.served import PATIENCE, Served

THOROUGH = os.environ.get("QA_THOROUGH") == "1"

EXAMPLES = 100 if THOROUGH else 12
"""For each operation, valid and invalid ones each; there are ten operations or more. Some have
fewer: a request without parameters can be made in one way only."""

REQUESTS = 10_000 if THOROUGH else 1
"""Made-up requests in all, at least: every operation is asked in turn until there are as many."""

RUBBISH = 2_000 if THOROUGH else 48
"""Requests with random bytes in them."""

REFUSED = {400, 401, 403, 404, 405, 408, 409, 413, 415, 421, 422}


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with Served("--timeout", "60", "--quiet", folder=folder) as served:
        yield served


def test_made_up_requests_are_answered_or_refused(served: Served) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{served.port}/openapi.json")
    seen: Counter[int] = Counter()
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) >= 10
    while seen.total() < REQUESTS:
        for operation in operations:
            for mode in schemathesis.GenerationMode:
                strategy = operation.as_strategy(generation_mode=mode)
                seen += asked(strategy, fine=mode is schemathesis.GenerationMode.POSITIVE)
        print(f"{seen.total():,} made-up requests: {dict(seen)}")  # pytest -s shows it
    assert set(seen) <= {200, 304, *REFUSED}, seen
    assert seen[200]
    assert seen[422]
    assert served.send("GET", "/health/ready")[0] == 200
    assert not [entry for entry in served.log if entry["event"] == "error"]


def asked(strategy: Any, *, fine: bool) -> Counter[int]:
    """Counts of the statuses of some requests."""
    seen: Counter[int] = Counter()

    @given(case=strategy)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        response = case.call(timeout=PATIENCE)
        seen[response.status_code] += 1
        told = response.content
        if response.status_code in REFUSED and told:
            assert set(response.json()["error"]) == {"code", "message"}
        if response.status_code == 200 and fine:
            case.validate_response(response, checks=[_conforms])

    with suppress(Unsatisfiable):  # what takes nothing cannot be asked wrongly
        ask()
    return seen


def _conforms(context: Any, response: Any, case: Any) -> None:
    from schemathesis.specs.openapi.checks import response_schema_conformance

    response_schema_conformance(context, response, case)


def test_rubbish_does_no_harm(served: Served) -> None:
    chance = random.Random(RUBBISH)
    request = (
        b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b'Content-Length: 18\r\nConnection: close\r\n\r\n{"question": "Who"}'
    )
    for _ in range(RUBBISH):
        changed = bytearray(request)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(len(changed))
            changed[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
        with served.raw() as client:
            client.sendall(bytes(changed))
            client.shutdown(1)  # nothing more comes
            got = _all_of(client)
        assert not got or got.startswith(b"HTTP/1.1 "), got
        assert not got.startswith(b"HTTP/1.1 5"), (bytes(changed), got)
    assert served.send("GET", "/health/ready")[0] == 200
    assert not [entry for entry in served.log if entry["event"] == "error"], served.log


def _all_of(client: Any) -> bytes:
    got = b""
    try:
        while part := client.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    return got
