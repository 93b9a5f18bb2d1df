"""What an index holds, and what was done to it."""

from qa.confidence.profiles import ProfileUsed
from qa.confidence.promise import SIGNALS
from qa.schemas.fields import (
    amount,
    any_object,
    any_of,
    constant,
    described,
    list_of,
    map_of,
    named,
    number,
    object_of,
    one_of,
    or_null,
    sha256,
    share,
    text,
    time,
    truth,
    whole,
)
from qa_index.records import DateSource

INDEX = text("Its folder, or its address without secrets.")
SKIPPED_FILE = named("SkippedFile", path=text(), reason=text())
GONE_ROOT = named("GoneRoot", path=text(), reason=text())
INDEXED_GAP = named(
    "IndexedGap",
    "What a document holds that could not be read, or not surely.",
    path=text(),
    place=text("Such as page 3."),
    reason=text(),
)

PROMISE = named(
    "Promise",
    "At most this share of the answers is wrong, for questions like those it was made on.",
    risk=share(),
    confidence_level=share(),
    questions=whole("Different ones that it was made on."),
    unanswerable=whole("Of these, those that no source answers."),
    answered=whole("Of the questions."),
    share_answered=share(),
    wrong=whole("Of the answered ones."),
    documents=whole("That answer the questions."),
)
CALIBRATION = named(
    "OwnCalibration",
    "The confidence fitted to the user's own questions.",
    schema=constant("qa.calibration/4"),
    model=any_object("The fitted numbers; not for other programs."),
    encoder_sha256=text("Of the embedding model that it is for."),
    questions=text("Name of the question set."),
    answerable=whole(),
    unanswerable=whole(),
    made=time(),
    promise=or_null(PROMISE),
)
QUESTION_DRIFT = named(
    "QuestionDrift",
    "How far questions differ from those that a promise was made on.",
    schema=constant("qa.question-drift/1"),
    questions=whole("Different ones compared."),
    compared_with=whole("Those of the promise."),
    p=share("Probability that questions of the same kind differ as much."),
    signal=one_of(SIGNALS, "The one that differs most."),
    distance=share("Kolmogorov-Smirnov distance of that signal."),
    median_then=or_null(number(), "Null if most questions do not have it."),
    median_now=or_null(number()),
    answered_then=share("Of the promise's questions."),
    answered_now=share("Of these."),
    drifted=truth(),
)

ENGINE = named(
    "EngineState",
    "The server that holds the index.",
    address=text("Without secrets."),
    server=text("Its versions."),
    generation=or_null(whole(), "The live one."),
    oldest_generation=or_null(whole(), "The oldest that is kept."),
    writer=or_null(text(), "Who writes now."),
    optional={
        "dead_documents": whole("PostgreSQL: those that still take space."),
        "vector_index": or_null(truth(), "PostgreSQL: null if none is needed."),
        "dead_passages": whole("Milvus: those that still take space."),
    },
)
INDEXED_SOURCE = named(
    "IndexedSource",
    "A document of the index.",
    path=text(),
    title=text(),
    media_type=text(),
    language=text("ISO 639-1, or und."),
    passages=whole(),
    sha256=sha256("Of the file when it was indexed."),
    format=text(),
    date=or_null(text(), "YYYY, YYYY-MM or YYYY-MM-DD."),
    date_from=or_null(one_of(DateSource)),
    tags=list_of(text()),
)

STATE = named(
    "State",
    "The contents of an index, and whether it is up to date.",
    schema=constant("qa.status/1"),
    index=INDEX,
    generation=whole(),
    created=time("Of the last build."),
    tool=text("Version of the program that wrote it."),
    model=named(
        "ModelDescription",
        "The embedding model.",
        name=text(),
        sha256=text(),
        dimension=whole(least=1),
        max_tokens=whole(least=1),
        normalize=truth("Whether vectors have length 1."),
    ),
    size=whole("In bytes."),
    documents=whole(),
    passages=whole(),
    sentences=whole(),
    languages=map_of(whole(), "Number of documents in each."),
    roots=list_of(
        named(
            "Root",
            "A path that was indexed, and which files of it.",
            path=text(),
            include=list_of(text()),
            exclude=list_of(text()),
            default_excludes=truth(),
        )
    ),
    gone_roots=list_of(GONE_ROOT, "Indexed paths that are gone."),
    fresh=truth("Whether the index matches the files as they are now."),
    changed=list_of(text(), "Paths whose files changed since."),
    vanished=list_of(text(), "Paths whose files are gone."),
    new=list_of(text(), "Paths that are not indexed yet."),
    skipped=list_of(SKIPPED_FILE),
    profile=one_of(ProfileUsed, "How similarities are standardised."),
    calibration=or_null(CALIBRATION),
    promise_drift=or_null(
        named("PassageDrift", new=share("Of the passages."), gone=share("Of those of then.")),
        "How far the passages have changed since the promise.",
    ),
    promise_doubts=list_of(text(), "Why the promise may hold no longer."),
    gaps=list_of(INDEXED_GAP),
    recognised=list_of(
        named(
            "RecognisedSource",
            "A document with pages that are pictures, on which text was recognised.",
            path=text(),
            pages=whole("How many."),
            by=text("The program."),
        )
    ),
    checked=truth("Whether every byte was compared with its checksum."),
    undated=whole("Documents without a date."),
    optional={
        "engine": described(ENGINE, "Only of an index on a server."),
        "sources": list_of(INDEXED_SOURCE, "All documents, if that was asked for."),
        "question_drift": described(QUESTION_DRIFT, "Only if questions were given."),
    },
)

BUILT = {
    "generation": or_null(whole(), "The live one afterwards; null if there is none."),
    "added": list_of(text()),
    "changed": list_of(text()),
    "removed": list_of(text()),
    "unchanged": whole(),
    "skipped": list_of(SKIPPED_FILE),
    "newly_skipped": list_of(SKIPPED_FILE, "Those that were not skipped before, or are named."),
    "documents": whole(),
    "passages": whole(),
    "encoded": whole("Passages whose vectors were computed."),
    "resumed": whole("Passages that an interrupted build had encoded."),
    "seconds": amount(),
    "incomplete": list_of(text(), "New and changed documents that lack something of their file."),
    "left_out": list_of(text(), "Files and folders that are excluded by default."),
}
BUILD_REPORT = named(
    "BuildReport",
    "What a build did.",
    schema=constant("qa.index/1"),
    index=INDEX,
    dry_run=truth("Whether it is only what would be done."),
    **BUILT,
)

_EVENT = {"schema": constant("qa.watch/1")}
_AT = {"at": time(), "index": INDEX}
WATCH_EVENT = {
    "title": "WatchEvent",
    "description": "Something that happened while an index was watched.",
    "type": "object",
    **any_of(
        named(
            "Watching",
            "It begins, or begins again.",
            **_EVENT,
            event=constant("watching"),
            **_AT,
            paths=list_of(text()),
            poll=or_null(amount(), "Seconds between looks; null if the file system tells changes."),
        ),
        named(
            "Updated",
            "The index was brought up to date.",
            **_EVENT,
            event=constant("updated"),
            **_AT,
            report=object_of(BUILT),
        ),
        named(
            "Waiting",
            "Something is in the way and is tried again.",
            **_EVENT,
            event=constant("waiting"),
            **_AT,
            error=object_of({"kind": text("Name of the error in the library."), "message": text()}),
        ),
    ),
}

COPY_REPORT = named(
    "CopyReport",
    "What was copied.",
    schema=constant("qa.copy/1"),
    source=text("Folder, or address without secrets."),
    target=text("Folder, or address without secrets."),
    generation=whole("At the target."),
    documents=whole(),
    passages=whole(),
    calibration=truth("Whether one was copied."),
    seconds=amount(),
)

SCHEMAS = {
    "qa.status/1": STATE,
    "qa.calibration/4": CALIBRATION,
    "qa.question-drift/1": QUESTION_DRIFT,
    "qa.index/1": BUILD_REPORT,
    "qa.watch/1": WATCH_EVENT,
    "qa.copy/1": COPY_REPORT,
}
