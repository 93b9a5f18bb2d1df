"""The page of a pack: no script, no connection, everything from documents escaped.

It is a function of the manifest and the parts, so that whoever checks a pack can make it again and
see that it shows what the parts hold.
"""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from qa.answers import Status
from qa.checking.saved import claims_of
from qa.checking.verification import Verdict
from qa.drafts.page import whole_page
from qa.packing.containers import MANIFEST_SLOT, PARTS_SLOT, canonical, json_object
from qa.packing.quotes import counted, quote_of, soft, text_of
from qa.packing.records import Pack, PackedAnswer
from qa.packing.saved import answer_in, is_absence
from qa_eval.report.markup import Markup, element, join
from qa_index.errors import InputError

PAGE_VERSION = 2
"""Raise it when the same parts give another page: packs of before are then not compared."""

MALFORMED = (
    KeyError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, InputError,
)  # fmt: skip
"""What ``page_of`` raises for answers that have not the shape of one."""

_IMAGES = "data:"

_LISTED = 200
"""Most skipped files and gaps of a certificate that the page lists; the JSON has all."""


def page_of(pack: Pack, parts: Mapping[str, bytes]) -> bytes:
    """The page of a pack, without its manifest.

    Raises one of ``MALFORMED`` if an answer among the parts has not the shape of one.
    """
    texts = {
        name: data.decode("utf-8", "surrogatepass")
        for name, data in parts.items()
        if not name.startswith(("pictures/", "sources/"))
    }
    # The manifest comes first, so that a page that is cut off is still known as a pack.
    slots = ((MANIFEST_SLOT, b""), (PARTS_SLOT, canonical(texts)))
    body = [Markup(f"{slot.decode()}{held.decode()}</script>") for slot, held in slots]
    read = [json_object(parts[each.part], f"part {each.part}") for each in pack.answers]
    body.append(element("main", *_body(pack, read, parts)))
    style = (files("qa.packing") / "page.css").read_text(encoding="utf-8")
    page = whole_page(_title(read), *body, style=style, images=_IMAGES)
    return page.encode("utf-8", "replace")


def _body(pack: Pack, read: list[dict[str, Any]], parts: Mapping[str, bytes]) -> Iterator[Markup]:
    yield element("h1", "Evidence pack")
    yield _summary(pack)
    if len(read) > 1:
        lines = [
            element("li", element("a", text_of(answer_in(each)["question"]), href=f"#q{number}"))
            for number, each in enumerate(read, 1)
        ]
        yield element("nav", element("ol", *lines), aria_label="Questions")
    for number, (packed, data) in enumerate(zip(pack.answers, read, strict=True), 1):
        yield _answer(number, packed, data, pack, parts)
    yield _sources(pack)
    yield _how_to_check()


def _title(read: list[dict[str, Any]]) -> str:
    if len(read) != 1:
        return "Evidence pack"
    return f"Evidence: {text_of(answer_in(read[0])['question'])}"


def _summary(pack: Pack) -> Markup:
    count = f"{counted(len(pack.answers), 'question')}, {counted(len(pack.quotes), 'quote')}"
    sources = counted(len(pack.sources), "source")
    told = [
        element(
            "p",
            f"{count} from {sources}. Nothing here is generated: every quote is a slice of its "
            "source, word for word; the text before and after it shows it in its context.",
        )
    ]
    lost, moved, changed = _exceptions(pack)
    if lost:
        said = (
            f"{counted(lost, 'quote')} did not stand in the source when this was packed; each is "
            "marked below."
        )
        told.append(element("p", said, class_="verdict bad"))
    elif moved or changed:
        told.append(
            element(
                "p",
                f"All quotes stood in their sources when this was packed. {moved:,} had moved, and "
                f"of {changed:,} the source had changed elsewhere since it was indexed.",
                class_="verdict doubt",
            )
        )
    elif pack.quotes:
        told.append(
            element(
                "p",
                "When this was packed, all quotes stood where they are cited, and the sources were "
                "as they had been indexed.",
                class_="verdict good",
            )
        )
    if any(each.holds is False for each in pack.answers):
        told.append(
            element("p", "A certificate of absence did not hold any more.", class_="verdict bad")
        )
    told.append(element("p", f"Packed with grounded-qa {pack.tool}.", class_="soft"))
    return join(*told)


def _exceptions(pack: Pack) -> tuple[int, int, int]:
    lost = len(pack.not_standing)
    moved = sum(each.verdict is Verdict.MOVED for each in pack.quotes)
    changed = sum(bool(each.source_changed) for each in pack.quotes)
    return lost, moved, changed


def _answer(
    number: int, packed: PackedAnswer, data: dict[str, Any], pack: Pack, parts: Mapping[str, bytes]
) -> Markup:
    answer = answer_in(data)
    answered = answer["status"] == Status.ANSWERED
    probability = float(answer["probability"])
    status = "Answered" if answered else "No answer"
    told = [
        element("h2", text_of(answer["question"]), id=f"q{number}", dir="auto"),
        element(
            "p",
            element("span", status, class_=f"verdict {'good' if answered else 'doubt'}"),
            f". Probability that the first quote answers: {probability:.0%}",
            _needed(answer, answered=answered),
            ".",
        ),
    ]
    for each in answer.get("corrections") or ():
        written, read = text_of(each["written"]), text_of(each["read"])
        told.append(soft(f'"{written}" is in no document; it was read as "{read}".'))
    told += [soft(f"Warning: {text_of(each)}") for each in answer.get("warnings") or ()]
    if is_absence(data):
        told.append(_certificate(packed, data))
    if not answered and answer["citations"]:
        told.append(element("h3", "Nearest passages, which do not answer"))
    claims = claims_of(answer, packed.part)
    quotes = [each for each in pack.quotes if each.answer == number]
    if [each.citation for each in quotes] != list(range(1, len(claims) + 1)):
        raise ValueError("the quotes of an answer are not all in the pack")
    for quote, claim, citation in zip(quotes, claims, answer["citations"], strict=True):
        told.append(quote_of(quote, claim, citation, parts))
    index = answer["index"]
    told.append(
        soft(f"Asked of generation {index['generation']} of the index, model {index['model']}.")
    )
    return element("section", *told, aria_labelledby=f"q{number}")


def _needed(answer: dict[str, Any], *, answered: bool) -> str:
    threshold = (answer.get("explanation") or {}).get("threshold")
    return "" if answered or threshold is None else f"; an answer needs {float(threshold):.0%}"


def _certificate(packed: PackedAnswer, data: dict[str, Any]) -> Markup:
    skipped = [f"{text_of(each['path'])}: {text_of(each['reason'])}" for each in data["skipped"]]
    gaps = [
        " ".join(f"{text_of(each['path'])}, {each['place']}: {each['reason']}".split())
        for each in data["gaps"]
    ]
    held = {
        True: ("good", "When this was packed, the files were the same, and there was no other."),
        False: ("bad", "When this was packed, files had changed or were new."),
        None: ("doubt", "It was not compared with the files."),
    }[packed.holds]
    return element(
        "div",
        element("h3", "Certificate of absence"),
        element("p", held[1], class_=f"verdict {held[0]}"),
        element(
            "p",
            f"Made {text_of(data['made'])}. {counted(len(data['sources']), 'file')} searched, "
            f"{len(skipped):,} skipped; {counted(len(gaps), 'gap')} in what was read in part or "
            "not surely.",
        ),
        _listed("Skipped", skipped),
        _listed("Gaps", gaps),
        class_="certificate",
    )


def _listed(title: str, lines: list[str]) -> Markup:
    if not lines:
        return join()
    shown = [element("li", each) for each in lines[:_LISTED]]
    if more := len(lines) - len(shown):
        shown.append(element("li", f"and {more:,} more; the JSON of the certificate has all"))
    return join(element("h4", title), element("ul", *shown))


def _sources(pack: Pack) -> Markup:
    lines = [
        element(
            "li",
            element("strong", each.path),
            element("br"),
            f"SHA-256 {each.sha256}",
            join(element("br"), f"in this archive as {each.part}") if each.part else "",
        )
        for each in pack.sources
    ]
    if not lines:
        return join()
    return element(
        "section",
        element("h2", "Sources", id="sources"),
        element("ul", *lines, class_="hashes"),
        aria_labelledby="sources",
    )


def _how_to_check() -> Markup:
    code = "ssh-keygen -Y verify -f ALLOWED_SIGNERS -I WHO -n qa.pack -s FILE.sig < FILE"
    return element(
        "section",
        element("h2", "How to check this", id="check"),
        element(
            "p",
            element("code", "qa verify FILE"),
            " tells whether every byte of this pack is as it was written, whether this page shows "
            "what the parts of the pack hold, and whether the quotes stand in the sources, where "
            "these are at hand.",
        ),
        element(
            "p",
            "Who made the pack is told by a signature alone, a file beside it with .sig added to "
            "its name: ",
            element("code", code),
            ". Without one, whoever has the pack could have made another.",
        ),
        aria_labelledby="check",
    )
