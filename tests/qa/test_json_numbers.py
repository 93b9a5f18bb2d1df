"""NaN and Infinity, which Python writes and JSON has not, are refused by all that writes JSON."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from qa.cli.terminal.output import write_json
from qa.sealed import sealed


def by_the_service(value: Any) -> object:
    pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")
    from qa.http.service import encoded

    return encoded(value)


def by_the_tools(value: Any) -> object:
    pytest.importorskip("mcp", reason="qa mcp needs the extra: pip install '.[mcp]'")
    from qa.mcp.server import _result
    from qa.mcp.tools import Reply

    return _result(Reply("", value))


def as_a_kept_file(value: Any) -> object:
    return sealed("qa.test/1", value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("write", [write_json, by_the_service, by_the_tools, as_a_kept_file])
def test_they_are_refused(
    write: Callable[[Any], object], number: float, capsys: pytest.CaptureFixture[str]
) -> None:
    write({"score": 0.5})
    capsys.readouterr()
    with pytest.raises(ValueError, match="Out of range float"):
        write({"scores": [number]})
    assert capsys.readouterr().out == ""
