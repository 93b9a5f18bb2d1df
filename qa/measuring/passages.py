"""Passages to write questions about, read from files or from an index; no model is needed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.places import Lines, UnitRange, location_of, units_at
from qa_eval import Candidate, Span
from qa_index import parsing
from qa_index.collection.index import Index
from qa_index.collection.records import StoredDocument, StoredPassage
from qa_index.errors import NothingToIndex
from qa_index.records import BlockKind, Parsed, Passage
from qa_index.sources import files
from qa_index.sources.plan import compare, roots_of
from qa_index.splitting import passages as splitting


def candidates_of_files(paths: Sequence[Path], folder: Path) -> list[Candidate]:
    """The passages of ``paths``, under the names that an index in ``folder`` gives the files.

    They are split by word counts, so their boundaries can differ from those of the index. Labels
    are places in sources and are valid for both. Raises ``InputError`` for a path that does not
    exist and ``NothingToIndex`` where no text is found.
    """
    recognition = parsing.Recognition()
    plan = compare(roots_of(paths, folder, None), folder, None, recognition, named=paths)
    found: list[Candidate] = []
    for file in plan.files:
        data = files.read_bytes(file.file)
        parsed = parsing.parse(data, name=file.path, recognition=recognition)
        found += (
            Candidate(
                file.path,
                passage.start,
                parsed.text[passage.start : passage.end],
                tuple(Span(*span) for span in passage.sentences),
                _location(file.path, parsed, passage),
            )
            for passage in splitting.split(parsed)
            if passage.kind is not BlockKind.DEBRIS
        )
    if not found:
        raise NothingToIndex(f"no text in {', '.join(map(str, paths))}; name files or folders")
    return found


def candidates_of_index(index: Index) -> Iterator[Candidate]:
    """The passages of an index, except menus and link lists."""
    for row in range(index.passage_count):
        passage = index.passage(row)
        if passage.kind is not BlockKind.DEBRIS:
            yield Candidate(
                passage.document.path,
                passage.start,
                passage.text,
                tuple(Span(*span) for span in passage.sentences),
                _location(passage.document.path, passage.document, passage),
            )


def _location(
    path: str, document: Parsed | StoredDocument, passage: Passage | StoredPassage
) -> str:
    lines = Lines(passage.first_line, passage.last_line) if document.encoding else None
    units = units_at(document.units, passage.start, passage.end)
    return location_of(path, lines, UnitRange.of(units))
