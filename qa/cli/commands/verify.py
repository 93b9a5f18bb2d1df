"""``qa verify``: check saved answers against the sources, or look one quote up in the index."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa import IndexMissing, InputError
from qa.cli.options import Options, options_of
from qa.cli.terminal.output import note, terminal, working_folder, write_json, write_lines
from qa.cli.terminal.texts import read_bytes, read_text, text_of, write_text

if TYPE_CHECKING:
    from qa import PackChecked

_PACKS = {".html", ".htm", ".zip"}
"""Suffixes of packs, also of those that are damaged at their beginning."""


def verify(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Answers saved from `qa ask --json`, a certificate, a pack, or Web Annotations of "
            "any program; - for stdin.",
        ),
    ] = "-",
    quote: Annotated[
        str | None,
        typer.Option(
            "--quote",
            metavar="TEXT",
            help="Look this quote up in all indexed documents instead; - for standard input.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source", metavar="PATH", help="With --quote: the source that it should be from."
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Also fail if a quote has moved; with a pack, also if a source is not here.",
        ),
    ] = False,
    signers: Annotated[
        str | None,
        typer.Option(
            "--signers",
            metavar="FILE",
            help="With a pack: it has to be signed by one of these; a list as of ssh-keygen.",
        ),
    ] = None,
    identity: Annotated[
        str | None,
        typer.Option("--identity", metavar="WHO", help="With --signers: by this one."),
    ] = None,
    annotations: Annotated[
        str | None,
        typer.Option(
            "--annotations",
            metavar="FILE.jsonld",
            help="Also write the citations of saved answers as W3C Web Annotations.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> int:
    """Check saved answers against the current sources.

    Prints one line per citation.

    verified: the quote is where the citation says. moved: it is elsewhere in the source,
    or in the source under another name. changed: the source no longer holds it, or the citation
    was altered. missing: the source cannot be read. not checked: the path leads out of the folder
    and is not indexed, or the page is a picture that is recognised in another way by now.

    A certificate of `qa ask --certificate` holds if its files are the same, there is no other, and
    asking again gives the same; for that the index must hold the same texts.

    A pack of `qa pack` is checked for itself, every byte of it, and then its quotes in the sources,
    where these are here, and in those that it holds. Its pictures are compared with the pages of
    these sources, drawn again. With --signers its signature is checked, too.

    Web Annotations, as of `qa ask --annotations` or of other programs, are looked up in the index.
    same file, renamed: the file has the hash that the annotation tells. same name, converted: the
    text stands in a file of that name, or in another one, at most in another typography.
    ambiguous: it stands in several places. changed, nowhere: see --quote. Exits with 1 unless each
    is found in one place; with --strict, unless each is in the same file.

    With --quote, a quote that somebody wrote is looked up, wherever it may be from. It is exact,
    equal but for typography, drifted (and which words differ), elsewhere (not in --source, but in
    another document) or absent. Exits with 1 unless it is exact or differs in typography alone.

    Exits with 1 unless every quote is verified or has moved; with --strict, unless every quote is
    verified. Relative paths start from the folder of the index, or without one from the working
    folder.
    """
    import qa
    from qa.rendering.reports import render_verification

    options = options_of(context)
    if quote is not None:
        if file != "-" or strict:
            raise InputError("--quote looks up one quote; leave FILE and --strict out")
        return _look_up(quote, source, options, as_json=as_json)
    if source is not None:
        raise InputError("--source says where a quote should be from; use it with --quote")
    data, name = read_bytes(file, "qa ask --json ... | qa verify")
    if qa.is_pack(data) or Path(file).suffix.lower() in _PACKS:
        pack = data if file == "-" else Path(file)
        checked_pack = qa.verify_pack(
            pack, index=options.named_index, signers=signers, identity=identity
        )
        return _tell_pack(checked_pack, options, as_json=as_json, strict=strict)
    if signers is not None or identity is not None:
        raise InputError(f"{name} is no pack; --signers and --identity are for packs")
    text = text_of(data, name)
    if annotations is None and qa.is_certificate(text):
        return _verify_certificate(text, name, options, as_json=as_json)
    if annotations is None and qa.is_annotations(text):
        return _find_annotations(text, name, options, strict=strict, as_json=as_json)
    checked = qa.verify(text, index=options.named_index, name=name)
    if annotations is not None:
        made = qa.annotate_answers(text, index=options.named_index, name=name)
        write_text(annotations, f"{json.dumps(made, indent=2, ensure_ascii=False)}\n")
    if as_json:
        write_json(checked.to_dict())
    else:
        shown = terminal(options)
        write_lines(render_verification(each, shown) for each in checked.citations)
    if any(each.verdict is qa.Verdict.MISSING for each in checked.citations):
        why = "" if checked.index else "; there is no index here or above, --index names one"
        note(f"relative paths start from {checked.root}{why}", options)
    if not checked.citations:
        note(f"{name} holds no citations; there is nothing to verify", options)
    return 0 if checked.verified or (checked.stands and not strict) else 1


def _tell_pack(checked: "PackChecked", options: Options, *, as_json: bool, strict: bool) -> int:
    from qa.rendering.packs import render_pack_check

    if as_json:
        write_json(checked.to_dict())
    else:
        write_lines(render_pack_check(checked, terminal(options)))
    return 0 if (checked.complete if strict else checked.holds) else 1


def _find_annotations(
    text: str, name: str, options: Options, *, strict: bool, as_json: bool
) -> int:
    import qa
    from qa.rendering.annotations import render_target

    found = qa.find_annotations(text, index=options.named_index, name=name)
    if as_json:
        write_json(found.to_dict())
    else:
        shown = terminal(options)
        write_lines(line for each in found.targets for line in render_target(each, shown))
    if not found.targets:
        note(f"{name} holds no annotations; there is nothing to find", options)
    return 0 if found.unchanged or (found.stands and not strict) else 1


def _verify_certificate(text: str, name: str, options: Options, *, as_json: bool) -> int:
    import qa
    from qa.rendering.absence import render_certificate

    certificate = qa.AbsenceCertificate.from_json(text, name)
    try:
        session = options.open()
    except IndexMissing:
        if options.named_index:
            raise
        checked = qa.check_certificate(certificate, None, root=working_folder())
    else:
        with session:
            checked = qa.check_certificate(certificate, session, root=working_folder())
    if as_json:
        write_json(checked.to_dict())
    else:
        write_lines(render_certificate(checked, terminal(options)))
    return 0 if checked.holds else 1


def _look_up(quote: str, source: str | None, options: Options, *, as_json: bool) -> int:
    from qa.rendering.quotes import render_quote

    text = quote
    if quote == "-":
        text = read_text("-", "qa verify --quote - < quote.txt")[0].removesuffix("\n")
    with options.open() as session:
        check = session.verify_quote(text, source=source)
    if as_json:
        write_json(check.to_dict())
    else:
        write_lines(render_quote(check, terminal(options)))
    return 0 if check.stands else 1
