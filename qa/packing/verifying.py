"""Checks a pack: its bytes, its signature, and whether its quotes stand in the sources."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypeVar

from qa import inputs
from qa.checking.saved import Owned, claims_of, owned
from qa.checking.sources import Sources
from qa.checking.verification import Claim, Verdict, Verification, verify
from qa.keeping.absence import AbsenceCertificate, CertificateChecked, check_certificate
from qa.packing.budget import Budget
from qa.packing.checked import PackChecked, PictureInPack, QuoteInPack
from qa.packing.collecting import Numbered
from qa.packing.containers import (
    MOST_JSON,
    Container,
    Parts,
    bytes_of,
    canonical,
    is_pack,
    json_object,
    opened,
)
from qa.packing.page import MALFORMED, PAGE_VERSION, page_of
from qa.packing.pictures import Comparison
from qa.packing.quotes import is_around
from qa.packing.records import PAGE, Malformed, Pack, PackedQuote, PackPart, names_of
from qa.packing.saved import answer_in, is_absence
from qa.packing.signing import check_signature, signature_of
from qa.places import SourceSpan
from qa.sealed import seal_of
from qa.session.library import Pathlike
from qa.session.saved import sources_now
from qa_index.errors import InputError

_Result = TypeVar("_Result")

MOST_SECONDS = 900
"""Of one verification, for looking up all quotes with the text around them, and certificates.

A pack of 20 MB can hold a page of 10 MB and 17,000 quotes, each of which takes 6.4 s of computing.
"""


def verify_pack(
    pack: Pathlike | bytes,
    *,
    index: Pathlike | None = None,
    signers: Pathlike | None = None,
    identity: str | None = None,
) -> PackChecked:
    """Checks a pack.

    It is data from strangers: nothing of it is unpacked to a place that it names, and of files
    outside it only those are opened that ``qa.verify`` opens. Where a source is at hand with the
    bytes that were cited, its pages are drawn again beside the pictures. No model is loaded. What
    was not looked up after ``MOST_SECONDS`` is counted.

    Args:
        pack: The pack, or its bytes.
        index: Folder of the index that was asked; by default as for ``qa.verify``.
        signers: A list of those who may have signed it, see ALLOWED SIGNERS in ``ssh-keygen(1)``.
        identity: The one of them who has to have signed it.

    Raises:
        InputError: The file cannot be read or is no pack; there is no such list of signers, or no
            ``ssh-keygen``.
        IndexProblem: The index is damaged or incompatible; or it was named, and there is none.
    """
    path = None if isinstance(pack, bytes) else inputs.path(pack, "pack")
    if signers is None and identity is not None:
        raise InputError("an identity is one of the signers; name their list, too")
    if signers is not None and path is None:
        raise InputError("a signature lies beside its pack; name the file of the pack")
    data = pack if isinstance(pack, bytes) else bytes_of(Path(pack))
    if not is_pack(data):
        raise InputError(
            f"{path or 'the text'} is no pack of `qa pack`, or its beginning is damaged"
        )
    found = _taken_apart(data)
    signature = None
    if signers is not None and path is not None:
        signature = check_signature(path, data, signers, identity=identity)
    against = _against_sources(found, index)
    return PackChecked(
        pack=found.pack,
        problems=found.problems,
        page_compared=found.page_compared,
        quotes=against.quotes,
        enclosed=against.enclosed,
        certificates=against.certificates,
        not_read=against.not_read,
        not_looked_up=against.not_looked_up,
        signature=signature,
        signed=path is not None and signature_of(path).exists(),
    )


class _Found(NamedTuple):
    pack: Pack | None
    parts: Parts
    problems: tuple[str, ...]
    page_compared: bool = False


def _taken_apart(data: bytes) -> _Found:
    """A pack and what is wrong with it. Only parts that are as the manifest says are given."""
    try:
        held = opened(data)
        pack = Pack.from_dict(held.manifest)
    except Malformed as error:
        return _Found(None, {}, (str(error),))
    problems = [*_damages(held, pack)]
    sound = {part.name: held.parts[part.name] for part in pack.parts if _fits(part, held.parts)}
    compared = pack.page_version == PAGE_VERSION
    if not problems and compared:
        try:
            same = page_of(pack, sound) == held.page
        except MALFORMED:
            same = False
        if not same:
            problems.append("its page does not show what its parts hold")
    return _Found(pack, sound, tuple(problems), compared and not problems)


def _fits(part: PackPart, parts: Parts) -> bool:
    data = parts.get(part.name)
    return data is not None and (len(data), _sha256(data)) == (part.size, part.sha256)


def _damages(held: Container, pack: Pack) -> Iterator[str]:
    sealed = dict(held.manifest)
    seal = sealed.pop("seal", None)
    if seal != seal_of(sealed) or _canonical(held.manifest) != held.raw_manifest:
        yield "its manifest was altered: the seal is that of another one"
    if pack.page is None or not _fits(pack.page, {PAGE: held.page}):
        yield "its page was altered"
    listed = {part.name: part for part in pack.parts}
    for name in sorted(listed.keys() | held.parts.keys()):
        if name not in held.parts:
            yield f"its part {name} is missing"
        elif name not in listed:
            yield f"it has a part that the manifest does not list, {name[:100]}"
        elif not _fits(listed[name], held.parts):
            yield f"its part {name} was altered"
    if lacking := sorted(set(names_of(pack)) - listed.keys()):
        yield f"its manifest refers to {lacking[0]}, which it does not list"
    if unused := sorted(listed.keys() - set(names_of(pack))):
        yield f"its manifest lists {unused[0]}, which nothing refers to"
    for answer in {each.part: None for each in pack.answers}:
        if len(held.parts.get(answer, b"")) > MOST_JSON:
            yield f"its part {answer} is larger than {MOST_JSON >> 20} MiB"
    if not held.whole:
        yield "it has bytes that `qa pack` does not write"


def _canonical(manifest: dict[str, Any]) -> bytes:
    try:
        return canonical(manifest)
    except (ValueError, RecursionError):
        return b""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class _Quoted(NamedTuple):
    """A citation of an answer in a pack, with its record if there is one."""

    answer: int
    number: int
    citation: dict[str, Any]
    claim: Claim
    quote: PackedQuote | None


class _Against(NamedTuple):
    """What was looked up in the sources; see ``PackChecked``."""

    quotes: tuple[QuoteInPack, ...] = ()
    enclosed: tuple[QuoteInPack, ...] = ()
    certificates: tuple[CertificateChecked, ...] = ()
    not_read: int = 0
    not_looked_up: int = 0


class _Limited:
    """Looks up until this has taken some seconds in all, and counts what is left."""

    def __init__(self, seconds: float) -> None:
        self._budget = Budget(seconds)
        self.left = 0

    def __call__(self, look_up: Callable[[], _Result]) -> _Result | None:
        """What ``look_up`` returns; ``None`` if the time is over."""
        if self._budget.is_spent:
            self.left += 1
            return None
        with self._budget.spending():
            return look_up()


def _against_sources(found: _Found, index: Pathlike | None) -> _Against:
    if found.pack is None:
        return _Against()
    answers = [_answer(each.part, found.parts) for each in found.pack.answers]
    quoted = [*_quoted(found.pack, answers)]
    comparison, limited = Comparison(), _Limited(MOST_SECONDS)
    with ExitStack() as stack:
        session, here, others = sources_now(index, stack)
        owners = owned([each.claim for each in quoted], here, others)
        quotes = [
            _checked(each, owner, found.parts, comparison, limited, enclosed=False)
            for each, owner in zip(quoted, owners, strict=True)
        ]
        certificates = [
            limited(partial(check_certificate, each, session, root=here.root, ask=False))
            for each in _certificates(answers)
        ]
    enclosed = [*_enclosed(found, quoted, comparison, limited)]
    read = {(each.answer, each.number) for each in quoted}
    return _Against(
        quotes=tuple(each for each in quotes if each is not None),
        enclosed=tuple(each for each in enclosed if each is not None),
        certificates=tuple(each for each in certificates if each is not None),
        not_read=sum((each.answer, each.citation) not in read for each in found.pack.quotes),
        not_looked_up=limited.left,
    )


def _answer(part: str, parts: Parts) -> dict[str, Any]:
    """An answer of the pack; empty if it is damaged or too large."""
    try:
        return json_object(parts[part], f"part {part}")
    except (KeyError, Malformed):
        return {}


def _quoted(pack: Pack, answers: Sequence[dict[str, Any]]) -> Iterator[_Quoted]:
    recorded = {(each.answer, each.citation): each for each in pack.quotes}
    for number, data in enumerate(answers, 1):
        try:
            answer = answer_in(data)
            claims = claims_of(answer, f"answer {number}")
        except (InputError, KeyError, TypeError):
            continue
        for place, claim in enumerate(claims, 1):
            recorded_as = recorded.get((number, place))
            yield _Quoted(number, place, answer["citations"][place - 1], claim, recorded_as)


def _certificates(answers: Sequence[dict[str, Any]]) -> Iterator[AbsenceCertificate]:
    for data in answers:
        if not is_absence(data):
            continue
        try:
            yield AbsenceCertificate.from_json(json.dumps(data))
        except InputError:  # the pack is not intact, or its maker made it so
            continue


def _checked(
    each: _Quoted,
    owner: Owned,
    parts: Parts,
    comparison: Comparison,
    limited: _Limited,
    *,
    enclosed: bool,
) -> QuoteInPack | None:
    """A quote in its source, with its pictures; ``None`` if there was no time to look it up."""
    found = limited(partial(_looked_up, each, owner, parts))
    if found is None:
        return None
    checked, context = found
    pictures: tuple[PictureInPack, ...] = ()
    if each.quote is not None:
        numbered = Numbered(each.answer, each.number, each.citation, owner)
        pictures = tuple(comparison.compared(numbered, checked, each.quote.pictures, parts))
    return QuoteInPack(each.answer, each.number, checked, context, enclosed, pictures)


def _looked_up(
    each: _Quoted, owner: Owned, parts: Parts
) -> tuple[Verification, Verification | None]:
    """A quote, and the text around it if the pack has that."""
    claim, sources, may_open = owner
    checked = verify(claim, sources, may_open=may_open)
    if checked.verdict is Verdict.MISSING and not sources.lists(claim.path):
        checked = replace(
            checked,
            verdict=Verdict.NOT_CHECKED,
            source_changed=None,
            detail="its source is not here",
        )
    if each.quote is None or each.quote.context not in parts or not checked.stands:
        return checked, None
    text = parts[each.quote.context].decode("utf-8", "surrogatepass")
    around = _context_claim(each.quote, claim, text)
    if is_around(text, each.quote, claim):
        return checked, verify(around, sources, may_open=may_open)
    detail = "the text around it does not hold the quote"
    return checked, Verification(Verdict.CHANGED, around, None, checked.source_changed, detail)


def _context_claim(quote: PackedQuote, claim: Claim, text: str) -> Claim:
    """That the quote stands in the source with the text around it."""
    start = max(0, claim.span.start - max(0, quote.start))
    return replace(
        claim,
        quote=text,
        quote_sha256=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        span=SourceSpan(start, start + len(text)),
        lines=None,
        unit=None,
        around=None,  # this is of the quote
    )


def _enclosed(
    found: _Found, quoted: Sequence[_Quoted], comparison: Comparison, limited: _Limited
) -> Iterator[QuoteInPack | None]:
    """The quotes checked against the sources in the pack, where it has them; see ``_checked``."""
    pack = found.pack
    files_of = {
        (each.path, each.sha256): each.part
        for each in (pack.sources if pack else ())
        if each.part is not None and each.part in found.parts
    }
    if not files_of:
        return
    with tempfile.TemporaryDirectory(prefix="qa-pack-") as folder:
        # Named by us; of the names in the pack only the suffix counts, which tells the format.
        names = {
            key: f"source-{number}{PurePosixPath(part).suffix}"
            for number, (key, part) in enumerate(files_of.items())
        }
        for key, name in names.items():
            (Path(folder) / name).write_bytes(found.parts[files_of[key]])
        sources = Sources(Path(folder))
        for each in quoted:
            stored = names.get((each.claim.path, each.claim.source_sha256))
            if stored is None:
                continue
            owner = Owned(replace(each.claim, path=stored), sources, True)
            checked = _checked(each, owner, found.parts, comparison, limited, enclosed=True)
            yield None if checked is None else _renamed(checked, stored, each.claim.path)


def _renamed(checked: QuoteInPack, stored: str, path: str) -> QuoteInPack:
    """What was found in a source under the name that we gave it, told with its own ``path``."""

    def told(found: Verification) -> Verification:
        return replace(
            found,
            claim=replace(found.claim, path=path),
            place=None if found.place is None else replace(found.place, path=path),
            detail=found.detail.replace(stored, path),
        )

    return replace(
        checked,
        verification=told(checked.verification),
        context=None if checked.context is None else told(checked.context),
        pictures=tuple(
            replace(each, detail=each.detail.replace(stored, path)) for each in checked.pictures
        ),
    )
