"""A model with similar vectors for unrelated texts causes no overconfidence, and a warning."""

import io
import json
from pathlib import Path

import pytest

from qa.answering.answerer import Answerer
from qa.confidence.profiles import ProfileUsed
from qa.confidence.shipped import FIT_OF_MULTILINGUAL as SHIPPED
from qa.confidence.signals import Signals
from qa.confidence.store import OwnCalibration, store
from qa.rendering.reports import render_state
from qa.rendering.terminal import Terminal
from qa.status import state_of
from qa_eval.calibration import Rescaling
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import Encoder
from qa_index.encoding.models import MINILM
from qa_index.encoding.opening import open_encoder
from tests.support.shifted_encoder import ShiftedEncoder
from tests.support.tiny_models import tiny_model

ROOT = Path(__file__).parents[3]
QUESTIONS = [
    json.loads(line)
    for line in (ROOT / "eval/questions/seeds.jsonl").read_text(encoding="utf-8").splitlines()
]


def tagged(tag: str) -> list[str]:
    return [each["question"] for each in QUESTIONS if tag in each["tags"]]


def made(folder: Path, encoder: Encoder, *sources: Path) -> Answerer:
    build(list(sources), folder / ".qa", encoder=encoder)
    return Answerer(StoredIndex(folder / ".qa"), lambda: encoder)


@pytest.fixture(scope="module")
def packaged() -> Encoder:
    return open_encoder(MINILM, offline=True)


@pytest.fixture(scope="module")
def default(packaged: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    return made(tmp_path_factory.mktemp("default"), packaged, ROOT / "seeds")


@pytest.fixture(scope="module")
def shifted(packaged: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """The packaged model, except that unrelated texts have a similarity of 0.73."""
    return made(tmp_path_factory.mktemp("shifted"), ShiftedEncoder(packaged), ROOT / "seeds")


class TestSeeds:
    @pytest.mark.parametrize("read", [True, False])
    def test_other_domains_are_refused(self, shifted: Answerer, *, read: bool) -> None:
        """Of the 28, 24 were answered without reading when raw similarities were used."""
        answers = [shifted.ask(each, read=read) for each in tagged("other-domain")]
        assert [each.question for each in answers if each.answered] == []

    def test_most_of_what_is_there_is_answered(self, shifted: Answerer) -> None:
        answers = [shifted.ask(each) for each in tagged("core")[::4]]
        assert sum(each.answered for each in answers) >= 0.75 * len(answers)

    def test_it_is_said(self, shifted: Answerer) -> None:
        answer = shifted.ask(tagged("core")[0])
        assert answer.explanation.similarity is not None
        assert answer.explanation.standardised_similarity is not None
        assert answer.explanation.similarity > 0.8 > answer.explanation.standardised_similarity
        (warning,) = answer.warnings
        assert warning.startswith("the probability was not measured with the model shifted to 0.73")
        assert "`qa calibrate`" in warning
        assert shifted.ask(tagged("core")[0], mode="bm25").warnings == ()

    def test_the_packaged_model_is_as_it_was(self, default: Answerer) -> None:
        answer = default.ask(tagged("core")[0])
        explained = answer.explanation
        assert explained.standardised_similarity == explained.similarity
        assert answer.warnings == ()

    @pytest.mark.parametrize("question", tagged("core")[::20])
    def test_ranks_hardly_change(self, default: Answerer, shifted: Answerer, question: str) -> None:
        first = [answerer.ask(question).citations[0].span for answerer in (default, shifted)]
        assert first[0] == first[1]


class TestStatus:
    def test_names_the_doubt(self, shifted: Answerer) -> None:
        state = state_of(StoredIndex(shifted.index.folder), deep=False)
        assert state.to_dict()["profile"] == "index"
        assert "judged by this index alone" in "\n".join(
            render_state(state, Terminal(), all_of_them=False)
        )

    def test_has_none_of_the_packaged_model(self, default: Answerer) -> None:
        state = state_of(StoredIndex(default.index.folder), deep=False)
        assert (state.profile, state.doubt) == (ProfileUsed.MODEL, None)
        assert state.to_dict()["profile"] == "model"


class TestSmallIndex:
    @pytest.fixture
    def small(self, packaged: Encoder, tmp_path: Path) -> Answerer:
        (tmp_path / "a.txt").write_text(
            "The harbour of Port Vell was dredged in 1931. Its cranes lift timber.\n"
        )
        return made(tmp_path, ShiftedEncoder(packaged), tmp_path / "a.txt")

    def test_similarity_does_not_count(self, small: Answerer) -> None:
        answer = small.ask("When was the harbour of Port Vell dredged?")
        # Its words and what is read speak for it, but an only passage has no lead.
        assert 0.35 < answer.probability < 0.45
        assert answer.explanation.standardised_similarity is None
        assert answer.explanation.trust == 0
        assert "they do not count" in answer.warnings[0]
        assert not small.ask("How is sourdough bread baked?").answered
        assert state_of(StoredIndex(small.index.folder), deep=False).profile is ProfileUsed.NONE

    def test_reading_still_counts(self) -> None:
        seen = [
            Signals(None, 0.9, 0.9, 12.0, 30, trust=1.0, reading=each) for each in (-4.0, 0.0, 4.0)
        ]
        rising = [SHIPPED.probability(each) for each in seen]
        assert rising == sorted(set(rising))


def test_ones_own_calibration_is_in_no_doubt(packaged: Encoder, tmp_path: Path) -> None:
    encoder = ShiftedEncoder(packaged)
    made(tmp_path, encoder, ROOT / "seeds")
    model = SHIPPED.rescaled(Rescaling(raised=0.0, intercept=0.1, slope=1.0), threshold=0.3)
    sha256 = encoder.description.sha256
    store(OwnCalibration(model, sha256, "own.jsonl", 20, 20, "2026-01-01"), tmp_path / ".qa")
    answerer = Answerer(StoredIndex(tmp_path / ".qa"), lambda: encoder)
    assert answerer.ask(tagged("core")[0]).warnings == ()


def test_the_command_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence-transformers model of a few kilobytes, exported and run like any other."""
    from qa.cli import main

    model = tiny_model(tmp_path / "tiny")
    (tmp_path / "docs").mkdir()
    text = "".join(f"The cat sat on mat {number}. A big dog ran home.\n" for number in range(30))
    (tmp_path / "docs" / "a.txt").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    assert main(["index", "docs", "--model", str(model)]) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"Who sat?\nWho ran home?\n")))
    main(["ask", "-"])
    told = capsys.readouterr().err
    assert told.count("the probability was not measured with the model") == 1
    assert main(["status"]) == 0
    assert "the probability was not measured with" in capsys.readouterr().out
    main(["ask", "Who sat?", "--explain"])
    assert "as much as" in " ".join(capsys.readouterr().out.split())
