"""Gates as JUnit XML, which every CI system shows."""

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from qa_eval.gate import GateResult
from qa_eval.report.text import visible


def junit_xml(results: Sequence[GateResult], *, suite: str = "qa eval") -> str:
    """One test case per gate; a gate that is not met is a failure with its message."""
    failures = sum(not result.passed for result in results)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites tests="{len(results)}" failures="{failures}">',
        f'  <testsuite name={_quoted(suite)} tests="{len(results)}" failures="{failures}">',
    ]
    for result in results:
        case = f"    <testcase classname={_quoted(result.mode)} name={_quoted(result.name)}"
        if result.passed:
            lines.append(f"{case}/>")
        else:
            lines += [
                f"{case}>",
                f"      <failure message={_quoted(result.message)}/>",
                "    </testcase>",
            ]
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _quoted(text: str) -> str:
    return quoteattr(visible(text))
