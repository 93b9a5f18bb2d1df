"""The examples of docs/adapters.md, as they stand there."""

import importlib
import re
from pathlib import Path

import pytest

from tests.support.adapters import NAME
from tests.support.command import ROOT

PAGE = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
EXAMPLES = {
    heading: example
    for heading, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)
    for example in re.findall(r"```python\n(.*?)```", text, re.S)
}
NEEDS = {
    "What they share": "langchain_core",
    "LangChain": "langchain_core",
    "LlamaIndex": "llama_index.core",
    "Haystack": "haystack",
}
REFUSALS = {
    "LangChain": "The documents do not say.",
    "LlamaIndex": "Empty Response",
    "Haystack": "The documents do not say.",
}


def test_each_framework_has_its_example() -> None:
    assert EXAMPLES.keys() == NEEDS.keys()


@pytest.mark.parametrize("heading", NEEDS)
def test_examples_run(heading: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip(NEEDS[heading], reason="an extra that is not installed")
    exec(compile(EXAMPLES[heading], f"adapters.md, {heading}", "exec"), {})
    printed = capsys.readouterr().out.rstrip()
    if heading in REFUSALS:
        assert NAME in printed
        assert printed.endswith(REFUSALS[heading])


def test_the_classes_of_the_table_exist() -> None:
    for module, name in re.findall(r"`(qa\.adapters\.\w+)\.(\w+)`", PAGE):
        pytest.importorskip(module, exc_type=ImportError, reason="an extra that is not installed")
        assert hasattr(importlib.import_module(module), name)
