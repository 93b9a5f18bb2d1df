"""Numbers on the command line: errors are one line in the project's own words."""

import pytest

from qa.cli import main
from qa.cli.options import INDEX_VARIABLE


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "q", "-k", "abc"], "'-k': 'abc' is not a whole number from 1 to 100"),
        (["ask", "q", "-k", "2.5"], "'-k': '2.5' is not a whole number from 1 to 100"),
        (["ask", "q", "-k", "0"], "'-k': '0' is not a whole number from 1 to 100"),
        (["ask", "q", "-k", "9" * 5000], "is not a whole number from 1 to 100"),
        (["ask", "q", "-k", ""], "'-k': '' is not a whole number from 1 to 100"),
        (["ask", "q", "--context", "-1"], "'--context': '-1' is not a whole number from 0 to 50"),
        (["eval", "q", "--limit", "x"], "'--limit': 'x' is not a whole number, 1 or more"),
        (["eval", "q", "--seed", "-1"], "'--seed': '-1' is not a whole number, 0 or more"),
        (["eval", "q", "--threads", "65"], "'--threads': '65' is not a whole number from 1 to 64"),
        (["label", "--seed", "1e3"], "'--seed': '1e3' is not a whole number, 0 or more"),
        (["show", "x:1", "--context", "few"], "'few' is not a whole number from 0 to 1000"),
        (["calibrate", "q", "--max-false-answers", "abc"], "'abc' is not a number"),
        (["calibrate", "q", "--max-false-answers", "nan"], "'nan' is not a number"),
    ],
)
def test_what_is_no_number(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"qa: Invalid value for '{arguments[-2]}': ")
    assert told in printed.err
    assert printed.err.endswith(f"; see `qa {arguments[0]} --help`\n")
    assert printed.err.count("\n") == 1
    assert len(printed.err) < 200


@pytest.mark.parametrize("number", ["7", "07", " 7", "+7"])
def test_what_is_one(
    number: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The only remaining error is that there is no index."""
    monkeypatch.setenv(INDEX_VARIABLE, f"{tmp_path}/.qa")
    assert main(["ask", "q", "-k", number]) == 3
    assert main(["calibrate", "q", "--max-false-answers", f"{number}e-2"]) == 3
    assert "Invalid" not in capsys.readouterr().err
