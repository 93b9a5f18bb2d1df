"""What the tests of all adapters ask, and what they expect."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.adapters.passages import OpenIndex
from tests.support.command import ROOT

QUESTION = "How much oil is Pemex supposed to produce?"
NAME = "1.8 million barrels"
UNRELATED = "How long does bread have to be in the oven?"

Shown = list[tuple[str, dict[str, Any], float | None]]
"""Text, metadata and score of each passage, in the framework's order."""


def citations(folder: Path, question: str, **options: Any) -> tuple[qa.Answer, Shown]:
    """What the library itself answers, as the adapters show it."""
    with qa.open(folder / ".qa") as session:
        answer = session.ask(question, **options)
    return answer, [(each.quote, each.to_dict(), each.scores.fused) for each in answer.citations]


def check(shown: Shown, folder: Path, question: str, **options: Any) -> None:
    """That these are the quotes, citations and scores of the library's answer."""
    answer, expected = citations(folder, question, **options)
    assert expected
    assert [text for text, _, _ in shown] == [text for text, _, _ in expected]
    for (text, metadata, score), (_, citation, fused), cited in zip(
        shown, expected, answer.citations, strict=True
    ):
        added = {name: value for name, value in metadata.items() if name not in citation}
        assert {name: metadata[name] for name in citation} == citation
        assert set(added) == {"location", "answer"}
        assert added["location"] == cited.location
        about = added["answer"]
        assert (about["status"], about["probability"]) == (answer.status, answer.probability)
        assert "citations" not in about
        assert score in (None, fused)
        source, span = citation["source"]["path"], citation["span"]
        assert (ROOT / source).read_bytes().decode()[span["start"] : span["end"]] == text
    json.dumps([metadata for _, metadata, _ in shown])
    scores = [score for _, _, score in shown if score is not None]
    assert scores == sorted(scores, reverse=True)


def check_verified(metadata: list[dict[str, Any]], folder: Path) -> None:
    """That the metadata are all that is needed to check the quotes."""
    saved = json.dumps({"schema": "qa.answer/1", "citations": metadata})
    assert qa.verify(saved, index=folder / ".qa").verified
    metadata[0]["quote"] = metadata[0]["quote"].replace("Russia", "Prussia")
    saved = json.dumps({"schema": "qa.answer/1", "citations": metadata})
    assert not qa.verify(saved, index=folder / ".qa").verified


def check_loop_goes_on(ask: Callable[[], Awaitable[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """That the event loop runs while a question is asked: only something in it lets it end."""
    may_end = threading.Event()
    waited: list[bool] = []
    original = OpenIndex.ask

    def slow(self: OpenIndex, question: str, options: dict[str, Any]) -> qa.Answer | qa.PassageList:
        waited.append(may_end.wait(60))
        return original(self, question, options)

    monkeypatch.setattr(OpenIndex, "ask", slow)

    async def both() -> None:
        asked = asyncio.ensure_future(ask())
        await asyncio.sleep(0)
        may_end.set()
        await asked

    asyncio.run(both())
    assert waited == [True]
