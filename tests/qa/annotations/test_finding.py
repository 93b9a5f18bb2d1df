"""Annotations are found by hash, by name, and by their text; and it is said which."""

import hashlib
import json
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import qa
from qa import AnnotationVerdict as Verdict
from qa import Typography
from qa.annotations.names import name_of_content
from tests.qa.annotations.conftest import ARTICLE, NOTES, index_of

QUESTIONS = [
    question
    for line in (ARTICLE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    if (question := json.loads(line))["answerable"]
]
FORMATS = (
    "text of the PDF",
    "Markdown of that text",
    "article.pdf",
    "office/article.pdf",
    "article.docx",
    "article.odt",
    "article.epub",
    "article.html",
    "article.md",
    "article.txt",
)


def annotation(exact: str, **told: Any) -> str:
    """What another program may write."""
    selector = {"type": "TextQuoteSelector", "exact": exact}
    selector |= {name: told.pop(name) for name in ("prefix", "suffix") if name in told}
    selectors = [selector, *told.pop("selectors", ())]
    return json.dumps({"type": "Annotation", "target": {"selector": selectors, **told}})


def find(told: str, index: Path) -> qa.FoundTarget:
    [found] = qa.find_annotations(told, index=index).targets
    json.dumps(found.to_dict())
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "remarks.md").write_text(NOTES, encoding="utf-8")
    return tmp_path


def letters(text: str) -> str:
    """What no conversion changes."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def cited(kept: Path, file: str) -> dict[str, str]:
    """The annotations of the sentences that answer the questions, by question, as ``file`` has
    them."""
    told: dict[str, str] = {}
    with qa.open(kept / ".qa") as session:
        index = session.index
        number = index.paths_and_rows[0].index(file)
        rows = index.document(number).passages
        for row in range(rows.start, rows.end):
            passage = index.passage(row)
            for question in QUESTIONS:
                words = map(re.escape, question["quote"].split())
                match = re.search(r"\s+".join(words), passage.text)
                if match:
                    span = qa.Span(passage.start + match.start(), passage.start + match.end())
                    made = session.annotation(passage.id, part=span)
                    told[question["id"]] = json.dumps(made)
    return told


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("file", ["article.pdf", "article.docx", "article.html"])
class TestRoundTrip:
    """Somebody else has the article in another format and under another name."""

    def test_the_answers_are_found(
        self, file: str, name: str, kept: Path, received: Callable[[str], Path]
    ) -> None:
        told = cited(kept, file)
        assert len(told) == len(QUESTIONS) == 16
        for question in QUESTIONS:
            found = find(told[question["id"]], received(name))
            assert found.place is not None
            same = file == name
            assert found.verdict is (Verdict.RENAMED if same else Verdict.CONVERTED)
            stands = found.quote or ""
            if found.parts:
                # The foot of a page and the mark of a note stand in the middle of these sentences.
                assert "text" in name
                assert question["id"] in {"a06", "a08"}
                start = found.place.span.start
                stands = "".join(
                    stands[each.start - start : each.end - start] for each in found.parts
                )
            assert letters(stands) == letters(question["quote"])
            if name in question["pages"]:
                assert found.place.unit is not None
                assert found.place.unit.page == question["pages"][name][0]


def test_the_same_file(kept: Path) -> None:
    told = cited(kept, "article.pdf")
    for each in told.values():
        found = find(each, kept / ".qa")
        assert found.verdict is Verdict.SAME
        assert found.place is not None
        span = json.loads(each)["target"]["selector"][1]
        assert (found.place.span.start, found.place.span.end) == (span["start"], span["end"])


def test_a_renamed_file_is_found_before_it_is_indexed(folder: Path) -> None:
    index = index_of(folder)
    sha256 = hashlib.sha256(NOTES.encode()).hexdigest()
    state = {"cached": name_of_content(sha256)}
    told = annotation("raised all the same", source="remarks.md", state=state)
    assert find(told, index).verdict is Verdict.SAME
    (folder / "remarks.md").rename(folder / "other.md")
    found = find(told, index)
    assert found.verdict is Verdict.RENAMED
    assert found.place is not None
    assert found.place.path == "other.md"
    assert found.detail == "the file has another name now; stands at other.md:7"


SPRING = "discussed at length in the spring"
SECOND = NOTES.rindex("Nobody")


@pytest.mark.parametrize(
    ("told", "verdict", "detail"),
    [
        (annotation(SPRING), "converted", "another file; stands at remarks.md:3"),
        (annotation(SPRING, source="x/remarks.md"), "named", "a file of that name; stands at"),
        (annotation(SPRING, source="https://x.example/a/remarks.md?b"), "named", "a file of that"),
        (
            annotation(SPRING, source="remarks.md", state={"cached": name_of_content("00" * 32)}),
            "named",
            "the file has changed; stands at remarks.md:3",
        ),
        (annotation("discussed  at length\nin the spring"), "converted", "but for white space"),
        (annotation("raised all the same, by five percent"), "changed", "remarks.md:7: number"),
        (annotation("Elephants live on mangoes in Kerala"), "absent", "no document holds it"),
        (annotation("..."), "not_checked", "it holds no word"),
        ('{"type": "Annotation", "target": "remarks.md"}', "not_checked", "quotes no text"),
        (annotation("Nobody spoke"), "ambiguous", "stands at 2 places that fit alike"),
        (
            annotation("Nobody spoke", prefix="of another text. ", suffix=" up in the end"),
            "ambiguous",
            "stands at 2 places",
        ),
        (
            annotation("at length", prefix="a rope was measured ", suffix=" and was too short"),
            "ambiguous",
            "but the text around it is another",
        ),
    ],
)
def test_verdicts(told: str, verdict: str, detail: str, folder: Path) -> None:
    found = find(told, index_of(folder))
    assert found.verdict == verdict
    assert detail in found.detail
    assert found.stands is (verdict in {"named", "converted"})


@pytest.mark.parametrize(
    ("around", "line"),
    [
        ({"prefix": "in the spring. "}, 3),
        ({"suffix": " The dues were raised"}, 7),
        ({"prefix": "length in the spring. ", "suffix": "\n\n## Lamps"}, 3),
        ({"prefix": "LENGTH in the\u00a0spring \u2014 "}, 3),
        ({"selectors": [{"type": "TextPositionSelector", "start": 3, "end": 30}]}, None),
        ({"selectors": [{"type": "TextPositionSelector", "start": SECOND, "end": SECOND + 26}]}, 7),
    ],
)
def test_what_is_around_decides(around: dict[str, Any], line: int | None, folder: Path) -> None:
    found = find(annotation("Nobody spoke against them.", **around), index_of(folder))
    assert found.place is not None
    if line is None:  # a position that is another one tells nothing
        assert found.verdict is Verdict.AMBIGUOUS
    else:
        assert found.verdict is Verdict.CONVERTED
        assert found.place.lines is not None
        assert found.place.lines.start == line


def test_what_is_around_counts_more_than_the_name(folder: Path) -> None:
    (folder / "other.md").write_text("Cats may enter. Nobody spoke against them. Dogs may not.")
    told = annotation(
        "Nobody spoke against them.",
        source="remarks.md",
        prefix="Cats may enter. ",
        suffix=" Dogs may not.",
    )
    found = find(told, index_of(folder))
    assert found.place is not None
    assert (found.verdict, found.place.path) == (Verdict.CONVERTED, "other.md")


def test_an_exact_place_does_not_hide_the_annotated_one(folder: Path) -> None:
    (folder / "other.md").write_text("Cats may enter. Nobody spoke\nagainst them. Dogs may not.")
    told = annotation(
        "Nobody spoke against them.", prefix="Cats may enter. ", suffix=" Dogs may not."
    )
    found = find(told, index_of(folder))
    assert found.place is not None
    assert found.place.path == "other.md"
    assert found.typography == (Typography.WHITE_SPACE,)


def test_copies_of_a_file_are_one_place(folder: Path) -> None:
    (folder / "copies").mkdir()
    shutil.copy(folder / "remarks.md", folder / "copies")
    assert find(annotation(SPRING), index_of(folder)).verdict is Verdict.CONVERTED


def test_hyphens_ligatures_bullets_and_the_marks_of_pdfium(folder: Path) -> None:
    text = "\u2022 The o\ufb03ce was ex\ufffetended with \u201ccare\u201d"
    text += ", and 3 of its lamps re-\nplaced"
    (folder / "received.txt").write_text(text, encoding="utf-8")
    told = annotation('- The office was extended with "care", and 3 of its lamps replaced')
    assert find(told, index_of(folder)).verdict is Verdict.CONVERTED


@pytest.mark.parametrize("stands", ["columns 3 0 and 7", "columns 30 and -7", "columns 3, 07"])
def test_numbers_are_never_joined_or_split(stands: str, folder: Path) -> None:
    (folder / "table.txt").write_text(f"All of the rows have {stands} in this year.")
    told = annotation("All of the rows have columns 30 and 7 in this year.")
    assert find(told, index_of(folder)).verdict is Verdict.CHANGED


def test_a_file_that_changed_since_it_was_indexed_is_read_again(folder: Path) -> None:
    index = index_of(folder)
    told = annotation(SPRING)
    (folder / "remarks.md").write_text("\n\n" + NOTES, encoding="utf-8")
    moved = find(told, index)
    assert moved.place is not None
    assert moved.place.lines is not None
    assert (moved.verdict, moved.place.lines.start) == (Verdict.CONVERTED, 5)
    (folder / "remarks.md").write_text("Something else.", encoding="utf-8")
    gone = find(told, index)
    assert gone.verdict is Verdict.CHANGED
    assert "no longer does" in gone.detail


@pytest.mark.parametrize("path", ["../secret.txt", "/etc/passwd", "secret.txt", "a\u0000b", "link"])
def test_only_files_of_the_index_are_opened(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "remarks.md").write_text(NOTES, encoding="utf-8")
    secret = tmp_path / "secret.txt"
    secret.write_text("The password of the lighthouse is swordfish.")
    index = index_of(folder)
    (folder / "link").symlink_to(secret)
    state = {"cached": name_of_content(hashlib.sha256(secret.read_bytes()).hexdigest())}
    source = path if path == "../secret.txt" else (tmp_path / path.lstrip("/")).as_posix()
    for iri in (source, f"file://{source}"):
        told = annotation("The password of the lighthouse is swordfish.", source=iri, state=state)
        assert find(told, index).verdict is Verdict.ABSENT


def test_within(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a/other.md").write_text("Cats may enter.")
    index_of(folder)
    with qa.open(folder / ".qa") as session:
        targets = qa.read_annotations(annotation(SPRING))
        [found] = session.find_annotations(targets, within=["a"]).targets
        assert found.verdict is Verdict.ABSENT
        [found] = session.find_annotations(targets, within=["remarks.md"]).targets
        assert found.verdict is Verdict.CONVERTED


def test_a_word_that_stands_everywhere(folder: Path) -> None:
    (folder / "many.txt").write_text("the sea and the shore\n" * 3_000)
    found = find(annotation("the"), index_of(folder))
    assert found.verdict is Verdict.AMBIGUOUS
    assert len(found.others) == 9
    assert found.further > 900


def test_without_an_index_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(qa.IndexMissing, match="make one with `qa index PATH`"):
        qa.find_annotations(annotation(SPRING))


LAMPS = (
    "The lamps of the harbour are trimmed every evening by the keeper on duty, who notes the hour "
    "and the level of the oil, 12 litres at most, in the book that hangs beside the door."
)
TRIMMED = ["The lamps of the harbour are trimmed every", "evening by the keeper on duty, who notes"]
TRIMMED += ["the hour and the level of the oil, 12 lit-", "res at most, in the book that hangs"]
TRIMMED += ["beside the door."]
BEES = [
    "Bees do not fly in the rain, and",
    "the hive is closed by night; it",
    "opens when the sun is",
]
BEES += ["on the boards, and not before", "nine in winter"]
HEAD = "The Saltfleet Almanac, {}"


def in_columns(left: list[str], right: list[str]) -> str:
    """Two columns line by line, as ``pdftotext -layout`` writes them."""
    pairs = zip(left, right, strict=True)
    return "".join(f"   {one:48}{other}\n" for one, other in pairs)


def between_pages(lines: list[str], number: int, foot: str) -> str:
    return "\n".join(lines[:number]) + f"\n\n{foot}\n\f" + "\n".join(lines[number:]) + "\n"


def under_heads(lines: list[str]) -> str:
    """Pages with heads, but without a mark of where they end."""
    pages = [["A line of its own."], lines[:2], lines[2:], ["The last line."]]
    return "\n\n".join(
        f"{HEAD.format(number)}\n\n" + "\n".join(page) + f"\n\n{number}"
        for number, page in enumerate(pages, 1)
    )


def numbered(lines: list[str]) -> str:
    return "\n\n".join(f"{number:2}   {line}" for number, line in enumerate(lines, 1))


@pytest.mark.parametrize(
    "text",
    [
        in_columns(TRIMMED, BEES),
        in_columns(BEES, TRIMMED),
        between_pages(TRIMMED, 2, "See the note on page 3, and not before.\n4"),
        between_pages(TRIMMED, 3, "5"),
        under_heads(TRIMMED),
        numbered(TRIMMED),
    ],
    ids=["left column", "right column", "foot", "hyphen at the foot", "heads", "line numbers"],
)
def test_what_a_page_has_between_the_lines_is_passed_over(text: str, folder: Path) -> None:
    (folder / "almanac.txt").write_text(text, encoding="utf-8")
    found = find(annotation(LAMPS), index_of(folder))
    assert found.verdict is Verdict.CONVERTED
    assert found.detail.endswith("but for what the page has between its lines")
    there = [text[part.start : part.end] for part in found.parts]
    assert letters("".join(there)) == letters(LAMPS)
    assert found.place is not None
    assert (found.place.span.start, found.place.span.end) == (
        found.parts[0].start,
        found.parts[-1].end,
    )


@pytest.mark.parametrize(
    "text",
    [
        "\n".join([*TRIMMED[:2], "and on feast days by the cook, who notes", *TRIMMED[2:]]),
        "\n".join([*TRIMMED[:2], "not", *TRIMMED[2:]]),
        in_columns(TRIMMED, BEES).replace("12 lit-", "13 lit-"),
        in_columns(TRIMMED, BEES).replace("every", "never"),
        "\n".join(TRIMMED).replace("oil, 12", "oil,\n7\n12"),
        "\n".join(TRIMMED).replace("oil, 12 lit-", "oil,   not   12 lit-"),
    ],
    ids=["a line more", "not", "another number", "another word", "a number more", "a cell more"],
)
def test_what_somebody_added_or_changed_is_not(text: str, folder: Path) -> None:
    (folder / "almanac.txt").write_text(text, encoding="utf-8")
    found = find(annotation(LAMPS), index_of(folder))
    assert found.verdict is Verdict.CHANGED
    assert not found.parts


def test_of_several_places_between_columns_none_is_chosen(folder: Path) -> None:
    text = in_columns(TRIMMED, BEES) + "\n\n" + in_columns(BEES, TRIMMED)
    (folder / "almanac.txt").write_text(text, encoding="utf-8")
    found = find(annotation(LAMPS), index_of(folder))
    assert found.verdict is Verdict.AMBIGUOUS
    assert len(found.others) == 1


def test_the_text_around_tells_repetitions_apart(tmp_path: Path) -> None:
    """As much of it is written as no other place in the document has."""
    (tmp_path / "a").mkdir()
    same = "Nobody knows what the lamps are for. Some say that they are for the ships. " * 2
    text = "\n\n".join(f"# Part {name}\n\n{same}" for name in ("one", "two", "three"))
    (tmp_path / "a" / "first.md").write_text(text, encoding="utf-8")
    with qa.open(index_of(tmp_path / "a")) as session:
        index = session.index
        start = text.index("Some say", text.index("Part two"))
        [passage] = [
            index.passage(row)
            for row in range(index.counts.passages)
            if index.passage(row).start <= start < index.passage(row).end
        ]
        part = qa.Span(start, text.index(" Nobody", start))
        told = json.dumps(session.annotation(passage.id, part=part))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "second.txt").write_text(text.replace("# ", ""), encoding="utf-8")
    found = find(told, index_of(tmp_path / "b"))
    assert found.verdict is Verdict.CONVERTED
    assert found.place is not None
    assert found.place.span.start == start - 2 * len("# ")


def test_the_page_tells_repetitions_apart(folder: Path) -> None:
    """A form feed ends a page in the text of a PDF."""
    text = "\f".join([f"{LAMPS}\n"] * 3)
    (folder / "almanac.txt").write_text(text, encoding="utf-8")
    page = {"type": "FragmentSelector", "value": "page=2"}
    found = find(annotation(LAMPS, selectors=[page]), index_of(folder))
    assert found.verdict is Verdict.CONVERTED
    assert found.place is not None
    assert found.place.span.start == text.index("\f") + 1


def test_a_short_text_is_found_if_the_words_around_it_are_near(folder: Path) -> None:
    (folder / "almanac.txt").write_text(in_columns(TRIMMED, BEES), encoding="utf-8")
    index = index_of(folder)
    near = {"prefix": " the hour and the level of the oil, ", "suffix": " in the book that hang"}
    assert find(annotation("res at most", **near), index).verdict is Verdict.CONVERTED
    far = {"prefix": " a hundred barrels were counted, ", "suffix": " said the steward's clerk"}
    assert find(annotation("res at most", **far), index).verdict is Verdict.AMBIGUOUS
