"""Collections of real documents: the catalogue, how they are brought, and the table."""

import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest

import qa_eval
from eval import laboratory
from eval.corpora import catalogue as catalogues
from eval.corpora.__main__ import main
from eval.corpora.bringing import NotBrought, bring
from eval.corpora.catalogue import Collection, GitRepository, Group, Half, catalogue
from eval.corpora.measuring import Asked
from eval.corpora.reporting import COLUMNS, rows, table
from eval.corpora.translations import Translation, translated, translations

LISTED = [(group, each) for group in Group for each in catalogue(group)]
IDS = [f"{group}-{each.name}" for group, each in LISTED]


@pytest.mark.parametrize(("group", "listed"), LISTED, ids=IDS)
class TestListed:
    def test_its_questions_can_be_read(self, group: Group, listed: Collection) -> None:
        questions = qa_eval.load_questions(listed.questions).questions
        assert all(gold.quote for each in questions for gold in each.gold)
        if group is Group.REAL:
            counts = Counter(each.answerable for each in questions)
            assert (counts[True], counts[False]) == (30, 10)

    def test_only_the_ruler_has_halves(self, group: Group, listed: Collection) -> None:
        assert (listed.half is not None) is (group is Group.REAL)


def test_every_file_of_questions_is_listed() -> None:
    for group in Group:
        files = {file.stem for file in (catalogues.QUESTIONS / group).glob("*.jsonl")}
        assert files == {each.name for each in catalogue(group)}


@pytest.mark.parametrize("group", Group)
def test_translations_are_of_questions_that_are_there(group: Group) -> None:
    asked = {
        question.id: question
        for each in catalogue(group)
        for question in qa_eval.load_questions(each.questions).questions
    }
    other = translations(group)
    assert other.keys() <= asked.keys()
    assert group is Group.TRAINING or other.keys() == asked.keys()
    for number, some in other.items():
        assert all(each.question and each.question != asked[number].text for each in some)
        assert len({each.language for each in some}) == len(some)
    first = catalogue(group)[0]
    own = qa_eval.load_questions(first.questions)
    found = translated(own, group).questions
    assert [(each.id, each.text) for each in found] == [
        (each.id, other[each.id][0].question) for each in own.questions if each.id in other
    ]
    assert found[0].gold == asked[found[0].id].gold


def test_nothing_of_the_ruler_is_learnt() -> None:
    def sources(group: Group) -> set[str]:
        return {
            source.url if isinstance(source, GitRepository) else source.package
            for each in catalogue(group)
            for source in each.sources
        }

    assert sources(Group.REAL).isdisjoint(sources(Group.TRAINING))


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(ValueError, match="no collection nowhere; there are "):
        catalogue(Group.REAL, ["nowhere"])


@pytest.mark.parametrize("command", [["bring", "real"], ["measure"]])
def test_the_command_tells_it(command: list[str], tmp_path: Path) -> None:
    with pytest.raises(laboratory.Problem, match=r"^no collection nowhere; there are "):
        main([*command, str(tmp_path), "nowhere"])


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Path, str]:
    """A git repository and its commit."""
    folder = tmp_path / "repository"
    for name, text in {
        "docs/a.md": "# A\n\nIt is red.\n",
        "docs/deep/b.md": "B",
        "c.py": "",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def git(*command: str) -> str:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        done = subprocess.run(
            ["git", "-C", str(folder), *identity, *command],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "all")
    return folder / ".git", git("rev-parse", "HEAD")


URL = "https://example.org/repository"


def collection(commit: str, *paths: str, questions: Path = Path("x.jsonl")) -> Collection:
    source = GitRepository(URL, commit, paths)
    return Collection("some", "en", "manual", "CC0-1.0", "x", Half.JUDGING, (source,), questions)


class TestBringing:
    def test_matching_files_come_without_their_common_folder(
        self, tmp_path: Path, repository: tuple[Path, str]
    ) -> None:
        git, commit = repository
        target = tmp_path / "brought"
        assert bring(collection(commit, "docs/**/*.md"), target, {URL: git}) == 2
        files = sorted(p.relative_to(target).as_posix() for p in target.rglob("*.*"))
        assert files == ["some/a.md", "some/deep/b.md"]

    def test_nothing_that_matches(self, tmp_path: Path, repository: tuple[Path, str]) -> None:
        git, commit = repository
        with pytest.raises(NotBrought, match=r"git .* archive"):
            bring(collection(commit, "nothing/*.md"), tmp_path / "brought", {URL: git})

    def test_what_was_there_stays_if_it_fails(
        self, tmp_path: Path, repository: tuple[Path, str]
    ) -> None:
        git, commit = repository
        target = tmp_path / "brought"
        bring(collection(commit, "docs/*.md"), target, {URL: git})
        with pytest.raises(NotBrought):
            bring(collection("0" * 40, "docs/*.md"), target, {URL: git})
        assert (target / "some" / "a.md").exists()
        assert [each.name for each in target.iterdir()] == ["some"]


def asked(name: str, question: str, **changed: object) -> Asked:
    values = {
        "collection": name,
        "question": question,
        "answerable": True,
        "answered": True,
        "probability": 0.8,
        "first": True,
        "in_three": True,
        "in_thirty": True,
        "marked": True,
        "values": {"nDCG@10": 1.0},
    }
    return Asked(**values | changed)  # type: ignore[arg-type]


class TestTable:
    def cells(self, results: list[Asked], before: list[Asked], name: str) -> dict[str, str]:
        text = table(rows([collection("x")]), results, before)
        [line] = [each for each in text.splitlines() if each.startswith(f"| {name} ")]
        return dict(zip(COLUMNS, (each.strip() for each in line.split("|")[3:-1]), strict=True))

    def test_each_column_counts_its_questions(self) -> None:
        results = [
            asked("some", "1"),
            asked("some", "2", first=False, marked=False),
            asked("some", "3", answerable=False, first=False, probability=0.5, values={}),
            asked("some", "4", answerable=False, answered=False, first=False, values={}),
        ]
        cells = self.cells(results, [], "some")
        assert cells["first right"] == cells["marked right"] == "0.50"
        assert cells["answered, first wrong"] == cells["false answers"] == "0.50"
        assert cells["wrong of those 70% sure"] == "0.50"
        assert cells["nDCG@10"] == "1.00"
        assert cells["mark F1"] == "–"

    def test_runs_are_compared_over_the_questions_of_both(self) -> None:
        before = [asked("some", "1", first=False), asked("some", "2", first=False)]
        now = [asked("some", "1"), asked("some", "3", first=False)]
        assert self.cells(now, before, "some")["first right"] == "0.00 → 1.00"

    def test_means_have_intervals(self) -> None:
        results = [asked("some", str(number), first=number % 2 == 0) for number in range(20)]
        cell = self.cells(results, [], "**judging**")["first right"]
        assert cell.startswith("0.50 (0.")


def test_measure(
    tmp_path: Path,
    repository: tuple[Path, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The whole command over a small collection, with the real model."""
    git, commit = repository
    questions = tmp_path / "some.jsonl"
    questions.write_text(
        '{"id": "1", "question": "Is it red?", "gold": [{"path": "a.md", "quote": "It is red."}]}\n'
    )
    listed = collection(commit, "docs/*.md", questions=questions)
    monkeypatch.setattr("eval.corpora.__main__.catalogue", lambda *_: [listed])
    brought, out = tmp_path / "brought", tmp_path / "results"
    assert main(["bring", "real", str(brought), "--mirror", f"{URL}={git}"]) == 0
    assert main(["measure", str(brought), "--out", str(out), "--name", "first"]) == 0
    [table_file] = out.glob("*/first.md")
    assert table_file.read_text() == capsys.readouterr().out
    [before] = out.glob("*/first.jsonl")
    arguments = ["measure", str(brought), "--out", str(out), "--before", str(before)]
    assert main(arguments) == 0
    assert "| 1.00 → 1.00 |" in capsys.readouterr().out


class TestPooling:
    @pytest.fixture
    def brought(
        self, tmp_path: Path, repository: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
    ) -> Path:
        """A collection with a question that has an answer and one that has none."""
        git, commit = repository
        questions = [
            {
                "id": "1",
                "question": "Is it red?",
                "answerable": True,
                "gold": [{"path": "a.md", "quote": "It is red."}],
            },
            {"id": "2", "question": "What is beside A?", "answerable": False, "gold": []},
        ]
        file = tmp_path / "some.jsonl"
        file.write_text("".join(json.dumps(each) + "\n" for each in questions))
        listed = collection(commit, "docs/**/*.md", questions=file)
        monkeypatch.setattr("eval.corpora.__main__.catalogue", lambda *_: [listed])
        monkeypatch.setattr(
            "eval.corpora.__main__.translations",
            lambda _: {"1": [Translation("de", "Ist es rot?")]},
        )
        main(["bring", "real", str(tmp_path / "brought"), "--mirror", f"{URL}={git}"])
        return tmp_path / "brought"

    def test_every_passage_is_pooled_once(self, brought: Path, tmp_path: Path) -> None:
        to = tmp_path / "pool.jsonl"
        assert main(["pool", "real", str(brought), "--to", str(to)]) == 0
        first, second = map(json.loads, to.read_text().splitlines())
        assert (first["collection"], first["id"], first["gold"]) == ("some", "1", ["It is red."])
        assert second["gold"] == []
        for each in (first, second):
            assert sorted(its["path"] for its in each["passages"]) == ["a.md", "deep/b.md"]
        [its] = [each for each in first["passages"] if each["path"] == "a.md"]
        assert its == {"path": "a.md", "context": "A", "text": "# A\n\nIt is red."}

    def added(self, brought: Path, tmp_path: Path, *places: dict[str, str]) -> list[qa_eval.Gold]:
        judged = tmp_path / "judged.jsonl"
        lines = (json.dumps({"collection": "some"} | each) + "\n" for each in places)
        judged.write_text("".join(lines))
        assert main(["add", "real", str(brought), str(judged)]) == 0
        questions = qa_eval.load_questions(tmp_path / "some.jsonl").questions
        return [gold for each in questions for gold in each.gold]

    def test_what_answers_too_is_an_alternative(self, brought: Path, tmp_path: Path) -> None:
        other = {"id": "1", "path": "deep/b.md", "quote": "B"}
        gold = self.added(brought, tmp_path, other)
        assert [(each.path, each.quote) for each in gold] == [
            ("a.md", "It is red."),
            ("deep/b.md", "B"),
        ]
        assert gold[0].part == gold[1].part is not None

    def test_what_is_there_is_not_added(self, brought: Path, tmp_path: Path) -> None:
        again = {"id": "1", "path": "a.md", "quote": "is red"}
        assert len(self.added(brought, tmp_path, again)) == 1

    def test_a_question_that_was_thought_to_have_no_answer(
        self, brought: Path, tmp_path: Path
    ) -> None:
        self.added(brought, tmp_path, {"id": "2", "path": "deep/b.md", "quote": "B"})
        second = qa_eval.load_questions(tmp_path / "some.jsonl").questions[1]
        assert second.answerable
        assert [(each.path, each.quote) for each in second.gold] == [("deep/b.md", "B")]

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            (
                {"id": "1", "path": "a.md", "quote": "blue"},
                r'1: quote "blue" is not in "a\.md"; .*',
            ),
            ({"id": "1", "path": "c.md", "quote": "blue"}, r'1: source "c\.md" is not indexed; .*'),
            ({"id": "3", "path": "a.md", "quote": "red"}, r"some\.jsonl has no question 3"),
            ({"id": "4", "path": "a.md", "quote": "red"}, "4 needs several places; .*"),
        ],
    )
    def test_what_cannot_be_added(
        self, brought: Path, tmp_path: Path, wrong: dict[str, str], told: str
    ) -> None:
        places = [{"path": "a.md", "quote": "A"}, {"path": "deep/b.md", "quote": "B"}]
        several = {"id": "4", "question": "What is where?", "answerable": True, "gold": places}
        with (tmp_path / "some.jsonl").open("a") as file:
            file.write(json.dumps(several) + "\n")
        before = (tmp_path / "some.jsonl").read_text()
        with pytest.raises(laboratory.Problem, match=rf"^some: {told}$"):
            self.added(brought, tmp_path, wrong)
        assert (tmp_path / "some.jsonl").read_text() == before

    @pytest.mark.parametrize("line", ["rubbish", "[]", '{"id": "1"}'])
    def test_a_file_of_something_else(self, brought: Path, tmp_path: Path, line: str) -> None:
        judged = tmp_path / "judged.jsonl"
        judged.write_text(line)
        with pytest.raises(laboratory.Problem, match=r"judged\.jsonl:1 is no judged place$"):
            main(["add", "real", str(brought), str(judged)])

    def test_an_empty_file_adds_nothing(
        self, brought: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "judged.jsonl").touch()
        capsys.readouterr()
        assert main(["add", "real", str(brought), str(tmp_path / "judged.jsonl")]) == 0
        assert capsys.readouterr() == ("", "")

    def test_a_pool_that_cannot_be_written(self, brought: Path, tmp_path: Path) -> None:
        with pytest.raises(laboratory.Problem, match=r"^cannot write .* \(No such file"):
            main(["pool", "real", str(brought), "--to", str(tmp_path / "absent" / "pool.jsonl")])

    def test_a_collection_that_was_not_brought(self, brought: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "elsewhere"
        with pytest.raises(laboratory.Problem, match="elsewhere has no some; `bring` brings it"):
            main(["pool", "real", str(elsewhere), "--to", str(tmp_path / "pool.jsonl")])
        assert not elsewhere.exists()


def test_public_sets_and_seeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a few of the questions about the seeds, some in each language."""
    lines = (catalogues.QUESTIONS / "seeds.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "seeds.jsonl").write_text("\n".join(lines[::9]), encoding="utf-8")
    monkeypatch.setattr("eval.corpora.__main__.QUESTIONS", tmp_path)
    public = tmp_path / "paragraphs"
    (public / "qrels").mkdir(parents=True)
    (public / "corpus.jsonl").write_text('{"_id": "a", "title": "", "text": "It is red."}\n')
    (public / "queries.jsonl").write_text('{"_id": "1", "text": "Is it red?"}\n')
    (public / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\ta\t1\n")
    arguments = ["measure", str(tmp_path), "--half", "none", "--beir", str(public), "--seeds"]
    assert main([*arguments, "--out", str(tmp_path / "results")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines[2:]] == [
        "paragraphs",
        "seeds",
        "seeds, asked in es",
        "seeds, asked in ru",
    ]
