"""Copies an index to another place, without reading a source or encoding anything."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.building.write import MOST_AT_ONCE
from qa_index.collection.index import Engine, Index
from qa_index.collection.keys import citation_id
from qa_index.collection.manifest import BuildSettings
from qa_index.collection.names import name_below
from qa_index.collection.records import Counts, StoredDocument
from qa_index.collection.writing import NewDocument, NewPassage, Writer
from qa_index.errors import IndexNotWritable, InputError
from qa_index.vectors import Encoded, Quantised

OnCopied = Callable[[int, int], None]
"""Called with the number of passages copied so far, and of all."""


def copy_index(
    source: Index, target: Engine, *, replaces: bool = False, on_progress: OnCopied | None = None
) -> Counts:
    """Make ``target`` hold what ``source`` holds; returns what was copied.

    Documents are the same files as before: paths are named from the root of the target. The
    postings are held in memory meanwhile, at 12 bytes each.

    Raises ``InputError`` if there is an index and ``replaces`` is not set, or an ``IndexProblem``.
    """
    try:
        with target.writing(root=source.root):
            if target.version() is not None and not replaces:
                raise InputError(f"there is an index at {target.name}; replace it with --replace")
            copying = _Copying(source, target.root, on_progress or (lambda done, of: None))
            dimension = source.model.dimension
            with target.writer(dimension=dimension, previous=None) as writer:
                copying.run(writer)
                writer.commit(copying.settings())
                return source.counts
    except OSError as error:
        raise IndexNotWritable(
            f"cannot write {error.filename or target.name}: {error.strerror or error}; "
            "the index there is as it was before"
        ) from error


class _Copying:
    """One copy of an index."""

    def __init__(self, source: Index, root: Path, on_progress: OnCopied) -> None:
        self._source = source
        self._root = root
        self._on_progress = on_progress
        self._terms, self._frequencies = _inverted(source)

    def named(self, path: str) -> str:
        """A stored path as the target names it."""
        if self._root == self._source.root:
            return path
        return name_below(self._source.root / path, self._root)

    def run(self, writer: Writer) -> None:
        """Put all documents, in the order of their new paths."""
        paths = self._source.paths_and_rows[0]
        order = sorted(range(len(paths)), key=lambda number: self.named(paths[number]))
        words: Iterable[str] = self._source.words()
        done = 0
        for number in order:
            document = self._source.document(number)
            passages: list[NewPassage] = []
            vectors: list[Encoded] = []
            for start in range(*document.passages, MOST_AT_ONCE):
                rows = np.arange(start, min(start + MOST_AT_ONCE, document.passages.end))
                found, encoded = self._passages(document, rows)
                passages += found
                vectors.append(encoded)
            named = replace(document, path=self.named(document.path))
            writer.put(NewDocument(named, self._source.text_of(document), passages, words))
            for each in vectors:
                writer.put_vectors(each)
            words = ()
            done += len(passages)
            self._on_progress(done, self._source.passage_count)

    def _passages(
        self, document: StoredDocument, rows: NDArray[np.int64]
    ) -> tuple[list[NewPassage], Encoded]:
        block = self._source.block(rows)
        if block.vectors is None or block.sentence_codes is None or block.sentence_scales is None:
            raise ValueError("a block without vectors")
        headings = self._source.headings_of(rows).tolist()
        sentences = np.cumsum(block.sentence_counts)
        terms = np.cumsum(block.lengths)
        path = self.named(document.path)
        found = []
        for place, key in enumerate(self._source.keys_of(rows)):
            row = int(rows[place])
            own = self._source.passage(row)
            first = sentences[place] - block.sentence_counts[place]
            begin = terms[place] - block.lengths[place]
            spans = np.array(own.sentences, dtype=np.int32).reshape(-1, 2) - own.start
            found.append(
                NewPassage(
                    id=citation_id(path, own.start, own.end, own.text),
                    key=key,
                    start=own.start,
                    end=own.end,
                    sentences=spans.astype(np.int32),
                    sentence_terms=block.sentence_lengths[first : sentences[place]],
                    hashes=block.term_hashes[begin : terms[place]],
                    frequencies=self._frequencies_of(row),
                    context_terms=int(block.context_lengths[place]),
                    heading=headings[place],
                    first_line=own.first_line,
                    last_line=own.last_line,
                    kind=own.kind,
                    heading_sentences=int(block.heading_sentences[place]),
                )
            )
        return found, Encoded(block.vectors, Quantised(block.sentence_codes, block.sentence_scales))

    def _frequencies_of(self, row: int) -> Mapping[str, int]:
        starts, numbers, counts = self._frequencies
        first, last = starts[row : row + 2]
        pairs = zip(numbers[first:last].tolist(), counts[first:last].tolist(), strict=True)
        return {self._terms[number]: count for number, count in pairs}

    def settings(self) -> BuildSettings:
        """What the source was made from and with."""
        manifest = self._source.manifest
        return BuildSettings(
            model=manifest.model,
            splitter=manifest.splitter,
            language=manifest.language,
            ocr=manifest.ocr,
            ocr_languages=manifest.ocr_languages,
            roots=tuple(
                sorted(
                    (replace(root, path=self.named(root.path)) for root in manifest.roots),
                    key=lambda root: root.path,
                )
            ),
            skipped=tuple(self._skipped()),
        )

    def _skipped(self) -> Iterator[Sequence[Any]]:
        unparsed = {each[0]: each for each in self._source.unparsed()}
        for path, reason in sorted(self._source.skipped()):
            _, *rest = unparsed.get(path, (path, reason))
            yield (self.named(path), *rest)


def _inverted(source: Index) -> tuple[list[str], tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
    """All terms; and for each row where its terms begin, their numbers, and how often each."""
    terms: list[str] = []
    rows: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    numbers: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    counts: list[NDArray[np.int32]] = [np.empty(0, dtype=np.int32)]
    for term, own, frequencies in source.postings_by_term():
        rows.append(own.astype(np.int32))
        numbers.append(np.full(len(own), len(terms), dtype=np.int32))
        counts.append(frequencies.astype(np.int32))
        terms.append(term)
    row = np.concatenate(rows)
    by_row = np.argsort(row, kind="stable")
    starts = np.searchsorted(row[by_row], np.arange(source.passage_count + 1))
    return terms, (starts, np.concatenate(numbers)[by_row], np.concatenate(counts)[by_row])
