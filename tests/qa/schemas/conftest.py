"""Documents of every schema, as the library and the command write them."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import BytesIO, TextIOWrapper
from pathlib import Path
from threading import Event
from typing import Any

import pytest

import qa
from qa.cli import main
from tests.support.asked_once import asked_once
from tests.support.command import ROOT

ASKED = "How much oil is Pemex supposed to produce?"
UNANSWERED = "How long does bread have to be in the oven?"

PETS = "The tenant may keep one dog in the flat. However, this does not apply to fighting dogs.\n"
NOTICE = "The notice period is {} months. It begins on the first day of a month.\n"

QUESTIONS = (ROOT / "eval/questions/seeds.jsonl").read_text("utf-8").splitlines()
OF_EACH_KIND = 20
"""Questions with an answer and without: the fewest that a calibration takes."""

Documents = dict[str, list[Any]]


@pytest.fixture(scope="session")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Documents:
    """By the names of their schemas."""
    folder = tmp_path_factory.mktemp("documents")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        made: Documents = {}
        for document in _made(folder):
            read = json.loads(json.dumps(document))
            made.setdefault(read.get("schema") or read["type"], []).append(read)
    return made


def _made(folder: Path) -> Iterator[Any]:
    shutil.copytree(ROOT / "seeds", "seeds")
    Path("docs").mkdir()
    for name in ("article/article.pdf", "article/article.html", "stanley-cups.xlsx"):
        shutil.copy(ROOT / "tests/fixtures" / name, "docs")
    Path("docs/pets.md").write_text("---\ntags: [home]\n---\n# Pets\n\n" + PETS)
    for name, months in (("lease-v1.txt", "three"), ("lease-v2.txt", "six")):
        Path("docs", name).write_text(NOTICE.format(months))
    yield _printed("index", "seeds", "docs", "--model", "minilm", "--json")
    yield _printed("index", "seeds", "docs", "--dry-run", "--json")
    with qa.open(".qa") as session:
        yield from _answered(session)
        yield from _checked(session)
        yield from _kept(session)
        with asked_once():
            yield from _measured(session)
    yield qa.copy(".qa", "copied").to_dict()
    yield from _watched(folder)


def _answered(session: qa.Session) -> Iterator[Any]:
    answer = session.ask(ASKED, k=2)
    yield answer.to_dict()
    yield session.ask(UNANSWERED, k=2).to_dict()
    yield session.ask(UNANSWERED, k=2).to_annotations()
    yield session.ask(ASKED, filter=qa.Filter(since="2100")).to_dict()
    yield session.ask(ASKED.replace("Pemex", "Pemexx"), k=1, mode="bm25").to_dict()
    yield session.ask("and according to whom?", k=1, after=answer).to_dict()
    for question in (
        "How many dogs may the tenant keep in the flat?",
        "How long is the notice period?",
        "When was the Office of the Saltfleet Lights founded?",
        "How many Stanley Cups did the Canadiens win?",
    ):
        found = session.ask(question, k=4)
        yield found.to_dict(places=True)
        yield found.to_annotations()
        yield found.citations[0].to_annotation()
    yield session.ask_all(ASKED).to_dict()
    yield session.ask_all("When was the Office founded?").to_dict(places=True)
    yield session.ask_all(UNANSWERED, least=1).to_dict()
    review = qa.read_review(session.ask_all(ASKED, sample=3))
    yield review.to_dict()
    for passage in review.passages:
        review.judge(passage.id, True)
    yield review.to_dict()
    yield review.estimate().to_dict()
    yield session.excerpt(answer.citations[0].id).to_dict()
    yield session.excerpt("docs/article.pdf:1").to_dict()
    for source in session.state(documents=True).sources or ():
        yield session.document(source.sha256).to_dict()
        yield session.window(source.sha256).to_dict()
    yield session.window(
        answer.citations[0].source.sha256, citation=answer.citations[0].id
    ).to_dict()


def _checked(session: qa.Session) -> Iterator[Any]:
    for quote, source in (
        ("The tenant may keep one dog in the flat.", None),
        ("The tenant  may keep one dog in the flat", "docs/pets.md"),
        ("The tenant may keep two dogs in the flat. However, this does not apply", "docs/pets.md"),
        ("The tenant may keep one dog in the flat.", "docs/lease-v1.txt"),
        ("The notice period is seven months. It begins on the first day of a month.", None),
        ("The moon is made of green cheese", None),
    ):
        yield session.verify_quote(quote, source=source).to_dict()
    answers = [session.ask(each, k=2) for each in (ASKED, "How many dogs may the tenant keep?")]
    saved = "\n".join(json.dumps(each.to_dict()) for each in answers)
    yield session.verify(saved).to_dict()
    annotations = json.dumps(answers[1].to_annotations())
    yield session.find_annotations(qa.read_annotations(annotations, "the answer")).to_dict()
    target = {"selector": {"type": "TextQuoteSelector", "exact": "The notice period is"}}
    loose = json.dumps([{"type": "Annotation", "target": target}])
    yield session.find_annotations(qa.read_annotations(loose, "the text")).to_dict()
    Path("draft.md").write_text(
        "As pets.md:6 says, “the tenant may keep two dogs in the flat.” The notice period is three "
        "months. Nobody has ever walked on the moon in slippers.\n\n> The moon is made of cheese.\n"
    )
    yield qa.check("draft.md", index=".qa").to_dict()
    yield qa.check("draft.md", index=".qa", claims=False).to_dict()
    Path("answer.json").write_text(saved)
    yield qa.pack(Path("answer.json"), to="pack.zip", index=".qa", sources=True).to_dict()
    yield qa.verify_pack("pack.zip", index=".qa").to_dict()
    Path("signers").write_text("")
    yield qa.verify_pack("pack.zip", index=".qa", signers="signers").to_dict()
    Path("damaged.zip").write_bytes(Path("pack.zip").read_bytes()[:200])
    yield qa.verify_pack("damaged.zip", index=".qa").to_dict()


def _kept(session: qa.Session) -> Iterator[Any]:
    asked = "How many dogs may the tenant keep?"
    kept = qa.KeptQuestion.of(session.ask(asked, k=1), {"k": 1, "min_confidence": "medium"})
    yield kept.to_dict()
    qa.keep_questions([kept], session.folder)
    yield next(qa.ask_again(session)).to_dict()
    missing = session.ask(UNANSWERED, k=1)
    certificate = qa.certify_absence(missing, session, {"k": 1})
    yield certificate.to_dict()
    yield qa.check_certificate(certificate, session, root=Path()).to_dict()
    yield qa.check_certificate(certificate, None, root=Path()).to_dict()
    Path("docs/pets.md").write_text(Path("docs/pets.md").read_text().replace("one dog", "two dogs"))
    yield session.state().to_dict()
    yield session.verify(json.dumps(session.ask(asked, k=1).to_dict())).to_dict()
    yield _printed("index", "--json")
    yield next(qa.ask_again(session)).to_dict()
    yield qa.check_certificate(certificate, session, root=Path()).to_dict()


def _measured(session: qa.Session) -> Iterator[Any]:
    kinds = [
        [line for line in QUESTIONS if ('"answerable": true' in line) is answerable]
        for answerable in (True, False)
    ]
    chosen = [line for lines in kinds for line in lines[:OF_EACH_KIND]]
    for name, lines in (("all", chosen), ("half", chosen[::2]), ("few", chosen[::7])):
        Path(f"{name}.jsonl").write_text("\n".join(lines))
    yield qa.calibrate(session, "all.jsonl", force=True).to_dict()
    yield qa.calibrate(session, "few.jsonl", risk=0.001).to_dict()
    yield qa.calibrate(session, "half.jsonl", risk=0.9, confidence_level=0.5).to_dict()
    state = session.state()
    assert state.calibration is not None
    yield state.calibration.to_dict()
    told = _printed("status", "--documents", "--questions", "half.jsonl", "--json")
    yield from (told, told["question_drift"])
    engine = {"address": "milvus://localhost/notes", "server": "3.0", "generation": 2}
    engine |= {"oldest_generation": None, "writer": None, "dead_passages": 0}
    yield dataclasses.replace(state, engine=engine).to_dict()
    ask = ("eval", "few.jsonl")
    yield _printed(*ask, "--mode", "bm25", "--mode", "dense", "--failures", "--json", "--save", "a")
    yield json.loads(Path("a").read_bytes())
    yield _printed("eval", "--diff", "a", "a", "--mode", "bm25", "--mode", "dense", "--json")
    yield _printed(*ask, "--json")
    yield _printed("eval", "few.jsonl", "--check", "--json")


def _watched(folder: Path) -> Iterator[Any]:
    stop = Event()
    for event in qa.watch(into=".qa", stop=stop, offline=True):
        yield event.to_dict()
        if event.kind is qa.WatchKind.UPDATED:
            stop.set()
    error = qa.IndexLocked("another process writes the index")
    waiting = qa.WatchEvent(qa.WatchKind.WAITING, datetime.now(UTC), folder / ".qa", error=error)
    yield waiting.to_dict()


def _printed(*arguments: str) -> Any:
    """The JSON that a command prints."""
    printed = TextIOWrapper(BytesIO(), "utf-8")
    with redirect_stdout(printed):
        assert main(arguments) in {0, 1}
    printed.seek(0)
    return json.load(printed)
