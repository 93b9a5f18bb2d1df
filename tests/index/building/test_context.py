"""The context of rows: a table's header goes with every passage below it."""

from qa_index.building.prepare import encoder_input
from qa_index.formats import parse
from qa_index.records import Document, table_headers
from qa_index.splitting.passages import WordRange, split


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
