"""A checked draft as one HTML page: no script, no connection, everything from documents escaped."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from importlib.resources import files

from qa import inputs
from qa.checking.quotes.records import DifferenceKind, WordChange
from qa.drafts.records import ClaimCheck, DraftCheck, Quotation, QuotationVerdict
from qa.session.library import Pathlike
from qa_eval.files import write_atomically
from qa_eval.report.markup import Markup, element, join
from qa_index.errors import InputError

_CLOSING = frozenset(".,;:!?)]}%\u2026\u201d\u00bb")
"""Marks before which no space stands."""

_TOLD = {QuotationVerdict.TYPOGRAPHY: "exact but for typography"}


def write_check(check: DraftCheck, file: Pathlike) -> None:
    """Writes a checked draft as one page, which needs nothing else.

    The file is replaced in one step. Raises ``InputError`` unless its name ends in ``.html``, or if
    it cannot be written.
    """
    path = inputs.path(file, "file")
    if path.suffix.lower() not in {".html", ".htm"}:
        raise InputError(f"{file}: the report is one page; name a .html file")
    try:
        write_atomically(path, to_html(check))
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror or error}") from error


def whole_page(title: str, *body: str, style: str = "", images: str = "'none'") -> str:
    """A page with the style of reports and nothing but ``body``, to be written as UTF-8.

    ``style`` is added to it; ``images`` is what its policy says of pictures.
    """
    css = (files("qa.drafts") / "page.css").read_text(encoding="utf-8") + style
    allowed = b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; img-src {images}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(css)),
    )
    return f"<!doctype html>\n{element('html', head, element('body', *body), lang='en')}\n"


def to_html(check: DraftCheck) -> str:
    """The page, to be written as UTF-8."""
    fine = [each for each in check.quotations if not each.verdict.is_problem]
    supported = [each for each in check.claims or () if each.supported]
    return whole_page(
        f"Check of {check.path}",
        element("h1", f"Check of {check.path}"),
        _summary(check),
        _section("Problems", (_quotation(each, check) for each in check.problems)),
        _section("No support found", (_claim(each, check) for each in check.unsupported)),
        _section("Best support", (_claim(each, check) for each in supported)),
        _section("Quotations that stand", (_quotation(each, check) for each in fine)),
    )


def _section(title: str, articles: Iterable[Markup]) -> Markup:
    written = list(articles)
    return join(element("h2", f"{title} ({len(written):,})"), *written) if written else join()


def _summary(check: DraftCheck) -> Markup:
    counts = check.counts().items()
    told = ", ".join(f"{count:,} {_TOLD.get(kind, str(kind))}" for kind, count in counts if count)
    lines = [f"{len(check.quotations):,} quotations{f': {told}' if told else ''}."]
    if check.claims is not None:
        supported = len(check.claims) - len(check.unsupported)
        lines.append(
            f"{len(check.claims):,} sentences: {supported:,} with support of "
            f"{check.threshold:.0%} or more, {len(check.unsupported):,} without."
        )
    left_out = {
        "quotations of one or two words": check.scare_quotes,
        "marks that do not close": check.unclosed,
        "beyond the limits": check.not_checked,
    }
    named = "; ".join(f"{count:,} {what}" for what, count in left_out.items() if count)
    if named:
        lines.append(f"Left out: {named}.")
    lines.append(f"SHA-256 of the draft: {check.sha256}.")
    lines += check.warnings
    *first, last = (element("p", line) for line in lines)
    return join(*first, last)


def _quotation(each: Quotation, check: DraftCheck) -> Markup:
    verdict = element(
        "span", _TOLD.get(each.verdict, str(each.verdict)), class_=f"verdict {each.verdict}"
    )
    drifted = each.verdict is QuotationVerdict.DRIFTED and each.check.changes
    quote = _changes(each.check.changes) if drifted else each.text
    named = "; ".join(map(str, each.attributions))
    return element(
        "article",
        element("p", verdict, " ", each.place.location(check.path)),
        element("blockquote", quote),
        element("p", each.detail),
        element("p", f"The draft names {named}.", class_="soft") if named else "",
    )


def _changes(changes: Sequence[WordChange]) -> Markup:
    parts: list[str] = []
    for change in changes:
        if change.kind is DifferenceKind.SAME:
            runs = [(change.written, change.written)]
        else:
            runs = [
                (run, element(name, run))
                for name, run in (("del", change.written), ("ins", change.stands))
                if run
            ]
        for run, shown in runs:
            # Changes tell words, not the white space between them.
            between = "" if not parts or run[0] in _CLOSING else " "
            parts += [between, shown]
    return join(*parts)


def _claim(claim: ClaimCheck, check: DraftCheck) -> Markup:
    parts = [
        element("p", claim.text),
        element("p", claim.place.location(check.path), class_="soft"),
    ]
    if claim.supported and claim.quote is not None and claim.citation is not None:
        sure = element("span", f"{claim.probability:.0%}", class_="verdict supported")
        parts += [
            element("blockquote", claim.quote),
            element("p", sure, " ", claim.citation.location),
        ]
    elif claim.lacking and claim.citation is not None:
        lacking = ", ".join(claim.lacking)
        nearest = f"{lacking} is not in the nearest passage, {claim.citation.location}."
        parts.append(element("p", nearest, class_="soft"))
    return element("article", *parts)
