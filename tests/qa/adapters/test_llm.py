"""The plugin of llm, in its real command, with a model that repeats what it is given."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("llm", reason="needs grounded-qa[llm]")

import qa
from qa.adapters.llm import GroundedQA
from tests.support.adapters import NAME, QUESTION, UNRELATED, citations
from tests.support.command import ROOT, environment

MODEL = """
import json
import llm

class Repeating(llm.Model):
    '''Answers with its prompt, or with what its first tool says about the prompt.'''
    model_id = "repeating"
    can_stream = False
    supports_tools = True

    def execute(self, prompt, stream, response, conversation):
        if prompt.tool_results:
            yield prompt.tool_results[0].output
        elif prompt.tools:
            arguments = {"question": prompt.prompt}
            response.add_tool_call(llm.ToolCall(name=prompt.tools[0].name, arguments=arguments))
        else:
            yield prompt.prompt

@llm.hookimpl
def register_models(register):
    register(Repeating())
"""


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed plugins: this project's, as pyproject.toml has it, and the model."""
    folder = tmp_path_factory.mktemp("plugins")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (folder / "repeating.py").write_text(MODEL)
    for name, (entry, module) in {
        "grounded_qa": next(iter(project["entry-points"]["llm"].items())),
        "repeating": ("repeating", "repeating"),
    }.items():
        info = folder / f"{name}-0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0\n")
        (info / "entry_points.txt").write_text(f"[llm]\n{entry} = {module}\n")
    return folder


class Llm:
    """The command in a folder, with its own user folder."""

    def __init__(self, folder: Path, user: Path, plugins: Path) -> None:
        self.folder = folder
        variables = environment(LLM_USER_PATH=str(user))
        paths = [str(plugins), variables["PYTHONPATH"]]
        self.environment = {**variables, "PYTHONPATH": os.pathsep.join(paths)}

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "llm", *arguments],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture
def llm(seeds_indexed: Path, tmp_path: Path, plugins: Path) -> Llm:
    return Llm(seeds_indexed, tmp_path / "user", plugins)


def test_it_is_found_by_its_entry_point(llm: Llm) -> None:
    tools = json.loads(llm("tools", "list", "--json").stdout)
    (box,) = tools["toolboxes"]
    assert box["name"] == "GroundedQA"
    assert [tool["name"] for tool in box["tools"]] == ["GroundedQA_ask"]
    assert "-f 'qa:Who heads the forum?'" in llm("fragments", "loaders").stdout


def test_fragments_are_quotes_with_their_citations(llm: Llm) -> None:
    done = llm("-m", "repeating", "-f", f"qa:{QUESTION}", "Say who.")
    assert done.returncode == 0, done.stderr
    answer, expected = citations(llm.folder, QUESTION)
    quotes = [text for text, _, _ in expected]
    assert done.stdout == "\n".join([*quotes, "Say who."]) + "\n"
    kept = json.loads(llm("fragments", "--json").stdout)
    sources = {each["hash"]: json.loads(each["source"]) for each in kept}
    assert sources.keys() == {citation["quote_sha256"] for _, citation, _ in expected}
    for _, citation, _ in expected:
        source = sources[citation["quote_sha256"]]
        assert next(iter(source)) == "location"
        assert {name: source[name] for name in citation} == citation
        assert source["answer"]["probability"] == answer.probability


def test_no_model_is_asked_without_an_answer(llm: Llm) -> None:
    done = llm("-m", "repeating", "-f", f"qa:{UNRELATED}", "Say how long.")
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"the sources do not answer it \(probability 1?\d%\)", done.stderr)
    assert "Traceback" not in done.stderr


def test_a_missing_index_is_one_line(llm: Llm, tmp_path: Path) -> None:
    done = llm("-m", "repeating", "-f", f"qa:{QUESTION}", QA_INDEX=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (1, "")
    assert str(tmp_path / "none") in done.stderr
    assert "Traceback" not in done.stderr


def test_the_tool_gives_the_model_what_can_be_verified(llm: Llm) -> None:
    done = llm("-m", "repeating", "-T", "GroundedQA(k=2)", QUESTION)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    _, expected = citations(llm.folder, QUESTION, k=2)
    assert told["citations"] == [citation for _, citation, _ in expected]
    assert (told["schema"], told["status"]) == ("qa.answer/1", "answered")
    assert qa.verify(done.stdout, index=llm.folder / ".qa").verified
    (logged,) = json.loads(llm("logs", "--json", "-n", "1").stdout)
    (result,) = logged["tool_results"]
    assert json.loads(result["output"])["citations"] == told["citations"]


def test_the_tool_says_that_there_is_no_answer(llm: Llm) -> None:
    told = json.loads(llm("-m", "repeating", "-T", "GroundedQA", UNRELATED).stdout)
    assert (told["status"], told["citations"]) == ("no_answer", [])
    spec = 'GroundedQA(unanswered="nearest", k=1)'
    told = json.loads(llm("-m", "repeating", "-T", spec, UNRELATED).stdout)
    assert (told["status"], len(told["citations"])) == ("no_answer", 1)


def test_the_tool_as_a_library(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_INDEX", str(here / ".qa"))
    monkeypatch.chdir(ROOT / "tests")
    with GroundedQA(k=1) as named, GroundedQA(str(here / ".qa"), k=1) as given:
        assert NAME in json.loads(named.ask(QUESTION))["citations"][0]["quote"]
        assert given._config == {"index": str(here / ".qa"), "unanswered": "empty", "k": 1}
        assert [tool.name for tool in given.tools()] == ["GroundedQA_ask"]
    with pytest.raises(qa.InputError, match="there is no option top_k"):
        GroundedQA(top_k=3)  # type: ignore[call-arg]
