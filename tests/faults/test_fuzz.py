"""Arbitrary bytes give a value or one of our errors."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.answering.answerer import Answerer
from qa.checking.saved import verify_saved
from qa.checking.sources import Sources
from qa.errors import EmptyQuestion
from qa_index import formats
from qa_index.collection.local.generations import MANIFEST
from qa_index.collection.manifest import Manifest
from qa_index.errors import IndexProblem, InputError
from tests.faults.conftest import Worlds
from tests.faults.test_damage import answers_or_refusal, forge, generation_of
from tests.faults.world import THOROUGH, answerer_of, copy_world

EXAMPLES = 20_000 if THOROUGH else 300

fuzzed = settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["..", "/etc/passwd", "|O", "<f4", 1 << 62, 1 << 64, 10**400, -1, 0, 2**31])
)


def holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON lists and objects."""
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)


# Three levels, not ``st.recursive``: in two of about forty runs Hypothesis failed the test as
# flaky, because it drew less from the same choices than before.
values = scalars | holding(scalars | holding(scalars | holding(scalars)))

numbers = st.integers(0, 9_999)
"""Selects one of a JSON value's places, modulo their count."""


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a JSON value."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(found for key, part in inner for found in places(part, (*path, key)))]


def one_of(found: list[tuple[Any, ...]], number: int) -> tuple[Any, ...]:
    return found[number % len(found)]


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of ``value`` with ``new`` at ``path``."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(copy[path[0]], path[1:], new)
    return copy


class TestManifest:
    @fuzzed
    @given(st.binary(max_size=200) | values.map(lambda value: json.dumps(value).encode()))
    def test_any_bytes(self, raw: bytes) -> None:
        with pytest.raises(IndexProblem):
            Manifest.from_json(raw, "manifest.json")

    @fuzzed
    @given(numbers, values)
    def test_one_value_replaced(self, worlds: Worlds, number: int, value: Any) -> None:
        whole = json.loads((generation_of(worlds.updated) / MANIFEST).read_bytes())
        raw = json.dumps(put(whole, one_of(places(whole), number), value)).encode()
        try:
            manifest = Manifest.from_json(raw, "manifest.json")
        except IndexProblem:
            return
        assert Manifest.from_json(manifest.to_json(), "manifest.json") == manifest

    @settings(fuzzed, max_examples=EXAMPLES // 3)
    @given(numbers, values)
    def test_an_index_with_one_value_replaced(self, forged: Path, number: int, value: Any) -> None:
        """With a valid checksum: refused or answered, but never an internal error."""
        path = generation_of(forged) / MANIFEST
        whole = path.read_bytes()
        manifest = json.loads(whole)
        place = one_of(places(manifest)[1:], number)
        try:
            forge(forged, lambda content: content.update(put(manifest, place, value)))
            answers_or_refusal(forged)
        finally:
            path.write_bytes(whole)

    @pytest.fixture
    def forged(self, worlds: Worlds, tmp_path: Path) -> Path:
        return copy_world(worlds.updated, tmp_path / "world")


MARKUP = st.text(st.sampled_from("a1 \n\n\t#*_-=+>|`~[]()<>!&:.\\\r\f\x00\x1b\ufeff\u2028é中😀"))


class TestParsers:
    @fuzzed
    @given(st.binary() | MARKUP.map(str.encode), st.sampled_from([".txt", ".md"]))
    def test_any_bytes(self, data: bytes, suffix: str) -> None:
        try:
            parsed = formats.parse(data, name="any" + suffix)
        except formats.UnreadableSource:
            return
        end = 0
        for block in parsed.blocks:
            assert end <= block.start < block.end <= len(parsed.text)
            assert not parsed.text[end : block.start].strip()
            end = block.end
        assert not parsed.text[end:].strip()


class TestQuestion:
    @fuzzed
    @given(st.text() | st.text(st.characters()) | MARKUP, st.sampled_from(["hybrid", "bm25"]))
    def test_any_text(self, answerer: Answerer, question: str, mode: str) -> None:
        if not question.strip():
            with pytest.raises(EmptyQuestion):
                answerer.ask(question, mode=mode)
            return
        answer = answerer.ask(question, mode=mode)
        assert answer.question == question
        assert json.loads(json.dumps(answer.to_dict()))["question"] == question

    @pytest.fixture
    def answerer(self, worlds: Worlds) -> Answerer:
        return answerer_of(worlds.updated)


class TestVerify:
    """A saved answer is untrusted, and must not choose which files are opened."""

    @fuzzed
    @given(st.text() | values.map(json.dumps))
    def test_any_text(self, worlds: Worlds, text: str) -> None:
        with pytest.raises(InputError):
            list(verify_saved(text, "saved", sources=Sources(worlds.updated)))

    @pytest.fixture
    def saved(self, worlds: Worlds) -> Any:
        answer = answerer_of(worlds.updated).ask("ferry", k=2).to_dict()
        return json.loads(json.dumps(answer))

    @fuzzed
    @given(numbers, values)
    def test_one_value_replaced(self, worlds: Worlds, saved: Any, number: int, value: Any) -> None:
        text = json.dumps(put(saved, one_of(places(saved), number), value))
        try:
            verdicts = list(verify_saved(text, "saved", sources=Sources(worlds.updated)))
        except InputError:
            return
        for verdict in verdicts:
            assert isinstance(verdict.verified, bool)
            json.dumps(verdict.to_dict())
