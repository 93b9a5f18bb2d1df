"""Evaluations and calibrations."""

from qa.measuring.promising import PromiseVerdict
from qa.schemas.fields import (
    any_object,
    any_of,
    array_of,
    constant,
    list_of,
    map_of,
    named,
    number,
    one_of,
    or_null,
    sha256,
    share,
    text,
    time,
    truth,
    whole,
)
from qa.schemas.indexing import PROMISE
from qa.schemas.places import SPAN
from qa_eval.failing import FailureKind
from qa_eval.matching import Verdict

QUALITY = named(
    "Quality",
    "Quality of a probability and its threshold on a set of questions.",
    auroc=share("Of answerable against unanswerable questions."),
    brier=share("Brier score."),
    ece=share("Expected calibration error."),
    answered_rate=share("Of answerable questions."),
    false_answer_rate=share("Of unanswerable questions."),
    risk=list_of(share(), "Share of wrong answers among the most probable 10%, 20%, … 100%."),
    reliability=list_of(
        named(
            "ReliabilityBin",
            low=share(),
            high=share(),
            count=whole(),
            probability=share("Mean of the bin."),
            observed=share("Share of right answers in the bin."),
        )
    ),
)
CALIBRATED = named(
    "Calibrated",
    "A fit of the confidence to questions, and how good it is.",
    schema=constant("qa.calibrated/1"),
    file=text(),
    stored=truth("Whether the fit was kept."),
    worse=truth("Whether `after` has a higher Brier score than `unfitted`."),
    ceiling=share("Mean of the highest probability possible."),
    raised=number("Added to the logit of every ceiling."),
    intercept=number("Of the logits."),
    slope=number("Of the logits."),
    threshold=share("Lowest probability of an answer."),
    before=QUALITY,
    after=QUALITY,
    answerable=whole("Questions."),
    unanswerable=whole("Questions."),
    unfitted=QUALITY,
)
PROMISED = named(
    "Promised",
    "What can be promised of the answers, and what it would take if nothing can.",
    schema=constant("qa.promised/1"),
    file=text(),
    risk=share(),
    confidence_level=share(),
    questions=whole("Different ones."),
    unanswerable=whole(),
    repeated=whole("Questions left out, as the set has them already."),
    least_answers=whole("All of them right, that the promise takes."),
    promise=or_null(PROMISE),
    threshold=or_null(share(), "Lowest probability of an answer that keeps the promise."),
    enough=or_null(whole(), "Without a promise: questions that would probably do."),
    least_risk=or_null(share(), "Without a promise: the lowest risk that these show."),
    replaced=or_null(text(), "Question set of the calibration that was there."),
    stored=truth(),
)

METRICS = map_of(number(), "By name of the measure.")

GOLD = named(
    "Gold",
    "A place that answers a question: a quote, or a whole document.",
    path=text(),
    grade=whole("Of relevance.", least=1),
    part=text("Places of one part are alternatives."),
    optional={"quote": text(), "start": whole(), "end": whole()},
)
FAILURE = named(
    "Failure",
    "A question that went wrong.",
    id=text(),
    question=text(),
    kind=one_of(FailureKind),
    answered=truth(),
    probability=share(),
    rank=or_null(whole(least=1), "Of the first passage that answers it."),
    first=or_null(
        named("FirstPassage", path=text(), span=SPAN, marked=list_of(text())),
        "The passage that came first.",
    ),
    gold=list_of(GOLD),
)
MODE_OVERVIEW = named(
    "ModeOverview",
    "The results of one mode.",
    metrics=METRICS,
    intervals=map_of(array_of(2, number()), "95%, by name of the measure."),
    latency_ms=named("Latency", p50=number(), p95=number()),
    tags=map_of(named("TaggedQuestions", questions=whole(), metrics=METRICS), "By tag."),
    optional={"failures": list_of(FAILURE, "With --failures.")},
)
PROMISE_CHECK = named(
    "PromiseCheck",
    "How often answers were wrong, beside what was promised.",
    risk=share(),
    confidence_level=share(),
    answered=whole(),
    wrong=whole(),
    interval=array_of(2, share(), "95%, of the share of wrong answers."),
    left_out=whole("Different questions that the promise was made on."),
    verdict=one_of(PromiseVerdict),
)
OVERVIEW = named(
    "Overview",
    "The results of an evaluation.",
    schema=constant("qa.eval/1"),
    questions=whole(),
    modes=map_of(MODE_OVERVIEW, "By name."),
    comparisons=list_of(
        named(
            "Comparison",
            "One measure of two modes.",
            measure=text(),
            modes=array_of(2, text()),
            difference=number("Second less first."),
            p=share(),
            adjusted_p=share("By Holm's method."),
        )
    ),
    optional={"promise": PROMISE_CHECK},
)

CHANGE_SIDE = named(
    "ResultSummary",
    answered=truth(),
    probability=share(),
    found=map_of(whole(least=1), "Rank by part of the gold."),
    measures=METRICS,
)
CHANGES = named(
    "Changes",
    "The questions whose results differ between two runs, the most first.",
    schema=constant("qa.diff/1"),
    changes=list_of(
        named(
            "Change",
            id=text(),
            question=text(),
            difference=number(),
            before=CHANGE_SIDE,
            after=CHANGE_SIDE,
        )
    ),
)
LABEL_CHECK = named(
    "LabelCheck",
    "Whether the labels of a question set stand in their sources.",
    schema=constant("qa.check/1"),
    questions=whole(),
    problems=list_of(text()),
)

RUN = named(
    "Run",
    "A saved run.",
    schema=constant("qa.run/1"),
    set=named("SetAsked", name=text(), sha256=sha256("Of the questions with their gold.")),
    limit=or_null(whole(least=1)),
    seed=whole(),
    measures=list_of(text()),
    questions=list_of(
        named(
            "LabelledQuestion",
            id=text(),
            question=text(),
            answerable=truth(),
            gold=list_of(GOLD),
            answers=list_of(text()),
            tags=list_of(text()),
        )
    ),
    modes=map_of(
        list_of(
            named(
                "Result",
                id=text("Of the question."),
                answered=truth(),
                probability=share(),
                retrieved=whole("Number of passages."),
                found=map_of(whole(least=1), "Rank by part of the gold."),
                measures=METRICS,
                passages=list_of(
                    named(
                        "JudgedPassage",
                        path=text(),
                        start=whole(),
                        end=whole(),
                        quote=text(),
                        score=number(),
                        evidence=list_of(array_of(2, whole())),
                        also_in=list_of(
                            array_of(3, any_of(text(), whole()), "Path, start and end.")
                        ),
                        verdict=one_of(Verdict),
                        evidence_right=list_of(truth()),
                    )
                ),
            )
        ),
        "By name; a result for each question.",
    ),
    provenance=any_object("What is needed to repeat it."),
    timings=named(
        "Timings",
        started=time(),
        threads=whole(least=1),
        modes=map_of(named("Timing", wall_s=number(), latency_ms=list_of(number()))),
    ),
)

SCHEMAS = {
    "qa.calibrated/1": CALIBRATED,
    "qa.promised/1": PROMISED,
    "qa.eval/1": OVERVIEW,
    "qa.diff/1": CHANGES,
    "qa.check/1": LABEL_CHECK,
    "qa.run/1": RUN,
}
