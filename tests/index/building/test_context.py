"""The context of passages: a table's header for its rows, and the name of the file."""

from pathlib import Path

from qa_index.building.build import build
from qa_index.building.prepare import analyzed, encoder_input
from qa_index.collection.local.stored import StoredIndex
from qa_index.formats import parse
from qa_index.records import Document, table_headers
from qa_index.splitting.passages import WordRange, split
from tests.support.hashing_encoder import HashingEncoder


def test_rows_get_the_header_of_their_table_as_context() -> None:
    rows = [f"Firm {number},{number * 7}" for number in range(60)]
    parsed = parse("\n".join(["Company,Revenue 2019", *rows]).encode(), name="annual_figures.csv")
    document = Document("annual_figures.csv", parsed, "", 0, 0, "en")
    passages = split(parsed, words=WordRange(40, 50))
    assert len(passages) > 2
    headers = table_headers(parsed)
    contexts = [encoder_input(document, passage, headers).context for passage in passages]
    assert contexts[0] == "annual figures"  # it begins with the header
    assert set(contexts[1:]) == {"annual figures - Company,Revenue 2019"}


def test_a_long_row_is_cut_between_its_cells() -> None:
    cells = [f"a cell of {number} words" for number in range(200)]
    parsed = parse("\t".join(cells).encode() + b"\nx\ty", name="a.tsv")
    for passage in split(parsed):
        for start, end in passage.sentences:
            assert {*parsed.text[start:end].split("\t")} <= {*cells, "x", "y", ""}


def test_a_document_is_found_by_the_name_of_its_file(tmp_path: Path) -> None:
    licence = "# Mozilla Public License\n\nYou may distribute it.\n"
    (tmp_path / "MPL-2.0.md").write_text(licence, encoding="utf-8")
    (tmp_path / "other.md").write_text(licence.replace("Mozilla", "Other"), encoding="utf-8")
    build([tmp_path], tmp_path / ".qa", encoder=HashingEncoder())
    index = StoredIndex(tmp_path / ".qa")
    terms = index.analyzer.analyze_question("Who may distribute the MPL?").terms
    assert index.statistics(terms, None).frequencies["mpl"] == 1
    assert index.candidates(["mpl"], None, depth=5).rows.tolist() == [0]
    assert "mpl" in index.vocabulary


def test_what_a_name_repeats_of_the_title_counts_once() -> None:
    parsed = parse(b"# Notice periods\n\nThe period is a month.\n", name="notice.md")
    document = Document("notice.md", parsed, "", 0, 0, "en")
    [passage] = analyzed(document, split(parsed), "notice of 2024")
    assert passage.context == ["2024", "notic", "period"]
