"""Speed and memory of taking text out of large files, beside other libraries.

    python -m eval.extraction [--pdf FILE] [--pdf-pages 600] [--docx FILE] [--docx-times 145]

Makes a PDF by repeating the pages of a file, and a DOCX by repeating its body; by default the
article of the tests, whose 6 pages make 870. Every tool runs in a process of its own, in turn,
``--rounds`` times. The others are installed once, in a separate environment in
``~/.cache/grounded-qa-extraction``. Prints medians of the time from an imported library to the text
of the whole file, with the highest peak memory, and files them under
``eval/extraction/results/DATE-COMMIT/``. Ratios are of the processor's time, which other work on
the machine changes less.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from eval import laboratory
from eval.peers import environment
from eval.peers.comparing import describe_machine

from .large import large_docx, large_pdf
from .tool import TOOLS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ARTICLE = ROOT / "tests" / "fixtures" / "article"
CACHE = Path.home() / ".cache" / "grounded-qa-extraction"
OURS = next(iter(TOOLS))
LIMIT_S = 1800

Rows = Mapping[str, Mapping[str, Any]]
"""Figures by tool."""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = laboratory.parser("extraction", __doc__)
    parser.add_argument(
        "--pdf", type=laboratory.file, default=ARTICLE / "article.pdf", metavar="FILE"
    )
    parser.add_argument("--pdf-pages", type=int, default=600)
    parser.add_argument(
        "--docx", type=laboratory.file, default=ARTICLE / "article.docx", metavar="FILE"
    )
    parser.add_argument("--docx-times", type=int, default=145)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=CACHE, help="of the others' environment")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the files, run the tools, print."""
    options = parse(arguments)
    others = environment.ensure(options.cache, HERE / "requirements.txt")
    machine = describe_machine()
    head = (
        f"{machine['processor']}, {machine['cores']} cores, load {os.getloadavg()[0]:.1f}; "
        f"{options.rounds} rounds. PDF of {options.pdf_pages} pages from {options.pdf.name}, "
        f"DOCX of {options.docx_times} times {options.docx.name}.\n"
    )
    texts = [head]
    with tempfile.TemporaryDirectory(prefix="grounded-qa-extraction-") as name:
        folder = Path(name)
        files = (
            large_pdf(options.pdf, options.pdf_pages, folder / "large.pdf"),
            large_docx(options.docx, options.docx_times, folder / "large.docx"),
        )
        for file in files:
            size = f"{file.suffix}, {file.stat().st_size / 1e6:.1f} MB"
            texts.append(table(size, measured(file, options.rounds, others)))
    text = "\n".join(texts)
    (laboratory.results_folder(options.out) / "table.md").write_text(text, encoding="utf-8")
    print(text, end="")
    return 0


def measured(file: Path, rounds: int, others: Path) -> Rows:
    """Run every tool that reads the file, in turn."""
    names = [name for name, (_, _, suffixes) in TOOLS.items() if file.suffix in suffixes.split()]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(run(name, file, others))
            print(f"{name}: {runs[name][-1]}", file=sys.stderr)
    return {
        name: each[0]
        | {
            "seconds": median(one["seconds"] for one in each),
            "cpu_seconds": median(one["cpu_seconds"] for one in each),
            "peak_mb": max(one["peak_mb"] for one in each),
        }
        for name, each in runs.items()
    }


def run(name: str, file: Path, others: Path) -> dict[str, Any]:
    """Run one tool on a file in a new process.

    Raises ``subprocess.CalledProcessError`` if it fails.
    """
    ours = not TOOLS[name][1]
    packages = [ROOT, ROOT / "index", ROOT / "eval"] if ours else [ROOT]
    done = subprocess.run(
        [sys.executable if ours else others, "-P", HERE / "tool.py", name, file],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, packages))},
        stdout=subprocess.PIPE,
        check=True,
        timeout=LIMIT_S,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def table(title: str, rows: Rows) -> str:
    """One line a tool."""
    lines = [
        f"| {title} | seconds | processor seconds | of ours | pages a processor second | "
        "peak memory | characters | headings | boxes |",
        f"|---|{'--:|' * 8}",
    ]
    own = rows[OURS]["cpu_seconds"]
    for name, row in rows.items():
        cpu = row["cpu_seconds"]
        speed = f"{row['pages'] / cpu:.0f}" if row["pages"] else ""
        lines.append(
            f"| {name} {row['version']} | {row['seconds']:.2f} | {cpu:.2f} | "
            f"{cpu / own:.1f} | {speed} | {row['peak_mb']:.0f} MB | {row['characters']:,} | "
            f"{row['headings']:,} | {row['boxes']:,} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    laboratory.run("extraction", main)
