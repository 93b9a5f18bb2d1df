"""Questions that are asked again, and certificates of absence."""

from qa.answers import Confidence
from qa.keeping.absence import FileVerdict
from qa.keeping.changes import QuoteChangeKind
from qa.schemas.answering import ANSWER
from qa.schemas.fields import (
    any_of,
    constant,
    list_of,
    named,
    one_of,
    or_null,
    sha256,
    share,
    text,
    time,
    truth,
    whole,
)
from qa.schemas.indexing import CALIBRATION, INDEXED_GAP, SKIPPED_FILE

FILTER = named(
    "Filter",
    paths=list_of(text()),
    types=list_of(text()),
    languages=list_of(text()),
    since=or_null(text(format="date")),
    until=or_null(text(format="date")),
    tags=list_of(text()),
    headings=list_of(text()),
)
ASK_OPTIONS = named(
    "AskOptions",
    "How the question is asked; what is missing is as by default.",
    filter=FILTER,
    optional={
        "k": whole(least=1),
        "mode": text(),
        "min_confidence": one_of(Confidence),
        "within": any_of(text(), list_of(text())),
        "strict": truth(),
        "read": truth(),
    },
)

KEPT_QUOTE = named(
    "KeptQuote",
    citation=text("Its id."),
    path=text(),
    location=text("path:line, or path, page 12."),
    quote=text(),
)
KEPT_QUESTION = named(
    "KeptQuestion",
    "A question, how it is asked, and its answer at the time.",
    schema=constant("qa.question/1"),
    question=text(),
    options=ASK_OPTIONS,
    answered=truth(),
    quotes=list_of(KEPT_QUOTE, "Of all citations if it was answered, else empty."),
    kept=time(),
)

WORD_RUN = named(
    "WordRun",
    "A run of words in the comparison of two texts.",
    text=text(),
    side=one_of(("both", "before", "now")),
)
QUOTE_CHANGE = named(
    "QuoteChange",
    "A quote that differs from what was kept.",
    kind=one_of(QuoteChangeKind),
    before=or_null(KEPT_QUOTE),
    now=or_null(KEPT_QUOTE),
    wording=list_of(WORD_RUN, "Empty unless it is changed."),
)
ASKED_AGAIN = named(
    "AskedAgain",
    "A kept question with its answer now.",
    schema=constant("qa.again/1"),
    question=text(),
    options=ASK_OPTIONS,
    kept=time(),
    changed=truth("Whether anything is different."),
    answered_before=truth(),
    answered=truth(),
    probability=share(),
    generation=whole(),
    changes=list_of(QUOTE_CHANGE),
)

CERTIFICATE = named(
    "AbsenceCertificate",
    "That the sources do not answer a question, with what was searched.",
    schema=constant("qa.absence/1"),
    made=time(),
    tool=text("Version of the program."),
    options=ASK_OPTIONS,
    answer=ANSWER,
    index=named(
        "CertifiedIndex",
        root=text("Folder that paths are relative to."),
        roots=list_of(text(), "What the index is made from."),
        texts=text("Checksum of all texts."),
        passages=whole(),
        model=text(),
        model_sha256=text(),
        profile=text(),
        calibration=or_null(CALIBRATION),
    ),
    sources=list_of(
        named("CertifiedSource", path=text(), sha256=sha256(), passages=whole()),
        "Every file that was searched.",
    ),
    skipped=list_of(SKIPPED_FILE),
    gaps=list_of(INDEXED_GAP),
    seal=sha256("Of the rest as JSON with sorted keys."),
)
CERTIFICATE_CHECKED = named(
    "CertificateChecked",
    "Whether a certificate still holds.",
    schema=constant("qa.absence-verification/1"),
    question=text(),
    holds=truth(),
    repeated=or_null(truth(), "Null if it was not asked again."),
    files=list_of(named("CertifiedFile", path=text(), verdict=one_of(FileVerdict))),
)

SCHEMAS = {
    "qa.question/1": KEPT_QUESTION,
    "qa.again/1": ASKED_AGAIN,
    "qa.absence/1": CERTIFICATE,
    "qa.absence-verification/1": CERTIFICATE_CHECKED,
}
