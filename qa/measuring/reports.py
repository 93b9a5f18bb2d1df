"""Reports of runs and gates, written to files."""

from collections.abc import Sequence

import qa_eval
from qa import inputs
from qa.session.library import Pathlike
from qa_eval.files import write_atomically
from qa_index.errors import InputError

REPORT_SUFFIXES = (".html", ".md")
"""The kinds of report: a page that needs nothing else, and Markdown."""


def write_report(file: Pathlike, shown: qa_eval.Overview | Sequence[qa_eval.Change]) -> None:
    """Writes an overview as a page (``.html``) or as Markdown (``.md``), by the file's suffix.

    The differences between two runs are written as Markdown. The file is replaced in one step.
    Raises ``InputError`` for another suffix, or if it cannot be written.
    """
    suffix = inputs.path(file, "file").suffix.lower()
    if not isinstance(shown, qa_eval.Overview):
        if suffix != ".md":
            raise InputError(
                f"{file}: differences of two runs are written as Markdown; name a .md file"
            )
        _write(file, qa_eval.changes_to_markdown(shown))
    elif suffix == ".html":
        _write(file, qa_eval.to_html(shown))
    elif suffix == ".md":
        _write(file, qa_eval.to_markdown(shown))
    else:
        raise InputError(f"{file}: a report is a file in {' or '.join(REPORT_SUFFIXES)}")


def write_junit(file: Pathlike, results: Sequence[qa_eval.GateResult]) -> None:
    """Writes the results of gates as JUnit XML, for CI. Raises ``InputError`` if it cannot."""
    _write(file, qa_eval.junit_xml(results))


def _write(file: Pathlike, text: str) -> None:
    try:
        write_atomically(inputs.path(file, "file"), text)
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error
