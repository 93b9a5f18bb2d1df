"""Packs answers with their evidence into one file."""

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from qa import inputs
from qa.checking.saved import owned
from qa.checking.sources import Sources
from qa.checking.verification import Verdict
from qa.errors import QuoteNotHeld
from qa.keeping.absence import check_certificate
from qa.packing.collecting import FINEST, Collected, Numbered, collected, source_of_quote
from qa.packing.containers import (
    MOST_BYTES,
    MOST_JSON,
    Parts,
    block_of_texts,
    canonical,
    holds_nothing_else,
    html_of,
    zip_of,
)
from qa.packing.page import MALFORMED, PAGE_VERSION, page_of
from qa.packing.records import PAGE, Pack, PackedAnswer, PackedSource, PackPart
from qa.packing.saved import Given, Saved, saved
from qa.packing.signing import signed, write_signature
from qa.session.library import Pathlike
from qa.session.opened import Session
from qa.session.saved import sources_now
from qa_eval.files import write_atomically
from qa_index.errors import InputError
from qa_index.formats import UnreadableSource
from qa_index.formats.pictures import RESOLUTION
from qa_index.sources import files
from qa_index.version import tool_version

SUFFIXES = {".html": False, ".htm": False, ".zip": True}
"""Whether each is a ZIP archive."""


def pack(
    answers: Given | Sequence[Given],
    *,
    to: Pathlike,
    index: Pathlike | None = None,
    sources: bool = False,
    allow_changed: bool = False,
    sign: Pathlike | None = None,
    interactive: bool = False,
    dots_per_inch: int = RESOLUTION,
) -> Pack:
    """Packs answers with their quotes, the text around them and pictures of their pages.

    Every quote is looked up in its source first. The same answers and sources give the same bytes.
    No model is loaded.

    Args:
        answers: One or several: an ``Answer``, an ``AbsenceCertificate``, text that ``qa.verify``
            takes or certificates as JSON, or the path of a file with such text.
        to: The pack: a page (``.html``) or an archive (``.zip``). Replaced in one step if it is a
            pack.
        index: Folder of the index that was asked; by default as for ``qa.verify``.
        sources: Also put the files of the sources into an archive.
        allow_changed: Pack quotes that their sources no longer hold, and say so in the pack.
        sign: Key to sign the pack with, see ``sign_pack``.
        interactive: Whether the key's passphrase may be asked for on the terminal.
        dots_per_inch: Resolution of the pictures, at most 2400.

    Raises:
        QuoteNotHeld: A source does not hold its quote or cannot be read, or a certificate does not
            hold, and ``allow_changed`` was not given.
        InputError: Something else than answers was given, the pack would be too large, or cannot
            be written or signed.
        IndexProblem: The index is damaged or incompatible; or it was named, and there is none.
    """
    path = inputs.path(to, "to")
    dots_per_inch = inputs.whole_number(dots_per_inch, "dots_per_inch", least=1, most=FINEST)
    as_zip = SUFFIXES.get(path.suffix.lower())
    if as_zip is None:
        raise InputError(f"{path}: a pack is one page or one archive; name a .html or .zip file")
    if sources and not as_zip:
        raise InputError("the sources go into an archive; name a .zip file")
    _check_replaced(path)
    given = list(saved(answers))
    if not given:
        raise InputError("there is no answer to pack")
    with ExitStack() as opened:
        session, here, others = sources_now(index, opened)
        packed = [_answer(number, each, session, here) for number, each in enumerate(given, 1)]
        numbered = _numbered(given, here, list(others))
        found = [collected(each, dots_per_inch=dots_per_inch) for each in numbered]
        if not allow_changed:
            _check_held(given, packed, found, here.root)
        cited, enclosed = _sources(numbered, found, enclose=sources)
    parts = {answer.part: canonical(each.data) for answer, each in zip(packed, given, strict=True)}
    for one in found:
        parts |= one.parts
    parts |= enclosed
    made = Pack(
        tool=tool_version(),
        page_version=PAGE_VERSION,
        answers=tuple(packed),
        quotes=tuple(each.quote for each in found),
        sources=tuple(cited),
        parts=tuple(part_of(name, parts[name]) for name in sorted(parts)),
    )
    made, data = _put_together(made, parts, as_zip=as_zip)
    signature = None if sign is None else signed(data, sign, interactive=interactive)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error
    beside = None if signature is None else write_signature(path, signature)
    return replace(made, path=path, sha256=hashlib.sha256(data).hexdigest(), signature=beside)


def part_of(name: str, data: bytes) -> PackPart:
    """The record of a part."""
    return PackPart(name, len(data), hashlib.sha256(data).hexdigest())


def _put_together(made: Pack, parts: Parts, *, as_zip: bool) -> tuple[Pack, bytes]:
    try:
        page = page_of(made, parts)
    except InputError:
        raise
    except MALFORMED as error:
        lacking = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise InputError(
            f"an answer is malformed: {lacking}; save it with `qa ask --json`"
        ) from None
    made = replace(made, page=part_of(PAGE, page))
    manifest = canonical(made.to_dict())
    data = zip_of(page, manifest, parts) if as_zip else html_of(page, manifest)
    if len(data) > MOST_BYTES or len(manifest) > MOST_JSON:
        raise _too_large()
    if not as_zip and len(block_of_texts(page)) > MOST_JSON:
        raise InputError(
            f"the texts in the page would be larger than {MOST_JSON >> 20} MiB; pack fewer "
            "answers, or name a .zip file"
        )
    return made, data


def _too_large() -> InputError:
    most = MOST_BYTES // 1_000_000
    return InputError(
        f"the pack would be larger than {most} MB; pack fewer answers, or leave the sources out"
    )


def _check_replaced(path: Path) -> None:
    """Raises ``InputError`` if something else than a pack would be overwritten."""
    try:
        there = holds_nothing_else(files.read_bytes(path))
    except FileNotFoundError:
        return
    except (OSError, UnreadableSource):
        there = False
    if not there:
        raise InputError(f"{path} is there already and is no pack; name another file")


def _answer(number: int, each: Saved, session: Session | None, here: Sources) -> PackedAnswer:
    part, certificate = f"answers/{number:04}.json", each.certificate
    if certificate is None:
        return PackedAnswer(part)
    checked = check_certificate(certificate, session, root=here.root, ask=False)
    return PackedAnswer(part, checked.holds)


def _numbered(given: list[Saved], here: Sources, others: list[Sources]) -> list[Numbered]:
    found: list[Numbered] = []
    for number, each in enumerate(given, 1):
        owners = owned(each.claims, each.sources or here, others)
        cited = zip(each.answer["citations"], owners, strict=True)
        found += (Numbered(number, place, *both) for place, both in enumerate(cited, 1))
    return found


def _check_held(
    given: list[Saved], packed: list[PackedAnswer], found: list[Collected], root: Path
) -> None:
    """Raises ``QuoteNotHeld`` for the first quote or certificate that does not hold."""
    remedy = "ask again after `qa index`, or pack it as it is with --allow-changed, which says so"
    lost = [each.checked for each in found if not each.quote.stands]
    if lost:
        more = f" (and {len(lost) - 1:,} more)" if len(lost) > 1 else ""
        where = ""
        if lost[0].verdict is Verdict.MISSING:
            where = f"; relative paths start from {root}"
        raise QuoteNotHeld(f"{lost[0].location}: {lost[0].detail}{more}{where}; {remedy}")
    for answer, each in zip(packed, given, strict=True):
        if answer.holds is False:
            raise QuoteNotHeld(
                f"the certificate for {each.answer['question']!r} does not hold: files changed "
                f"since, or are new; {remedy}"
            )


def _sources(
    numbered: list[Numbered], found: list[Collected], *, enclose: bool
) -> tuple[list[PackedSource], Parts]:
    """The sources in the order in which they are cited, and their files if they are enclosed."""
    cited: dict[tuple[str, str], PackedSource] = {}
    enclosed: Parts = {}
    for each, one in zip(numbered, found, strict=True):
        claim = one.checked.claim
        key = claim.path, claim.source_sha256
        if key in cited and not (enclose and cited[key].part is None and one.quote.stands):
            continue
        cited[key] = PackedSource(*key)
        if enclose and one.quote.stands:
            number = list(cited).index(key) + 1
            cited[key], data = source_of_quote(number, one.checked, each.owned.sources)
            enclosed[str(cited[key].part)] = data
            if sum(map(len, enclosed.values())) > MOST_BYTES:
                raise _too_large()
    return list(cited.values()), enclosed
