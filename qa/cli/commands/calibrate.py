"""``qa calibrate``: fit the confidence to your own labelled questions, or promise a risk."""

from typing import TYPE_CHECKING, Annotated

import typer

from qa import InputError
from qa.cli.options import Options, options_of
from qa.cli.terminal.output import note, say, terminal, write_json, write_lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from qa import Calibrated, Promised, Recalibration


def calibrate(
    context: typer.Context,
    questions: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTIONS", help="JSON Lines file of answerable and unanswerable questions."
        ),
    ] = None,
    max_false_answers: Annotated[
        float | None,
        typer.Option(
            "--max-false-answers",
            metavar="X",
            help="Answer at most this share of the unanswerable questions, as in 0.05.",
        ),
    ] = None,
    risk: Annotated[
        float | None,
        typer.Option(
            "--risk",
            metavar="X",
            help="Promise that at most this share of what is answered is wrong, as in 0.05.",
        ),
    ] = None,
    confidence_level: Annotated[
        float | None,
        typer.Option(
            "--confidence-level",
            metavar="X",
            help="With --risk: how sure that promise is. By default 0.9.",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Store it even if it is worse on held-out questions."),
    ] = False,
    threads: Annotated[
        int,
        typer.Option("--threads", min=1, max=64, metavar="N", help="Ask N questions at a time."),
    ] = 1,
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove the calibration and use the shipped confidence.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> int:
    """Fit the probability of an answer to labelled questions, and store it in the index.

    Shows the quality of the probability before and after, on held-out questions. Later answers use
    it. Exits with 1, and stores nothing, if it is worse than the shipped confidence.

    With --risk nothing is fitted: the least probability of an answer is chosen, so that at most
    that share of the answers is wrong on questions like these. Exits with 1, and stores nothing, if
    the questions do not show it.
    """
    options = options_of(context)
    chosen = (force, max_false_answers is not None, risk is not None, confidence_level is not None)
    if reset == (questions is not None) or (reset and any(chosen)):
        raise InputError("name QUESTIONS, or --reset alone; see `qa calibrate --help`")
    if risk is None and confidence_level is not None:
        raise InputError("--confidence-level goes with --risk")
    if risk is not None and (force or max_false_answers is not None):
        raise InputError("--risk goes neither with --max-false-answers nor with --force")
    if questions is None:
        return _reset(options)
    if risk is not None:
        level = {} if confidence_level is None else {"confidence_level": confidence_level}
        return _promise(options, questions, risk, level, threads, as_json=as_json)
    import qa
    from qa.cli.terminal.progress import Progress, Unit
    from qa.cli.terminal.tables import drawn

    with options.open() as session, Progress("asking", options, unit=Unit.QUESTIONS) as progress:
        done = qa.calibrate(
            session,
            questions,
            max_false_answers=max_false_answers,
            force=force,
            threads=threads,
            on_question=progress.in_mode,
        )
    if as_json:
        write_json(done.to_dict())
    else:
        write_lines(drawn(lambda console: _print(done, console), terminal(options)))
    if not done.stored:
        note(
            f"not kept: {_verdict(done.fit)}; label more questions, or keep it with --force",
            options,
        )
        return 1
    note(f"{done.file}: written; `qa calibrate --reset` removes it", options)
    return 0


def _promise(
    options: Options,
    questions: str,
    risk: float,
    level: dict[str, float],
    threads: int,
    *,
    as_json: bool,
) -> int:
    import qa
    from qa.cli.terminal.progress import Progress, Unit
    from qa.rendering.promises import render_promised, shortfall

    with options.open() as session, Progress("asking", options, unit=Unit.QUESTIONS) as progress:
        done: Promised = qa.calibrate(
            session, questions, risk=risk, threads=threads, on_question=progress.in_mode, **level
        )
    if as_json:
        write_json(done.to_dict())
    elif done.stored:
        write_lines(render_promised(done, terminal(options)))
    if not done.stored:
        say(shortfall(done))
        return 1
    gone = "" if done.replaced is None else f", in place of the one to {done.replaced}"
    note(f"{done.file}: written{gone}; `qa calibrate --reset` removes it", options)
    return 0


def _reset(options: Options) -> int:
    import qa

    there = qa.reset_calibration(options.named_index)
    note("back to the shipped confidence" if there else "there was no calibration", options)
    return 0


def _verdict(fit: "Recalibration") -> str:
    """How much the fit helps, in one line."""
    old, new = fit.unfitted.brier, fit.after.brier
    what = "worse" if fit.worse else "better" if new < old else "no better"
    return (
        f"on questions held out, the probability is {what} than the one that the tool comes with "
        f"(Brier score {old:.3f} -> {new:.3f})"
    )


def _print(done: "Calibrated", console: "Console") -> None:
    fit = done.fit
    before, after = fit.before, fit.after
    console.print(
        f"{fit.answerable:,} answerable and {fit.unanswerable:,} unanswerable questions; "
        f"a probability of {fit.threshold:.2f} or more counts as an answer."
    )
    verdict = _verdict(fit)
    console.print(f"{verdict[:1].upper()}{verdict[1:]}.")
    quality = _table("Quality", "measure")
    for name, old, new in (
        ("answered rate", before.answered_rate, after.answered_rate),
        ("false-answer rate ↓", before.false_answer_rate, after.false_answer_rate),
        ("Brier ↓", before.brier, after.brier),
        ("ECE ↓", before.ece, after.ece),
        ("AUROC", before.auroc, after.auroc),
    ):
        quality.add_row(name, f"{old:.3f}", f"{new:.3f}")
    console.print(quality)
    curve = _table("Risk and coverage: share wrong among the most probable", "answered")
    for (coverage, old), (_, new) in zip(before.risk_curve, after.risk_curve, strict=True):
        curve.add_row(f"{coverage:.0%}", f"{old:.3f}", f"{new:.3f}")
    console.print(curve)
    bins = _table("Reliability: share right (of questions)", "probability")
    old_bins, new_bins = (
        {bin_.low: f"{bin_.observed:.2f} ({bin_.count})" for bin_ in quality.reliability}
        for quality in (before, after)
    )
    for low in sorted(old_bins.keys() | new_bins.keys()):
        bins.add_row(f"{low:.1f}-{low + 0.1:.1f}", old_bins.get(low, ""), new_bins.get(low, ""))
    console.print(bins)


def _table(title: str, first: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for name in ("before", "after"):
        table.add_column(name, justify="right")
    return table
