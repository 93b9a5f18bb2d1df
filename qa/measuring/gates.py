"""Gates: limits that a run must meet."""

from collections.abc import Sequence
from dataclasses import dataclass

import qa_eval
from qa import inputs
from qa.measuring.errors import public_errors
from qa.session.library import Pathlike
from qa_eval import measures as names
from qa_index.errors import InputError


@dataclass(frozen=True, slots=True)
class Gates:
    """Limits that every mode of a run must meet."""

    fail_under: tuple[qa_eval.Limit, ...] = ()
    max_drop: tuple[qa_eval.Limit, ...] = ()
    baseline: qa_eval.Run | None = None

    @staticmethod
    def parse(
        fail_under: Sequence[str] = (),
        max_drop: Sequence[str] = (),
        baseline: Pathlike | None = None,
    ) -> "Gates":
        """The gates written as in ``nDCG@10=0.8``.

        Args:
            fail_under: Lowest value of each measure, or the highest where lower is better.
            max_drop: By how much each may be worse than in the baseline, if the difference is
                significant.
            baseline: File of the saved run that ``max_drop`` compares with.

        Raises:
            InputError: A gate is malformed or its measure unknown, the baseline cannot be read, or
                only one of ``max_drop`` and ``baseline`` is given.
        """
        if bool(max_drop) != (baseline is not None):
            raise InputError("--baseline RUN and --max-drop MEASURE=NUMBER go together")
        with public_errors():
            return Gates(
                tuple(map(_limit, inputs.names(fail_under, "fail_under"))),
                tuple(map(_limit, inputs.names(max_drop, "max_drop"))),
                None if baseline is None else qa_eval.load_run(inputs.path(baseline, "baseline")),
            )

    def __bool__(self) -> bool:
        return bool(self.fail_under or self.max_drop)

    @property
    def measures(self) -> tuple[str, ...]:
        """Retrieval measures that the gates need."""
        asked = [limit.measure for limit in (*self.fail_under, *self.max_drop)]
        return tuple(name for name in asked if name not in names.OWN)

    def check_baseline(self, chosen: qa_eval.QuestionSet, modes: Sequence[str]) -> None:
        """Raises ``InputError`` if a run of these questions cannot be compared with the
        baseline."""
        if self.baseline is None:
            return
        if self.baseline.set_sha256 != chosen.sha256:
            raise InputError(
                f"the baseline is a run of other questions or labels ({self.baseline.set_name}, "
                f"{len(self.baseline.questions)} of them, where {chosen.name} now has "
                f"{len(chosen.questions)}); make a new one with --save"
            )
        for mode in modes:
            if mode not in self.baseline.modes:
                raise InputError(
                    f"the baseline has no mode {mode}, only {', '.join(self.baseline.modes)}; "
                    "make a new one with --save"
                )
        for limit in self.max_drop:
            if limit.measure not in {*self.baseline.measures, *names.OWN}:
                raise InputError(f"the baseline has no {limit.measure}; make a new one with --save")

    def results(self, run: qa_eval.Run) -> list[qa_eval.GateResult]:
        """The result of each gate in each mode. Raises ``InputError`` for a measure it lacks."""
        found: list[qa_eval.GateResult] = []
        with public_errors():
            for mode in run.modes:
                found += qa_eval.fail_under(run, mode, self.fail_under)
                if self.baseline is not None:
                    found += qa_eval.max_drop(run, self.baseline, mode, self.max_drop)
        return found


def _limit(text: str) -> qa_eval.Limit:
    limit = qa_eval.parse_limit(text)
    if limit.measure in names.OWN:
        return limit
    return limit._replace(measure=qa_eval.parse_measures([limit.measure])[0])
