"""Packs of evidence."""

from qa.checking.verification import Verdict
from qa.packing.checked import PictureVerdict
from qa.schemas.checking import VERIFICATION, VERIFIED
from qa.schemas.fields import (
    constant,
    list_of,
    named,
    one_of,
    or_null,
    sha256,
    text,
    truth,
    whole,
)
from qa.schemas.keeping import CERTIFICATE_CHECKED

PART = named("PackPart", name=text(), size=whole("In bytes."), sha256=sha256())

PACKED_ANSWER = named(
    "PackedAnswer",
    part=text("The JSON of the answer or certificate."),
    holds=or_null(truth(), "Of a certificate, whether its files were the same."),
)
PACKED_PICTURE = named(
    "PackedPicture",
    page=whole(least=1),
    part=text(),
    optional={"drawn_by": text("The renderer, its version, and a hash of the system's fonts.")},
)
PACKED_QUOTE = named(
    "PackedQuote",
    "A quote as it was found in its source when it was packed.",
    answer=whole("From 1.", least=1),
    citation=whole("From 1.", least=1),
    verdict=one_of(Verdict),
    detail=text("For a person."),
    source_changed=or_null(truth()),
    context=or_null(text(), "The part with the text around it."),
    start=whole("In that text, in code points."),
    end=whole(),
    pictures=list_of(PACKED_PICTURE),
    lacking=or_null(text(), "What could not be packed, and why."),
)
PACKED_SOURCE = named(
    "PackedSource",
    path=text(),
    sha256=text("As it was cited."),
    part=or_null(text(), "The file itself."),
)
PACK = named(
    "Pack",
    "The manifest of a pack.",
    schema=constant("qa.pack/1"),
    tool=text("Version of the program that made it."),
    page_version=whole(),
    answers=list_of(PACKED_ANSWER),
    quotes=list_of(PACKED_QUOTE, "One for each citation."),
    sources=list_of(PACKED_SOURCE),
    parts=list_of(PART),
    page=or_null(PART),
    seal=sha256("Of the rest as JSON with sorted keys."),
)

PICTURE_IN_PACK = named(
    "PictureInPack",
    "A picture beside its page, drawn again from the source.",
    page=whole(),
    part=text(),
    verdict=one_of(
        PictureVerdict,
        "close: but for small differences, as where another version of the renderer drew it. "
        "not_comparable: drawn by another version. not_drawn: checked by its hash alone.",
    ),
    detail=text("For a person."),
)
QUOTE_IN_PACK = named(
    "QuoteInPack",
    "Whether a quote of a pack stands in its source, and with it the text around it.",
    answer=whole("From 1.", least=1),
    citation=whole("From 1.", least=1),
    stands=truth("Also the text around it."),
    here=truth("Whether the source is at hand."),
    enclosed=truth("Whether it was looked up in the pack, not outside."),
    context=or_null(VERIFICATION, "The same for the quote with the text around it."),
    pictures=list_of(PICTURE_IN_PACK, "Beside the same source."),
    **VERIFIED,
)
PACK_CHECKED = named(
    "PackChecked",
    "What has become of a pack and of its sources.",
    schema=constant("qa.pack-verification/1"),
    holds=truth(
        "Whether it is intact and stands, its pictures hold, and it is signed if that was asked."
    ),
    intact=truth("Whether every byte is as it was written."),
    problems=list_of(text(), "Why it is not intact."),
    page_compared=truth("Whether the page was made again and compared."),
    stands=truth("Whether all quotes are in the sources that are here and in the pack."),
    pictures_hold=truth("Whether no picture that could be drawn again shows something else."),
    as_they_were=or_null(truth(), "Whether the sources here are; null if none is here."),
    signed=truth("Whether there is a signature beside it."),
    signature=or_null(
        named("SignatureChecked", valid=truth(), identity=or_null(text()), detail=text()),
        "Null if no signers were named.",
    ),
    not_read=whole("Quotes of answers that were altered, which were not looked up."),
    not_looked_up=whole(
        "Other quotes, and certificates, that were not looked up, as it took too long."
    ),
    certificates_checked=whole("Those of whose files at least one is here."),
    quotes=list_of(QUOTE_IN_PACK, "Looked up outside the pack."),
    enclosed=list_of(QUOTE_IN_PACK, "Looked up in the sources that it holds."),
    certificates=list_of(CERTIFICATE_CHECKED),
    manifest=or_null(PACK, "Null if it could not be read."),
)

SCHEMAS = {
    "qa.pack/1": PACK,
    "qa.pack-verification/1": PACK_CHECKED,
}
