"""Renders whether a certificate of absence still holds."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qa import FileVerdict
from qa.rendering.characters import counted, visible
from qa.rendering.column import note
from qa.rendering.terminal import Terminal
from qa.rendering.view import percent

if TYPE_CHECKING:
    from qa import CertificateChecked

LISTED = 20
"""Most files that are named."""

_ASKED_AGAIN = {
    True: "asked again, the index gives the same: no answer.",
    False: "asked again, the index gives something else.",
    None: "not asked again: there is no index of the same texts; make one with `qa index`.",
}


def render_certificate(checked: "CertificateChecked", terminal: Terminal) -> Iterator[str]:
    """The verdict, the files that differ, and what was searched."""
    data = checked.certificate.data
    verdict = "The certificate holds." if checked.holds else "The certificate does not hold."
    yield (terminal.good if checked.holds else terminal.bad)(verdict)
    yield from note(f"No answer: {checked.certificate.question}", terminal)
    yield ""
    differing = [each for each in checked.files if each.verdict is not FileVerdict.SAME]
    for path, what in differing[:LISTED]:
        yield f"{terminal.doubtful(f'{what:<8}')} {visible(path)}"
    if len(differing) > LISTED:
        yield f"... and {len(differing) - LISTED:,} more; --json lists all"
    counts = Counter(each.verdict for each in checked.files)
    told = ", ".join(f"{counts[each]:,} {each}" for each in FileVerdict if counts[each])
    yield from note(f"{counted(len(checked.files), 'file')}: {told or 'none'}.", terminal)
    yield from note(_ASKED_AGAIN[checked.repeated], terminal)
    answer = data["answer"]
    chance = percent(float(answer["probability"]))
    yield from note(
        f"Made {data['made']}: {len(data['sources']):,} searched, {len(data['skipped']):,} "
        f"skipped, {len(data['gaps']):,} gaps; probability of an answer {chance}.",
        terminal,
    )
