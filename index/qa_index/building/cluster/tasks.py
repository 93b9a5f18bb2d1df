"""What a worker does: prepares one document, or encodes one batch of passages.

Every call may run twice and on any machine, as it changes nothing and its result depends on its
arguments alone.
"""

import hashlib
import os
from collections.abc import Callable
from functools import cache

from qa_index import formats
from qa_index.building.cluster.messages import (
    Job,
    Plain,
    batch_from_plain,
    encoded_to_plain,
    file_from_plain,
    outcome_to_plain,
)
from qa_index.building.encode import encoded
from qa_index.building.prepare import Source, parse, prepare
from qa_index.encoding import Encoder
from qa_index.encoding.exported import ExportedEncoder
from qa_index.encoding.opening import open_encoder
from qa_index.errors import IndexIncompatible, ModelUnavailable, ParserUnavailable
from qa_index.formats import HEAD_BYTES, UnreadableSource
from qa_index.parsing import Parsers, Recognition
from qa_index.records import Ocr
from qa_index.sources import files
from qa_index.sources.plan import PlannedFile, Unparsed

DONE = "done"
"""With the result of the call."""
NO_MODEL = "no model"
"""The model is not on the worker, or is another one."""
NO_PARSER = "no parser"
"""With the reason why the process that parses does not start."""
UNSEEN = "unseen"
"""The worker does not see the file, or sees another content."""
UNLIKE = "unlike"
"""With what the worker has that the command's machine has not, or the reverse: the file is to be
prepared there."""


def run(name: str, job: Plain, *arguments: Plain) -> Plain:
    """The result of a call by name, after ``DONE``; or what the worker lacks."""
    try:
        return DONE, CALLS[name](Job(*job), *arguments)
    except (ModelUnavailable, IndexIncompatible):
        return (NO_MODEL,)
    except ParserUnavailable as error:
        return NO_PARSER, str(error)


def _look(job: Job, file: Plain) -> bool:
    """Whether this machine sees the file as it was planned; opens the model."""
    _encoder(job.model, job.sha256)
    planned = file_from_plain(file)
    return _read(planned) is not None


def _prepare(job: Job, file: Plain, data: bytes | None) -> Plain:
    """Prepare a document of these bytes; without any, of the file that this machine sees."""
    planned = file_from_plain(file)
    if data is None:
        data = _read(planned)
        if data is None:
            return (UNSEEN,)
    if not _has_format(planned, data):
        return UNLIKE, f"the format {planned.format[0]}"
    encoder = _encoder(job.model, job.sha256)
    recognition = _recognition(job.ocr, job.ocr_languages)
    same = (recognition.identity, recognition.remedy) == (job.recogniser, job.remedy)
    source = parse(planned, data, _parsers(), recognition if same else _UNREAD)
    if not same and _may_differ(source, planned):
        return UNLIKE, job.recogniser or "no tesseract"
    if isinstance(source, Source):
        return outcome_to_plain(prepare(source, encoder, job.language))
    return outcome_to_plain(source)


def _encode(job: Job, batch: Plain) -> Plain:
    """The vectors of passages."""
    return encoded_to_plain(encoded(_encoder(job.model, job.sha256), batch_from_plain(batch)))


CALLS: dict[str, Callable[..., Plain]] = {"look": _look, "prepare": _prepare, "encode": _encode}


@cache
def _encoder(name: str, sha256: str) -> Encoder:
    """The model, on one thread: the cluster runs as many tasks as there are cores."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    encoder = open_encoder(name, expected_sha256=sha256, offline=True)
    return encoder.on_one_thread() if isinstance(encoder, ExportedEncoder) else encoder


@cache
def _recognition(ocr: str, languages: str) -> Recognition:
    return Recognition(Ocr(ocr), languages)


_UNREAD = Recognition(Ocr.OFF)


@cache
def _parsers() -> Parsers:
    """One process that parses; it ends with this one, or when it has been idle for a while."""
    return Parsers(jobs=1)


def _read(file: PlannedFile) -> bytes | None:
    """The bytes of a file; ``None`` if this machine does not see it with the planned content."""
    try:
        data = files.read_bytes(file.file)
    except (OSError, UnreadableSource):
        return None
    return data if hashlib.sha256(data).hexdigest() == file.sha256 else None


def _has_format(file: PlannedFile, data: bytes) -> bool:
    """Whether the format that parses it here is the planned one, in the same version."""
    try:
        found = formats.choose(file.path, data[:HEAD_BYTES], named=True)
    except UnreadableSource:
        return False
    return (found.name, found.version) == file.format


def _may_differ(source: object, file: PlannedFile) -> bool:
    """Whether another recogniser may give another result."""
    if isinstance(source, Source):
        return bool(source.parsed.pictures)
    return isinstance(source, Unparsed) and file.may_be_pictures
