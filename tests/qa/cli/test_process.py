"""The command in a real process, with the real model."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.encoding.cache import models_folder
from qa_index.encoding.models import DEFAULT_MODEL
from tests.support.command import COMMAND, ROOT, environment, on_terminal, run_command

QUESTION = "How many wells does Pemex have that are closed?"
SOURCE = "seeds/000_f2ddbda4481125c7.txt"
ESCAPES = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\")


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seeds and an index of them. Tests must not change it."""
    folder = tmp_path_factory.mktemp("indexed")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    result = run_command("index", "seeds", folder=folder)
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(
        r"indexed 4 documents, \d+ passages in [\d.]+ s \(4 added\)\n", result.stdout
    )
    return folder


def test_an_answer_is_quoted_with_its_place(indexed: Path) -> None:
    result = run_command("ask", QUESTION, folder=indexed)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.match(r"(Very l|L)ikely \(\d\d%\)\n\n", result.stdout)
    assert re.search(rf"^1  {SOURCE}:\d+$", result.stdout, re.M)
    assert "\x1b" not in result.stdout


def test_json_is_one_object_that_python_reads(indexed: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "ask", QUESTION, "--json"],
        cwd=indexed,
        env=environment(),
        stdout=subprocess.PIPE,
    ) as ask:
        tool = subprocess.run(
            [sys.executable, "-m", "json.tool"], stdin=ask.stdout, capture_output=True, check=True
        )
        assert ask.wait() == 0
    answer = json.loads(tool.stdout)
    assert list(answer) == [
        "schema", "question", "status", "reason", "confidence", "probability",
        "citations", "index", "explanation", "agreement", "corrections", "after", "warnings",
        "timing_ms",
    ]  # fmt: skip
    assert (answer["schema"], answer["question"]) == ("qa.answer/1", QUESTION)


def test_an_unrelated_question_has_no_answer(indexed: Path) -> None:
    result = run_command("ask", "How long does bread have to be in the oven?", folder=indexed)
    assert result.returncode == 1
    assert result.stdout.startswith("No answer. ")
    assert "Nearest passages, not an answer:" in result.stdout


class TestNoTextButTheSources:
    """`quote` holds only text of the sources."""

    PATHS = tuple(f"seeds/{path.name}" for path in sorted((ROOT / "seeds").iterdir()))

    def sources(self) -> dict[str, str]:
        return {path: (ROOT / path).read_bytes().decode() for path in self.PATHS}

    @pytest.mark.parametrize("question", [QUESTION, "How do I bake bread?"])
    def test_every_string_of_the_json_is_accounted_for(self, indexed: Path, question: str) -> None:
        sources = self.sources()
        answer = json.loads(run_command("ask", question, "--json", folder=indexed).stdout)
        for citation in answer["citations"]:
            text = sources[citation["source"]["path"]]
            start, end = citation["span"]["start"], citation["span"]["end"]
            assert citation["quote"] == text[start:end]
            for span in citation["evidence"]:
                assert start <= span["start"] < span["end"] <= end
            if span := citation["answer_span"]:
                assert start <= span["start"] < span["end"] <= end
        fixed = {
            question, "qa.answer/1", "answered", "no_answer", "below_threshold", "codepoint",
            "high", "medium", "low", "text/plain", "utf-8", DEFAULT_MODEL, *self.PATHS,
        }  # fmt: skip
        for value in _strings(answer):
            known = value in fixed or re.fullmatch(r"[0-9a-f]{16}|[0-9a-f]{64}", value)
            from_source = any(value in text for text in sources.values())
            named_after_file = any(value.replace(" ", "_") in path for path in self.PATHS)
            assert known or from_source or named_after_file, value

    @pytest.mark.parametrize("columns", [20, 40, 80])
    @pytest.mark.parametrize("question", [QUESTION, "How do I bake bread?"])
    @pytest.mark.parametrize("options", [(), ("--full",), ("--context", "1")])
    def test_every_line_on_the_terminal_is_accounted_for(
        self, indexed: Path, question: str, columns: int, options: tuple[str, ...]
    ) -> None:
        printed = on_terminal("ask", question, *options, folder=indexed, columns=columns)
        sources = self.sources()
        place = rf"({'|'.join(map(re.escape, self.PATHS))}):\d+"
        labels = re.compile(
            r"|((Very l|L|Unl|Very unl)ikely|Uncertain) \(\d+%\)|No answer\."
            rf"|\d  {place}|(before|after) the quote:|…"
            rf"|also in: ({place}(, )?)+( \(\+\d+\))?"
        )
        own_words = (
            "No answer. An answer here is very unlikely (3%); 50% is needed. "
            "Ask in other words, add documents, or accept less with `--min-confidence low`. "
            "Nearest passages, not an answer: "
            "`qa show 2` shows a passage in its surroundings, `--full` all passages whole."
        )
        for line in ESCAPES.sub("", printed).split("\n"):
            shown = line.strip()
            if shown[:1] in {"│", "▌"}:
                quoted = shown[1:].strip().removeprefix("… ").removesuffix(" …")
                assert any(quoted in text for text in sources.values()), line
                continue
            shown = re.sub(rf"^\d  {place}  ", "", shown)
            if labels.fullmatch(shown) or shown.removesuffix("…") in own_words:
                continue
            for part in shown.removeprefix("… › ").removesuffix("…").split(" › "):
                assert any(part.strip() in text for text in sources.values()), line


def _strings(value: object) -> Iterator[str]:
    """Every string in a JSON value, except field names."""
    if isinstance(value, str):
        yield value
    for item in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _strings(item)


class TestTerminal:
    @pytest.mark.parametrize("question", [QUESTION, "How do I bake bread?"])
    def test_an_answer_fits_a_screen_of_80_by_24(self, indexed: Path, question: str) -> None:
        printed = ESCAPES.sub("", on_terminal("ask", question, folder=indexed, rows=24))
        lines = printed.split("\n")
        assert [line[:3] for line in lines if line[:1].isdigit()] == [f"{n}  " for n in range(1, 6)]
        assert len(lines) <= 23  # the last row is for the prompt
        assert max(map(len, lines)) <= 80

    def test_what_is_longer_than_the_terminal_is_paged(self, indexed: Path, tmp_path: Path) -> None:
        pager = tmp_path / "pager"
        pager.write_text(f"#!{sys.executable}\nimport sys\nprint('PAGED', *sys.argv[1:])\n")
        pager.chmod(0o755)
        ask = ("ask", QUESTION)

        def printed(*arguments: str, **changes: str) -> str:
            return on_terminal(*arguments, folder=indexed, rows=24, changes=changes)

        named = f"{pager} -x"
        assert printed(*ask, "--full", QA_PAGER=named, PAGER="nothing") == "PAGED -x\n"
        assert printed("show", "1", "--context", "20", QA_PAGER=named).endswith("PAGED -x\n")
        assert "PAGED" not in printed(*ask, QA_PAGER=named)  # it fits
        assert "PAGED" not in printed(*ask, "--full", "--no-pager", QA_PAGER=named)
        assert "PAGED" not in printed(*ask, "--full", QA_PAGER=named, TERM="dumb")
        assert "wells" in printed(*ask, "--full", QA_PAGER="no-such-program")
        piped = run_command(*ask, "--full", folder=indexed, changes={"QA_PAGER": named})
        assert "PAGED" not in piped.stdout

    def test_the_pager_gets_every_line(self, indexed: Path) -> None:
        ask = ("ask", QUESTION, "--full")
        paged, whole = (
            on_terminal(*ask, folder=indexed, rows=24, changes={"QA_PAGER": pager})
            for pager in ("cat -", "")
        )
        assert paged == whole
        first = on_terminal(*ask, folder=indexed, rows=24, changes={"QA_PAGER": "head -n 1"})
        assert first == whole.split("\n", 1)[0] + "\n"

    def test_colour_and_links_on_a_terminal(self, indexed: Path) -> None:
        printed = on_terminal("ask", QUESTION, "-k", "1", folder=indexed)
        assert "\x1b[1m" in printed
        assert f"\x1b]8;;{(indexed / SOURCE).as_uri()}\x1b\\" in printed

    @pytest.mark.parametrize(
        ("options", "changes"),
        [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})],
    )
    def test_none_where_it_is_not_wanted(
        self, indexed: Path, options: list[str], changes: dict[str, str]
    ) -> None:
        arguments = ("ask", QUESTION, "-k", "1", *options)
        assert "\x1b" not in on_terminal(*arguments, folder=indexed, changes=changes)

    def test_a_locale_without_the_characters_still_gets_an_answer(self, indexed: Path) -> None:
        changes = {"PYTHONIOENCODING": "ascii"}
        result = run_command("ask", QUESTION, folder=indexed, changes=changes)
        assert result.returncode == 0
        assert "   > " in result.stdout
        as_json = run_command("ask", QUESTION, "--json", folder=indexed, changes=changes)
        assert json.loads(as_json.stdout)["question"] == QUESTION


class TestClosedOutput:
    """stdout closed early (`| head -1`): quiet end."""

    @pytest.mark.parametrize("options", [[], ["--json"]])
    @pytest.mark.parametrize(("question", "code"), [(QUESTION, 0), ("How do I bake bread?", 1)])
    def test_reader_that_leaves_at_once(
        self, indexed: Path, options: list[str], question: str, code: int
    ) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        process = subprocess.run(
            [*COMMAND, "ask", question, *options],
            cwd=indexed,
            env=environment(),
            stdout=writer,
            stderr=subprocess.PIPE,
            check=False,
        )
        os.close(writer)
        assert (process.returncode, process.stderr) == (code, b"")

    def test_reader_that_leaves_after_a_line(self, indexed: Path) -> None:
        command = f"{sys.executable} -m qa ask - -k 20 | head -1"
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=indexed,
            env=environment(),
            input=f"{QUESTION}\n".encode() * 30,
            capture_output=True,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout == f"{QUESTION}\n".encode()

    @pytest.mark.parametrize(
        ("closed", "out", "error"),
        [("1", "", ""), ("2", "up to date", ""), ("0", "up to date", "")],
    )
    def test_streams_that_were_never_open(
        self, indexed: Path, closed: str, out: str, error: str
    ) -> None:
        result = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m qa index {closed}>&-"],
            cwd=indexed,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (result.returncode, result.stderr) == (0, error)
        assert result.stdout.startswith(out)

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has /dev/full")
    def test_a_full_disk_is_told_in_one_line(self, indexed: Path) -> None:
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(
                [*COMMAND, "status"],
                cwd=indexed,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert result.returncode == 70
        assert result.stderr == b"qa: standard output: No space left on device\n"


def test_questions_from_a_pipe_are_answered_one_by_one(indexed: Path) -> None:
    questions = f"{QUESTION}\n\n  \nHow do I bake bread?\n"
    result = run_command("ask", "-", "--json", folder=indexed, stdin=questions)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["answered", "no_answer"]
    assert result.returncode == 1
    assert run_command("ask", "-", folder=indexed, stdin=f"{QUESTION}\n").returncode == 0
    assert run_command("ask", "-", folder=indexed, stdin="\n").returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_interrupt_ends_quietly(indexed: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "ask", "-", "--json"],
        cwd=indexed,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{QUESTION}\n")
    process.stdin.flush()
    assert process.stdout.readline().startswith("{")  # the command now waits for the next question
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, "qa: interrupted\n")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("module", ["qa.cli.app", "typer", "qa.cli.commands.ask"])
def test_interrupt_ends_quietly_while_modules_are_loaded(module: str, indexed: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupting())\n"
        "from qa.cli import main\n"
        f"sys.exit(main(['ask', {QUESTION!r}]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=indexed,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "qa: interrupted\n")


def test_one_command_from_nothing_to_an_answer(tmp_path: Path) -> None:
    folder, cache = tmp_path / "here", tmp_path / "cache"
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    cache.mkdir()
    models_folder().mkdir(parents=True, exist_ok=True)
    (cache / "models").symlink_to(models_folder())
    changes = {"QA_CACHE": str(cache)}
    asked = ("ask", "--in", "seeds", QUESTION, "--json")
    first = run_command(*asked, folder=folder, changes=changes)
    assert first.returncode == 0
    kept = re.escape(str(cache / "asked"))
    assert re.fullmatch(rf"qa: indexed 4 documents, .* into {kept}/[0-9a-f]+\n", first.stderr)
    again = run_command(*asked, folder=folder, changes=changes)
    assert again.stderr == ""
    assert json.loads(again.stdout)["citations"] == json.loads(first.stdout)["citations"]
    citation = json.loads(first.stdout)["citations"][0]
    assert citation["source"]["path"].startswith("seeds/")
    assert [path.name for path in folder.iterdir()] == ["seeds"]
    place = f"{citation['source']['path']}:{citation['lines']['start']}"
    for name in (citation["id"], place):
        shown = run_command("show", name, folder=folder, changes=changes)
        assert (shown.returncode, shown.stderr) == (0, "")


def test_asking_loads_neither_torch_nor_what_only_indexing_needs(indexed: Path) -> None:
    code = (
        "import sys; from qa.cli import main; main(['ask', 'Who?', '-k', '1']); "
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'pydantic', 'rich', 'scipy',"
        " 'numpy.ma', 'sklearn', 'regex', 'py3langid', 'markdown_it'}; "
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=indexed,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == "[]\n"


def test_completion_offers_commands_and_choices() -> None:
    changes = {"_QA_COMPLETE": "complete_bash", "COMP_WORDS": "qa ask --mode ", "COMP_CWORD": "3"}
    result = run_command(folder=ROOT, changes=changes)
    assert result.stdout.split() == ["hybrid", "bm25", "dense"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["status", "--index", "nowhere"], 3, "no index at"),
        (["ask", "Who?", "--index", "nowhere"], 3, "`qa index PATH`"),
        (["--index", "nowhere", "ask", "Who?"], 3, "no index at"),
        (["index", "nowhere"], 2, "no such file or folder"),
        (["ask", "Who?", "--in", "no\nwhere\x1b"], 2, r"no\x0awhere\x1b: no such file or folder"),
        (["ask", ""], 2, "empty"),
        (["ask"], 2, "Missing argument"),
        (["ask", "Who", "heads", "it?"], 2, "put the question in quotes"),
        (["ask", "Who?", "-k", "0"], 2, "-k"),
        (["ask", "Who?", "--mode", "x"], 2, "'hybrid', 'bm25', 'dense'; see `qa ask --help`"),
        (["ask", "Who?", "--model", "x"], 2, "No such option"),
        (["asj", "Who?"], 2, "Did you mean 'ask'"),
        (["show", "feedfeedfeedfeed"], 2, "holds no citation"),
        (["show", "seeds/nothing.txt:3"], 2, "not indexed"),
        (["show", f"{SOURCE}:9-999999"], 2, "characters"),
        (["show", f"{SOURCE}:9999"], 2, "no passage on line 9999"),
        (["show", "nonsense"], 2, "PATH:LINE"),
        (["verify", "nowhere.json"], 2, "cannot read nowhere.json"),
        (["verify", SOURCE], 2, "not JSON"),
        (["index", "seeds", "--model", "no/such-model", "--offline", "--full"], 5, "no/such-model"),
    ],
)  # fmt: skip
def test_a_fault_is_one_line_and_its_exit_code(
    indexed: Path, arguments: list[str], code: int, told: str
) -> None:
    result = run_command(*arguments, folder=indexed)
    assert (result.returncode, result.stdout) == (code, "")
    assert re.fullmatch(r"qa: [^\n]*\n", result.stderr), result.stderr
    assert told in result.stderr


def test_a_promise_is_kept_with_the_index(indexed: Path, tmp_path: Path) -> None:
    shutil.copytree(indexed, tmp_path, dirs_exist_ok=True)
    lines = (ROOT / "eval/questions/seeds.jsonl").read_text(encoding="utf-8").splitlines()[::6]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines), encoding="utf-8")
    done = run_command("calibrate", "mine.jsonl", "--risk", "0.3", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "At most 30% of what is answered is wrong" in done.stdout
    kept = json.loads(run_command("status", "--json", folder=tmp_path).stdout)["calibration"]
    assert kept["promise"]["questions"] == len(lines)
    answer = json.loads(run_command("ask", QUESTION, "--json", folder=tmp_path).stdout)
    assert answer["explanation"]["threshold"] == kept["model"]["threshold"]
    assert answer["explanation"]["promised_risk"] == 0.3
    before = (tmp_path / ".qa" / "calibration.json").read_bytes()
    refused = run_command("calibrate", "mine.jsonl", "--risk", "0.01", folder=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "1% cannot be promised with 90% confidence on 38 questions" in refused.stderr
    assert (tmp_path / ".qa" / "calibration.json").read_bytes() == before
