"""Answers, lists, excerpts and documents."""

from qa.answers import Confidence, ContinuationKind, Reason, Status
from qa.schemas.fields import (
    Schema,
    amount,
    constant,
    described,
    list_of,
    map_of,
    named,
    number,
    one_of,
    or_null,
    sha256,
    share,
    text,
    truth,
    whole,
)
from qa.schemas.places import (
    FILE_PLACES,
    HEADING_PATH,
    PAGES,
    PLACE,
    QUOTED,
    SOURCE,
    SPAN,
    WARNINGS,
)
from qa.values import Bound, ValueKind, VersionSource
from qa_index.records import BlockKind, DateSource, UnitKind

CONTINUATION = named(
    "Continuation",
    "What the source says beside the marked sentences and limits them.",
    kind=one_of(ContinuationKind),
    cue=text("The words by which it was noticed."),
    span=described(SPAN, "It may lie outside the citation's quote."),
    quote=text(),
)

SCORES = named(
    "Scores",
    "Null where the mode does not use it.",
    fused=number("That of the ranking."),
    bm25=or_null(number()),
    passage=or_null(number()),
    sentence=or_null(number()),
    reading=or_null(share(), "Probability by the reader that the passage answers."),
)

CITED: dict[str, Schema] = {
    "id": text("`show` takes it.", pattern="^[0-9a-f]{16}$"),
    "rank": whole("1 for the best.", least=1),
    **QUOTED,
    "heading_path": HEADING_PATH,
    "evidence": list_of(SPAN, "The sentences that answer, in the source."),
    "answer_span": or_null(SPAN, "The words that answer, in the source."),
    "continues": list_of(CONTINUATION, "What limits the sentences that answer; quote it, too."),
    "scores": SCORES,
    "also_in": list_of(PLACE, "Other places of the same text."),
    "places": or_null(FILE_PLACES, "Where the quote is in its file, if that was asked for."),
    "evidence_places": or_null(list_of(FILE_PLACES), "The same for each of the evidence."),
}
CITATION = named("Citation", "A passage quoted from a source.", **CITED)

INDEX_USED = named("IndexUsed", "The index that answered.", generation=whole(), model=text())

CORRECTION = named(
    "Correction",
    "A word of the question that no document holds, and what it was read as.",
    written=text(),
    read=text(),
)

NORMAL_VALUE = named(
    "NormalValue",
    "The form in which values are compared.",
    optional={
        "number": text("With a decimal point."),
        "to": text("Upper end of a range."),
        "unit": text("Such as day, percent or EUR."),
        "per": text("Unit of time of a rate."),
        "bound": one_of(Bound),
        "date": text("YYYY, YYYY-MM, YYYY-MM-DD or --MM-DD."),
        "name": text("In lower case, without titles."),
        "affirms": truth("Whether it permits or requires."),
    },
)

VALUE_MEMBER = named(
    "ValueMember",
    "A passage that holds the value.",
    rank=whole("Of its citation.", least=1),
    citation=text("Its id."),
    span=described(SPAN, "Of the value."),
    text=text("The value as written."),
    sentence=SPAN,
    quote=text("The sentence."),
    date=or_null(text(), "Of the document."),
    date_from=or_null(one_of(DateSource)),
    version=or_null(text(), "Of the document."),
    version_from=or_null(one_of(VersionSource)),
    copies=whole("Other places of the same text."),
)

VALUE_GROUP = named(
    "ValueGroup",
    "Passages that hold equal values.",
    value=text("As the first of them writes it."),
    normal=NORMAL_VALUE,
    passages=whole(),
    wordings=whole("How many of the passages' sentences differ."),
    copies=whole("Other places of the same texts, which are no witnesses of their own."),
    members=list_of(VALUE_MEMBER),
)

AGREEMENT = named(
    "Agreement",
    "Which passages give equal values and which give others; not which is right.",
    kind=one_of(ValueKind),
    groups=list_of(VALUE_GROUP, "That of the first citation first."),
)

EXPLANATION = named(
    "Explanation",
    "The signals that the probability was computed from.",
    similarity=or_null(number()),
    reading=or_null(share(), "Probability by the reader that the first citation answers."),
    second_reading=or_null(share(), "The same by the multilingual network, if both read."),
    evidence_share=number(),
    passage_share=number(),
    trust=number(),
    passages=whole("Searched."),
    threshold=share("Lowest probability of an answer."),
    standardised_similarity=or_null(number(), "On the scale of the packaged model."),
    column_agreement=or_null(number(), "How well the columns of a table fit the question."),
    strangeness=amount("Above 0 if the question is unlike what the probability was fitted to."),
    promised_risk=or_null(share(), "Share of wrong answers that was promised."),
)

CARRIED_OVER = named(
    "CarriedOver",
    "What was taken from the questions before a follow-up.",
    questions=list_of(text(), "Oldest first."),
    words=list_of(text(), "Words of theirs that also counted."),
    documents=list_of(text(), "Paths whose passages were preferred."),
)

TIMING = map_of(amount(), "Milliseconds per step, and total.")
REASON = or_null(one_of(Reason), "Why there is none.")

ANSWER = named(
    "Answer",
    "A question and the passages that answer it; nothing in it is generated.",
    schema=constant("qa.answer/1"),
    question=text("Unchanged."),
    status=one_of(Status),
    reason=REASON,
    confidence=one_of(Confidence, "Band of the probability."),
    probability=share("That the first citation answers the question."),
    citations=list_of(
        CITATION, "Best first. With no_answer the nearest passages, which are no answers."
    ),
    index=INDEX_USED,
    explanation=EXPLANATION,
    agreement=or_null(AGREEMENT),
    corrections=list_of(CORRECTION),
    after=or_null(CARRIED_OVER),
    warnings=WARNINGS,
    timing_ms=TIMING,
)

LISTED_PASSAGE = named(
    "ListedPassage",
    "A citation, and how likely it answers.",
    **CITED,
    probability=share("That it is one of those that answer."),
)

SAMPLED_PASSAGE = named(
    "SampledPassage",
    "A citation that is not listed, to be judged.",
    **CITED,
    probability=share("That it is one of those that answer."),
    logit=number(
        "Of the probability that it answers if anything does, for a question like the mean of "
        "those fitted."
    ),
    answers=or_null(truth(), "Whether it answers; null until somebody has judged it."),
)

SAMPLE = named(
    "Sample",
    "A sample of the candidates that are not listed. Judged, it tells how many passages that "
    "answer are not listed.",
    passages=list_of(SAMPLED_PASSAGE, "In random order."),
    others=list_of(
        named(
            "OtherPassages",
            "Passages neither listed nor in the sample, with nearly the same logit.",
            logit=number(),
            passages=amount("Number of them; not whole where it was inferred."),
        )
    ),
    answered=share("That anything answers."),
    deviation=amount("Standard deviation of the logits between questions of the fit."),
)

MISSED_ESTIMATE = named(
    "MissedEstimate",
    "How many passages that answer are not listed. In a list it is an estimate that was far too "
    "low on some collections unlike those it was fitted to; that of a review is corrected by what "
    "a person judged.",
    expected=amount("In a list, the sum of the probabilities of all that are not listed."),
    low=whole(),
    high=whole(),
    level=share(
        "Share of questions for which the number should lie from low to high. In lists where this "
        "was 0.9, it did for 0.89 of the questions of Cranfield, 0.72 of CISI, which were not "
        "fitted, and 0.26 of CACM with a fit to other sets."
    ),
)

PASSAGE_LIST = named(
    "PassageList",
    "Every passage that answers a question.",
    schema=constant("qa.passages/1"),
    question=text("Unchanged."),
    least=share("Lowest probability that is listed."),
    reason=REASON,
    citations=list_of(LISTED_PASSAGE, "The likeliest first."),
    expected=amount("How many of those listed answer."),
    missed=MISSED_ESTIMATE,
    searched=whole("Passages that the filter leaves."),
    candidates=whole("Passages whose probability was computed one by one."),
    read=whole("Passages that the reader read."),
    index=INDEX_USED,
    sample=or_null(SAMPLE, "Null unless one was asked for."),
    corrections=list_of(CORRECTION),
    warnings=WARNINGS,
    timing_ms=TIMING,
)

REVIEW = named(
    "ReviewEstimate",
    "What the judged sample of a list tells.",
    schema=constant("qa.review/1"),
    question=text("Unchanged."),
    sampled=whole("Passages of the sample."),
    judged=whole("Those that somebody judged."),
    answering=list_of(text(), "Ids of those that answer, and were not listed."),
    missed=described(MISSED_ESTIMATE, "Neither listed nor among these."),
)

EXCERPT = named(
    "Excerpt",
    "Part of a source as it was indexed, with the text around it.",
    schema=constant("qa.excerpt/1"),
    **QUOTED,
    heading_path=HEADING_PATH,
    before=text("Directly before the quote."),
    after=text("Directly after it."),
)

HEADING = named(
    "Heading", level=whole("1 for the highest.", least=1), title=text(), start=whole(), end=whole()
)

DOCUMENT = named(
    "IndexedDocument",
    "A document of the index, without its text.",
    schema=constant("qa.document/1"),
    id=sha256("Of the file."),
    source=SOURCE,
    paths=list_of(text(), "All files with these bytes."),
    language=text("ISO 639-1, or und."),
    size=whole("In bytes."),
    characters=whole("Of the text."),
    passages=whole(),
    headings=list_of(HEADING),
    unit=or_null(one_of(UnitKind), "Null if it has lines instead."),
    units=whole(),
    has_pictures=truth("Whether its pages can be drawn."),
)

UNIT = named(
    "Unit",
    "A page or similar unit.",
    kind=one_of(UnitKind),
    number=whole("From 1.", least=1),
    label=text("Printed number, or name of the sheet or chapter; empty for none."),
    start=whole(),
    end=whole(),
    recognised=truth("Whether it is a picture whose text a program recognised."),
)

TEXT_BLOCK = named(
    "TextBlock",
    "A run of text of one kind.",
    kind=one_of(BlockKind),
    start=whole(),
    end=whole(),
    header=text("Of rows of a table, the names of the columns; else empty."),
)

TEXT_WINDOW = named(
    "TextWindow",
    "Part of a document's text with its structure. Offsets are those of the document.",
    schema=constant("qa.text/1"),
    id=sha256("Of the file."),
    source=SOURCE,
    characters=whole("Of the whole text."),
    span=described(SPAN, "Of the window."),
    text=text(),
    lines=PAGES["lines"],
    heading_path=HEADING_PATH,
    headings=list_of(HEADING),
    units=list_of(UNIT),
    blocks=list_of(TEXT_BLOCK),
    quote=or_null(SPAN, "The passage that it was opened at."),
    optional={
        "evidence": list_of(SPAN, "By the service: the spans that the request names."),
        "answer_span": or_null(SPAN, "By the service: the one that the request names."),
    },
)

SCHEMAS = {
    "qa.answer/1": ANSWER,
    "qa.passages/1": PASSAGE_LIST,
    "qa.review/1": REVIEW,
    "qa.excerpt/1": EXCERPT,
    "qa.document/1": DOCUMENT,
    "qa.text/1": TEXT_WINDOW,
}
