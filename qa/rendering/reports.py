"""Short reports on builds, index state and verifications."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from qa import Verdict
from qa.rendering.characters import counted, visible
from qa.rendering.promises import LABEL, doubts_of, promise_facts
from qa.rendering.terminal import Terminal

if TYPE_CHECKING:
    from qa import BuildReport, IndexedSource, State, Verification

LEFT_OUT_NAMED = 3
"""Number of names shown of files excluded by default."""
GROUPED_FROM = 4
"""Number of files up to which those with the same reason have a line each."""
TAGS_SHOWN = 5
"""Tags of one document; JSON has all."""
LISTED = 20
"""Number of lines about files, unless all are requested."""


def render_build(
    report: "BuildReport", terminal: Terminal, *, dry_run: bool = False, full: bool = False
) -> Iterator[str]:
    """What a build did, or would do; ``full`` if everything is rebuilt."""
    changes = {"added": report.added, "changed": report.changed, "removed": report.removed}
    parts = [f"{len(files):,} {what}" for what, files in changes.items() if files]
    if dry_run:
        parts = ["all of it anew", *parts] if full else parts or ["nothing, all is up to date"]
        skipped = f" ({len(report.skipped):,} skipped)" if report.skipped else ""
        yield f"would index: {', '.join(parts)}{skipped}"
        for what, files in changes.items():
            for path in files:
                yield f"  {what:<8}{visible(path)}"
        return
    if report.skipped:
        parts.append(f"{len(report.skipped):,} skipped")
    if report.left_out:
        parts.append(f"{len(report.left_out):,} left out")
    if report.resumed:
        parts.append(f"{report.resumed:,} passages from an interrupted run")
    told = f" ({', '.join(parts)})" if parts else ""
    size = f"{counted(report.documents, 'document')}, {counted(report.passages, 'passage')}"
    if report.idle and not report.encoded:
        yield f"up to date: {size}{told}"
    else:
        yield f"indexed {size} in {report.seconds:.1f} s{told}"


def render_skipped(
    report: "BuildReport", *, all_of_them: bool, earlier: bool = True
) -> Iterator[str]:
    """Which files were skipped, and why; files that were skipped before are only counted.

    Many with the same reason share a line, unless all are requested. ``earlier`` counts.
    """
    files = report.skipped if all_of_them else report.newly_skipped
    paths_of: dict[str, list[str]] = {}
    for file in files:
        paths_of.setdefault(file.reason, []).append(file.path)
    lines: list[str] = []
    for reason, paths in paths_of.items():
        if all_of_them or len(paths) <= GROUPED_FROM:
            lines += (f"skipped {path}: {reason}" for path in paths)
        else:
            named = ", ".join(paths[:LEFT_OUT_NAMED])
            more = len(paths) - LEFT_OUT_NAMED
            lines.append(f"skipped {len(paths):,} files: {reason} ({named} and {more:,} more)")
    yield from _bounded(lines, all_of_them=all_of_them)
    if earlier and (before := len(report.skipped) - len(files)):
        yield f"{before:,} skipped as before; --verbose lists them"


def render_incomplete(report: "BuildReport") -> Iterator[str]:
    """How many new documents were read only in part, or not surely, if any."""
    if paths := report.incomplete:
        were = "was" if len(paths) == 1 else "were"
        yield (
            f"{counted(len(paths), 'document')} {were} read only in part or not surely, such as "
            f"{paths[0]}; `qa status --verbose` tells why"
        )


def render_left_out(paths: Sequence[str]) -> str:
    """How much was excluded by default, and how to include it."""
    names = list(dict.fromkeys(PurePosixPath(path).name for path in paths))
    such = ", ".join(names[:LEFT_OUT_NAMED])
    what = "1 file or folder" if len(paths) == 1 else f"{len(paths):,} files and folders"
    return f"left out {what} that tools make ({such}); --no-default-excludes takes them in"


def _bounded(lines: Sequence[str], *, all_of_them: bool) -> Iterator[str]:
    shown = lines if all_of_them else lines[:LISTED]
    yield from shown
    if len(shown) < len(lines):
        yield f"... and {len(lines) - len(shown):,} more; --verbose lists all"


def render_verification(checked: "Verification", terminal: Terminal) -> str:
    """One citation's verdict."""
    style = {Verdict.VERIFIED: terminal.good, Verdict.MOVED: terminal.doubtful}
    verdict = f"{checked.verdict.replace('_', ' '):<11}"
    shown = style.get(checked.verdict, terminal.bad)(verdict)
    return f"{shown}  {visible(checked.location)}  {visible(checked.detail)}"


def _language(code: str) -> str:
    return "unknown" if code == "und" else code


def render_state(state: "State", terminal: Terminal, *, all_of_them: bool) -> Iterator[str]:
    """What is indexed, and whether the index is up to date and intact."""
    condition, counts = state.condition, state.counts
    languages = ", ".join(f"{_language(name)} {count:,}" for name, count in state.languages.items())
    facts = {
        "index": f"{state.name}, {state.size / 1e6:,.1f} MB",
        "written": f"{state.created}, generation {state.generation}, by {state.tool}",
        "model": f"{state.model.name}, {state.model.dimension} dimensions",
        "documents": f"{counts.documents:,}" + (f" ({languages})" if languages else ""),
        "passages": f"{counts.passages:,}, {counts.sentences:,} sentences",
        "made from": ", ".join(root.path for root in state.roots),
    }
    own = state.calibration
    if state.doubt is not None and (own is None or own.promise is not None):
        facts["confidence"] = state.doubt
    if own is not None and own.promise is None:
        facts["calibrated"] = f"to {own.questions}, {own.made}"
    if state.gaps:
        lacking = counted(len({gap.path for gap in state.gaps}), "document")
        parts = counted(len(state.gaps), "place")
        more = "" if all_of_them else "; --verbose lists them"
        facts["gaps"] = f"{parts} in {lacking} could not be read, or not surely{more}"
    if state.recognised:
        pages = counted(sum(each.pages for each in state.recognised), "page")
        programs = ", ".join(sorted({each.by for each in state.recognised}))
        where = counted(len(state.recognised), "document")
        more = "" if all_of_them else "; --verbose lists them"
        facts["recognised"] = f"text in pictures on {pages} of {where}, by {programs}{more}"
    if state.undated:
        facts["dates"] = f"{counted(state.undated, 'document')} without one"
    if state.engine is not None:
        facts["server"] = _server(state.engine)
    for label, fact in (*facts.items(), *promise_facts(state)):
        yield _fact(label, visible(fact), terminal)
    for doubt in doubts_of(state, terminal):
        yield _fact("", doubt, terminal)
    fresh = terminal.good("up to date")
    yield _fact("sources", fresh if condition.fresh else _differences(state, terminal), terminal)
    if state.checked:
        yield _fact("files", terminal.good("sound, every byte checked"), terminal)
    lines = [
        f"{what:<9}{path}"
        for what, paths in (
            ("changed", condition.changed),
            ("gone", condition.vanished),
            ("new", condition.new),
            ("skipped", [f"{file.path}: {file.reason}" for file in condition.skipped]),
        )
        for path in paths
    ]
    if all_of_them:
        lines += (f"{'gap':<9}{gap.path}: {gap.place}: {gap.reason}" for gap in state.gaps)
        lines += (
            f"{'picture':<9}{each.path}: {counted(each.pages, 'page')} recognised by {each.by}"
            for each in state.recognised
        )
    if lines:
        yield ""
        yield from map(visible, _bounded(lines, all_of_them=all_of_them))
    if state.sources is not None:
        yield ""
        yield from _documents(state.sources, terminal)


def _server(engine: "Mapping[str, Any]") -> str:
    """The server of an index, and what goes on there."""
    told = [str(engine["server"])]
    if engine["writer"]:
        told.append(f"being written by {engine['writer']}")
    for what in ("documents", "passages"):
        if dead := engine.get(f"dead_{what}"):
            told.append(f"{dead:,} {what} of other generations")
    if engine.get("vector_index") is False:
        told.append("no index of vectors, so questions are slow; run `qa index` as the owner")
    return "; ".join(told)


def _documents(sources: "Sequence[IndexedSource]", terminal: Terminal) -> Iterator[str]:
    """What filters see of each document."""
    width = max([len("type"), *(len(source.format) for source in sources)])
    columns = f"{'date':<10}  {'from':<12}  {'type':<{width}}"
    yield terminal.dim(f"passages  language  {columns}  document")
    for source in sources:
        origin = (source.date_from or "").replace("_", " ")
        seen = f"{source.date or '':<10}  {origin:<12}  {source.format:<{width}}"
        tags = "".join(f"  #{tag}" for tag in source.tags[:TAGS_SHOWN])
        more = f"  +{len(source.tags) - TAGS_SHOWN}" if len(source.tags) > TAGS_SHOWN else ""
        yield visible(
            f"{source.passages:>8,}  {source.language:<8}  {seen}  {source.path}{tags}{more}"
        )


def _fact(label: str, fact: str, terminal: Terminal) -> str:
    return f"{terminal.dim(f'{label:<{LABEL}}')}{fact}"


def _differences(state: "State", terminal: Terminal) -> str:
    condition = state.condition
    counts = {
        "changed": len(condition.changed),
        "gone": len(condition.vanished),
        "new": len(condition.new),
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    if not condition.gone:
        return terminal.doubtful(f"{told}; run `qa index`")
    roots = ", ".join(f"{root.path} {root.reason}" for root in condition.gone)
    told = f"{visible(roots)}{f' ({told})' if told else ''}"
    return terminal.bad(f"{told}; bring it back, or run `qa index --prune` to forget it")
