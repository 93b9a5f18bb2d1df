"""Web Annotations of the W3C, as citations are written in them."""

from qa.annotations.writing import CONTEXT, PDF_FRAGMENTS
from qa.schemas.fields import (
    Schema,
    any_of,
    constant,
    described,
    list_of,
    named,
    object_of,
    text,
    whole,
)

QUOTE_SELECTOR = named(
    "TextQuoteSelector",
    "The characters of the quote.",
    type=constant("TextQuoteSelector"),
    exact=text("Verbatim text of the source."),
    optional={"prefix": text("Directly before it."), "suffix": text("Directly after it.")},
)
POSITION_SELECTOR = named(
    "TextPositionSelector",
    "The offsets of the quote, in code points.",
    type=constant("TextPositionSelector"),
    start=whole(),
    end=whole(),
)
PAGE_SELECTOR = named(
    "FragmentSelector",
    "The page of a PDF on which the quote begins.",
    type=constant("FragmentSelector"),
    conformsTo=constant(PDF_FRAGMENTS),
    value=text("Such as page=2.", pattern="^page=[1-9][0-9]*$"),
    optional={"refinedBy": described(QUOTE_SELECTOR, "If all of it stands on this page.")},
)

_CONTEXT: dict[str, Schema] = {"@context": constant(CONTEXT)}
_CONTENT = text(
    "The SHA-256 of the file, as a name of RFC 6920.", pattern="^ni:///sha-256;[A-Za-z0-9_-]{43}$"
)
_IRI = text("A URN.")
_ANNOTATION: dict[str, Schema] = {
    "id": text("A URN, of the content of the file and the position alone."),
    "type": constant("Annotation"),
    "motivation": constant("highlighting"),
    "target": object_of(
        {
            "type": constant("SpecificResource"),
            "source": object_of(
                {
                    "id": text("Path as a relative IRI, or a file: IRI."),
                    "type": constant("Text"),
                    "format": text("Media type."),
                    "dc:title": text(),
                }
            ),
            "state": object_of({"type": constant("TimeState"), "cached": _CONTENT}),
            "selector": list_of(
                any_of(QUOTE_SELECTOR, POSITION_SELECTOR, PAGE_SELECTOR), "All of the same text."
            ),
        }
    ),
}

ANNOTATION = named("Annotation", "A citation.", **_CONTEXT, **_ANNOTATION)
COLLECTED = named("CollectedAnnotation", "A citation, within its collection.", **_ANNOTATION)
COLLECTION = named(
    "AnnotationCollection",
    "The citations of an answer; of no answer, none.",
    **_CONTEXT,
    id=_IRI,
    type=constant("AnnotationCollection"),
    label=text("The question."),
    total=whole("Number of annotations."),
    optional={
        "first": named(
            "AnnotationPage",
            "All of them.",
            id=_IRI,
            type=constant("AnnotationPage"),
            partOf=text("Id of the collection."),
            startIndex={"type": "integer", "const": 0},
            items=list_of(COLLECTED, "In the order of the citations."),
        ),
        "last": text("Id of the same page."),
    },
)

SCHEMAS = {"Annotation": ANNOTATION, "AnnotationCollection": COLLECTION}
"""By their field ``type``: they have no field ``schema``."""
