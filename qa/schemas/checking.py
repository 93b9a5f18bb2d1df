"""Verdicts on quotes, answers, annotations and drafts."""

from qa.annotations.records import AnnotationVerdict
from qa.checking.quotes.records import Concern, DifferenceKind, QuoteVerdict, Typography
from qa.checking.verification import Verdict
from qa.drafts.records import QuotationKind, QuotationVerdict
from qa.schemas.answering import CITATION, INDEX_USED
from qa.schemas.fields import (
    Schema,
    constant,
    described,
    list_of,
    named,
    object_of,
    one_of,
    or_null,
    sha256,
    share,
    text,
    truth,
    whole,
)
from qa.schemas.places import PAGES, PLACE, QUOTED, SPAN, WARNINGS

VERIFIED: dict[str, Schema] = {
    "verdict": one_of(Verdict),
    "path": text("As cited."),
    "span": described(SPAN, "As cited."),
    "found": or_null(SPAN, "Where the quote is now."),
    "found_path": or_null(text(), "Differs from path if the source was renamed."),
    **PAGES,
    "source_changed": or_null(truth(), "Null if the source was not looked at."),
    "detail": text("For a person."),
}
VERIFICATION = named("Verification", "The verdict on one citation.", **VERIFIED)

VERIFIED_ANSWERS = named(
    "VerifiedAnswers",
    "The verdicts on saved answers.",
    schema=constant("qa.verification/1"),
    verified=truth("Whether every quote is where its citation says."),
    stands=truth("Whether every quote is in its source, there or elsewhere."),
    citations=list_of(VERIFICATION, "In order."),
)

WORD_CHANGE = named(
    "WordChange",
    "A run of words of the quote beside what stands in the source.",
    kind=one_of(DifferenceKind),
    written=text(),
    stands=text(),
)
DIFFERENCE: dict[str, Schema] = {
    "typography": list_of(one_of(Typography), "In what it differs, if only in that."),
    "changes": list_of(WORD_CHANGE, "The whole quote beside what stands there."),
    "concerns": list_of(one_of(Concern), "What makes the changes serious."),
    "similarity": or_null(share(), "Share of its words that are the same."),
}

QUOTE_PLACE = named("QuotePlace", "What stands in the source.", **QUOTED)

LOOKED_UP: dict[str, Schema] = {
    "quote": text("As it was given."),
    "source": or_null(text(), "As it was named."),
    "verdict": one_of(QuoteVerdict),
    "stands": truth("Whether it may be used as a quote, at least with the source's typography."),
    "detail": text("For a person."),
    "places": list_of(QUOTE_PLACE, "Where it stands, or what is nearest to it."),
    "further": whole("Number of places beyond these."),
    "counted_all": truth(),
    "unspecific": truth("Whether it is so short that finding it says little."),
    **DIFFERENCE,
    "nearest": or_null(QUOTE_PLACE, "What is nearest in the named source, if it is elsewhere."),
}
QUOTE_CHECK = named(
    "QuoteCheck",
    "A quote that somebody wrote, and what the sources say of it.",
    schema=constant("qa.quote/1"),
    **LOOKED_UP,
)

ANNOTATION_TARGET = named(
    "AnnotationTarget",
    "What an annotation is about. Empty or null where it is not told.",
    annotation=text("Its id."),
    source=text("IRI of the source."),
    path=text(),
    title=text(),
    sha256=or_null(text()),
    quote=text(),
    before=text(),
    after=text(),
    span=or_null(SPAN, "In the text that the other program saw."),
    page=or_null(whole()),
)
FOUND_TARGET = named(
    "FoundTarget",
    "A target, and where its text stands now.",
    target=ANNOTATION_TARGET,
    verdict=one_of(AnnotationVerdict),
    stands=truth("Whether its text was found, and in one place."),
    detail=text("For a person."),
    place=or_null(PLACE, "Where it stands, or what is nearest to it."),
    quote=or_null(text(), "What stands there, verbatim."),
    parts=list_of(SPAN, "What of the place holds the text, if something stands in between."),
    others=list_of(PLACE, "Further places that fit as well."),
    further=whole("Number of places beyond those."),
    **DIFFERENCE,
)
FOUND_ANNOTATIONS = named(
    "FoundAnnotations",
    "The targets of annotations, and where their texts stand now.",
    schema=constant("qa.annotations/1"),
    stands=truth("Whether every text was found, in one place."),
    targets=list_of(FOUND_TARGET, "In order."),
)

ATTRIBUTION = named(
    "Attribution",
    "Where a draft says that a quotation is from.",
    source=text("As the draft names it."),
    pages=list_of(text(), "As they are written."),
    line=or_null(whole()),
    indexed=truth("Whether the index holds such a source."),
)
QUOTATION = named(
    "Quotation",
    "A quotation in a draft, and what the sources say of it.",
    text=text("Without its marks."),
    verdict=one_of(QuotationVerdict),
    detail=text("For a person."),
    kind=one_of(QuotationKind),
    span=described(SPAN, "In the draft."),
    **PAGES,
    attributions=list_of(ATTRIBUTION),
    check=object_of(LOOKED_UP),
)
CLAIM_CHECK = named(
    "ClaimCheck",
    "A sentence of a draft that claims something, and what supports it best.",
    text=text(),
    span=described(SPAN, "In the draft."),
    **PAGES,
    probability=share("That the quote supports the whole sentence."),
    supported=truth(),
    quote=or_null(text(), "Null if nothing is near."),
    citation=or_null(CITATION),
    answers=share("Probability that `ask` gives for the sentence, which says less."),
    lacking=list_of(text(), "Numbers that the passage does not hold."),
    negation=truth("Whether only one of sentence and quote negates."),
)
DRAFT_CHECK = named(
    "DraftCheck",
    "What the sources say of a draft.",
    schema=constant("qa.draft/1"),
    draft=named("DraftFile", path=text(), sha256=sha256()),
    sound=truth("Whether every quotation is exact or differs in typography alone."),
    counts=object_of({str(verdict): whole() for verdict in QuotationVerdict}),
    scare_quotes=whole("Quotations of one or two words, which are not looked up."),
    unclosed=whole("Quotation marks that do not close."),
    not_checked=whole("Quotations and sentences beyond the limits."),
    threshold=share("Lowest probability that counts as support."),
    quotations=list_of(QUOTATION, "In the order of the text."),
    claims=or_null(list_of(CLAIM_CHECK), "In the order of the text; null if not asked for."),
    index=INDEX_USED,
    warnings=WARNINGS,
)

SCHEMAS = {
    "qa.verification/1": VERIFIED_ANSWERS,
    "qa.quote/1": QUOTE_CHECK,
    "qa.annotations/1": FOUND_ANNOTATIONS,
    "qa.draft/1": DRAFT_CHECK,
}
