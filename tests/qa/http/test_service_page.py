"""The documentation of the service: its requests work, and its names are those of the service."""

import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

from qa.http.settings import DEFAULT_PORT, Limits
from tests.qa.http.conftest import Serve
from tests.support.served import Served

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/service.md").read_text(encoding="utf-8")


def test_its_curl_examples_run(folder: Path, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    token = "0123456789abcdef0123456789abcdef"
    (tmp_path / "token").write_text(token)
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    examples = [line for block in blocks for line in block.splitlines() if line.startswith("curl ")]
    assert len(examples) == 2
    with Served("--token-file", str(tmp_path / "token"), folder=folder) as served:
        for example in examples:
            own = example.replace(f":{DEFAULT_PORT}/", f":{served.port}/")
            command = own.replace("$(cat token)", token)
            if token not in command:
                command += f" -H 'Authorization: Bearer {token}'"
            done = subprocess.run(
                [*shlex.split(command), "--fail"], capture_output=True, text=True, check=True
            )
            assert '"schema":"qa.' in done.stdout


def test_every_route_is_documented(serve: Serve) -> None:
    described = serve().get("/openapi.json").json()["paths"]
    for path in described:
        name = path.replace("{id}", "SHA256" if "documents" in path else "ID")
        assert name.replace("{n}", "N").removeprefix("/health") in PAGE, path


def test_every_metric_is_documented(serve: Serve) -> None:
    text = serve().get("/metrics").text
    for name in re.findall(r"^# TYPE (qa_\w+) ", text, re.MULTILINE):
        assert f"`{name}`" in PAGE


def test_the_limits_are_those_of_the_service() -> None:
    limits = Limits()
    assert f"`--max-concurrency` requests ({limits.concurrency})" in PAGE
    assert f"`--timeout` ({limits.seconds:g} seconds)" in PAGE
    assert f"more than {limits.transfer:g} seconds" in PAGE
    assert f"larger than {limits.body >> 20} MB" in PAGE
    assert f"{limits.connections} connections" in PAGE


def test_the_server_needs_what_the_extra_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements-serve.txt").read_text().splitlines()
    assert [line for line in lines if line[0] != "#"] == project["optional-dependencies"]["serve"]
