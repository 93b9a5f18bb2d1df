"""Make the shipped graph of the default model, and the file that describes it.

    python -m eval.exporting [--out FOLDER]

To be run when the model's package, torch or ONNX Runtime gives another graph: a test tells. Vectors
of the new graph are compared with those of the export, bit for bit, before anything is written.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from eval import laboratory
from qa_index.encoding.cache import GRAPH
from qa_index.encoding.export import export
from qa_index.encoding.models import DEFAULT_MODEL, fingerprint, locate
from qa_index.encoding.opening import assembled, opened
from qa_index.encoding.recipe import Recipe, sealed
from qa_index.encoding.reference import load
from qa_index.encoding.shipped import shipped_files

from .binding import bind

QUESTIONS = ("Who heads the forum?", "?", "one word after the other " * 60)


def main(arguments: Sequence[str] | None = None) -> int:
    """Export, bind, compare, write."""
    make(parse(arguments).out)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = laboratory.parser("exporting", __doc__)
    parser.add_argument("--out", type=Path, default=shipped_files().graph.parent, metavar="FOLDER")
    return parser.parse_args(arguments)


def make(folder: Path) -> None:
    """Write graph and description into ``folder``.

    Raises ``ValueError`` where the bound graph gives other vectors than the export.
    """
    model = locate(DEFAULT_MODEL, offline=True)
    packaged = shipped_files()
    files = packaged._replace(
        graph=folder / packaged.graph.name, description=folder / packaged.description.name
    )
    with tempfile.TemporaryDirectory(prefix="grounded-qa-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        recipe = exported(place)
        expected = opened(model.name, place, recipe)
        graph = place / files.graph.name
        graph.write_bytes(bind(place / GRAPH, files.weights).SerializeToString())
        bound = assembled(model.name, recipe, files.tokenizer, graph, weights=files.weights.parent)
        for question in QUESTIONS:
            ours, theirs = (each.encode_question(question) for each in (bound, expected))
            if ours.tobytes() != theirs.tobytes():
                raise ValueError(f"the bound graph gives another vector for {question!r}")
        files.graph.write_bytes(graph.read_bytes())
    files.description.write_text(sealed(recipe, files.checksummed()), encoding="utf-8")


def exported(folder: Path) -> Recipe:
    """Export the packaged model into ``folder``, as any other model is exported into the cache."""
    located = locate(DEFAULT_MODEL, offline=True)
    model = load(located, device="cpu", for_export=True)
    return export(model, fingerprint(located), folder, partial(opened, located.name))


if __name__ == "__main__":
    sys.exit(main())
