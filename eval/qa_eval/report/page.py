"""A run as one self-contained HTML page with style, script and plots.

Documents and questions are untrusted text. All of it is escaped by ``element``. The content
security policy allows only the page's own script, by its hash, and no connections.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files

from qa_eval.overviews import Overview
from qa_eval.report.chart import series
from qa_eval.report.markup import Markup, element, join
from qa_eval.report.numbers import milliseconds
from qa_eval.report.plots import (
    calibration_plot,
    intervals_plot,
    latency_plot,
    risk_coverage_plot,
)
from qa_eval.report.questions import questions_list
from qa_eval.report.tables import Table, about, tables

_KINDS = (
    ("all", "all questions"),
    ("wrong", "wrong in a mode"),
    ("disagree", "modes disagree"),
    ("answerable", "answerable"),
    ("unanswerable", "unanswerable"),
)


def to_html(view: Overview) -> str:
    """The page, to be written as UTF-8."""
    style, script = _resource("page.css"), _resource("page.js")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{_hash(script)}'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"Evaluation of {view.run.set_name}"),
        element("style", style),
    )
    first, *rest = tables(view)
    body = element(
        "body",
        _header(view),
        element(
            "main",
            _section(
                "Measures",
                _legend(view),
                element("div", intervals_plot(view), class_="scroll"),
                _note(
                    "Dots are the measures, lines their 95% bootstrap intervals over questions. "
                    "Lower is better where an arrow points down."
                ),
                _table(first),
            ),
            _plots(view),
            *(_section(table.title, _table(table)) for table in rest),
            _questions(view),
            _section("How it was made", _provenance(view)),
        ),
        element("script", script),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _header(view: Overview) -> Markup:
    run = view.run
    return element(
        "header",
        element("h1", "Evaluation"),
        element("p", about(view), class_="about"),
        element("p", f"{run.timings.started} · set {run.set_sha256[:12]}", class_="meta"),
    )


def _plots(view: Overview) -> Markup:
    several = len(view.run.modes) > 1
    latencies = [
        element(
            "figure",
            latency_plot(view, mode, number),
            element("figcaption", _latency(view, mode)),
        )
        for number, mode in enumerate(view.run.modes)
    ]
    return join(
        element(
            "div",
            _section(
                "Risk and coverage",
                _legend(view) if several else Markup(),
                risk_coverage_plot(view),
                _note("Answering the most probable questions first: how many errors come along."),
                class_="half",
            ),
            _section(
                "Calibration",
                _legend(view) if several else Markup(),
                calibration_plot(view),
                _note("Of the questions given 0.8, eight in ten should be right."),
                class_="half",
            ),
            class_="row",
        ),
        _section("Latency", element("div", *latencies, class_="figures")),
    )


def _latency(view: Overview, mode: str) -> str:
    timing = view.run.timings.modes[mode]
    threads = view.run.timings.threads
    at_a_time = f", {threads} questions at a time" if threads > 1 else ""
    return (
        f"{mode}: p50 {milliseconds(timing.percentile(50))}, "
        f"p95 {milliseconds(timing.percentile(95))}{at_a_time}"
    )


def _questions(view: Overview) -> Markup:
    controls = element(
        "div",
        element(
            "label",
            "Filter ",
            element("input", id="filter", type="search", placeholder="words, tag or id"),
        ),
        element(
            "label",
            "Show ",
            element(
                "select",
                *(element("option", text, value=value) for value, text in _KINDS),
                id="kind",
            ),
        ),
        element("output", f"{len(view.run.questions)} questions", id="shown", aria_live="polite"),
        class_="controls",
        hidden="hidden",
    )
    note = _note(
        join(
            "Open a question to see what was cited. ",
            element("mark", "Highlighted"),
            " is the evidence that the tool marked, ",
            element("u", "underlined"),
            " is gold.",
        )
    )
    questions = element("div", questions_list(view.run), id="questions")
    return _section("Questions", note, controls, _legend(view), questions)


def _legend(view: Overview) -> Markup:
    keys = [
        element("li", element("span", class_=f"key {series(number)}"), mode)
        for number, mode in enumerate(view.run.modes)
    ]
    return element("ul", *keys, class_="legend", aria_label="Modes")


def _provenance(view: Overview) -> Markup:
    run = view.run
    facts = {"set": run.set_name, "set_sha256": run.set_sha256, **run.provenance}
    rows = [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in facts.items()
    ]
    return element(
        "dl",
        *(join(element("dt", name), element("dd", element("code", value))) for name, value in rows),
    )


def _table(table: Table) -> Markup:
    head = element("tr", *(element("th", name, scope="col") for name in table.head))
    return element(
        "div",
        element(
            "table",
            element("caption", table.title),
            element("thead", head),
            element("tbody", *(_row(row) for row in table.rows)),
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=table.title,
    )


def _row(cells: Sequence[str]) -> Markup:
    first, *others = cells
    return element("tr", element("th", first, scope="row"), *(element("td", c) for c in others))


def _section(title: str, *children: str, class_: str | None = None) -> Markup:
    return element("section", element("h2", title), *children, class_=class_)


def _note(text: str) -> Markup:
    return element("p", text, class_="note")


def _resource(name: str) -> Markup:
    return Markup((files("qa_eval.report") / name).read_text("utf-8"))


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
