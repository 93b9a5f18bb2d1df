"""Make the shipped graphs of the packaged models, and the files that describe them.

    python -m eval.exporting [--out FOLDER]
    python -m eval.exporting --multilingual [--english FOLDER --declarations FOLDER] [--out FOLDER]

The first is all-MiniLM-L6-v2's, to be made when its package, torch or ONNX Runtime gives another
graph: a test tells. Vectors of the new graph are compared with those of the export, bit for bit,
before anything is written. The second is that of multilingual-e5-small. Its mean vector is the
one that is shipped, or it is computed from texts: ``eval/exporting/centre.py`` tells which. A graph
that gives other vectors is another model; its hash is printed.
"""

import argparse
import hashlib
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from eval import laboratory
from qa_index.encoding import multilingual
from qa_index.encoding.cache import GRAPH
from qa_index.encoding.export import export
from qa_index.encoding.models import MINILM, fingerprint, locate
from qa_index.encoding.opening import assembled, opened
from qa_index.encoding.packed import PackedModel
from qa_index.encoding.recipe import Output, Recipe, sealed
from qa_index.encoding.reference import load
from qa_index.encoding.shipped import shipped_files
from qa_index.encoding.unigram import PADDING

from . import centre
from .binding import bind
from .multilingual import write

QUESTIONS = ("Who heads the forum?", "?", "one word after the other " * 60)


def main(arguments: Sequence[str] | None = None) -> int:
    """Export, bind, compare, write."""
    options = parse(arguments)
    if options.multilingual:
        texts = (options.english, options.declarations) if options.english else None
        print(make_multilingual(options.out, texts))
    else:
        make(options.out)
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = laboratory.parser("exporting", __doc__)
    parser.add_argument("--out", type=Path, default=shipped_files().graph.parent, metavar="FOLDER")
    parser.add_argument("--multilingual", action="store_true")
    parser.add_argument("--english", type=laboratory.folder, metavar="FOLDER")
    parser.add_argument("--declarations", type=laboratory.folder, metavar="FOLDER")
    return parser.parse_args(arguments)


def make(folder: Path) -> None:
    """Write graph and description into ``folder``.

    Raises ``ValueError`` where the bound graph gives other vectors than the export.
    """
    model = locate(MINILM, offline=True)
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
    located = locate(MINILM, offline=True)
    model = load(located, device="cpu", for_export=True)
    return export(model, fingerprint(located), folder, partial(opened, located.name))


def make_multilingual(folder: Path, texts: tuple[Path, Path] | None) -> str:
    """Write graph and description into ``folder`` and return the model's hash.

    ``texts`` are folders as ``centre.mean_of`` takes them; without them the shipped mean is kept.
    """
    path = multilingual.package_file()
    model = PackedModel(path)
    mean = centre.mean_of(model, *texts) if texts else shipped_mean()
    graph = folder / multilingual.GRAPH.name
    write(model, mean, graph)
    parts = f"{multilingual.PACKAGE_SHA256}\n{hashlib.sha256(graph.read_bytes()).hexdigest()}\n"
    recipe = Recipe(
        sha256=hashlib.sha256(parts.encode()).hexdigest(),
        output=Output.TOKENS,
        dimension=model.dimension,
        max_tokens=model.positions,
        normalize=True,
        query_prompt=centre.QUESTION,
        document_prompt=centre.DOCUMENT,
        pad_id=PADDING,
    )
    description = folder / multilingual.DESCRIPTION.name
    description.write_text(sealed(recipe, {graph.name: graph, path.name: path}), encoding="utf-8")
    return recipe.sha256


def shipped_mean() -> NDArray[np.float32]:
    """The mean vector in the shipped graph of the multilingual model."""
    constants = onnx.load(str(multilingual.GRAPH), load_external_data=False).graph.initializer
    [mean] = [numpy_helper.to_array(each) for each in constants if each.name == "mean"]
    return mean


if __name__ == "__main__":
    laboratory.run("exporting", main)
