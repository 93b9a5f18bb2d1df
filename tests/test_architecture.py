"""The architecture: which module may import which, what is public, and what imports cost."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa

ROOT = Path(__file__).parents[1]
PACKAGES = {
    "qa": ROOT / "qa",
    "qa_index": ROOT / "index/qa_index",
    "qa_eval": ROOT / "eval/qa_eval",
}
MAY_IMPORT = {"qa": {"qa_index", "qa_eval"}, "qa_index": set(), "qa_eval": set()}

HEAVY = {"torch", "transformers", "sentence_transformers", "scipy", "sklearn", "pandas"}
"""Packages that must not be needed to answer a question."""

PARSING = {"pypdfium2", "pypdfium2_raw", "PIL", "turbohtml", "python_calamine", "striprtf"}
"""Packages that files are parsed with, which takes place when they are indexed."""


def imported(path: Path) -> Iterator[str]:
    """Top-level names of everything a module imports, at its top or inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


FLOORS = {
    "qa_index": (
        ("errors", "records", "vectors", "version"),
        ("formats", "splitting", "terms", "encoding"),
        ("parsing",),
        ("collection",),
        ("collection.local", "collection.served"),
        ("collection.postgres", "collection.milvus"),
        ("collection.engines",),
        ("search", "sources"),
        ("building",),
    ),
    "qa": (
        ("errors", "inputs", "places", "filters", "sealed", "turns"),
        ("checking", "values"),
        ("annotations",),
        ("answers",),
        ("listings",),
        ("reader",),
        ("answering.evidence",),
        ("confidence",),
        ("answering",),
        ("status",),
        ("session",),
        ("drafts",),
        ("keeping", "measuring", "watching"),
        ("packing",),
        ("schemas",),
        ("rendering",),
        ("adapters", "http", "mcp"),
        ("cli",),
    ),
}
"""The layers of a package, from the lowest up: each imports only from layers below it."""


ABOVE = {("qa.answers", "qa.rendering.notebook")}
"""What imports from above: notebooks ask a record itself how it is shown."""


def room_of(module: str) -> str | None:
    """The longest layer name that a module falls under; ``None`` for a package's own module."""
    package, _, inside = module.partition(".")
    rooms = [room for floor in FLOORS.get(package, ()) for room in floor]
    found = [room for room in rooms if inside == room or inside.startswith(f"{room}.")]
    return max(found, key=len, default=None)


def imported_modules(path: Path) -> Iterator[str]:
    """Full names of what a module imports, including inside functions and for type checking."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_import_only_what_lies_below_them(package: str) -> None:
    floor_of = {room: level for level, floor in enumerate(FLOORS[package]) for room in floor}
    wrong = []
    for path in sorted(PACKAGES[package].rglob("*.py")):
        name = ".".join((package, *path.relative_to(PACKAGES[package]).with_suffix("").parts))
        own = room_of(name.removesuffix(".__init__"))
        if own is None:
            assert path.name in {"__init__.py", "__main__.py"}, f"{path} lies in no room"
            continue
        for module in imported_modules(path):
            other = room_of(module) if module.startswith(f"{package}.") else None
            if (name, module.rpartition(".")[0]) in ABOVE:
                continue
            if other not in (None, own) and floor_of[other] >= floor_of[own]:
                wrong.append(f"{name} imports {module}")
    assert not wrong, wrong


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_what_they_may(package: str) -> None:
    others = PACKAGES.keys() - {package} - MAY_IMPORT[package]
    for path in PACKAGES[package].rglob("*.py"):
        assert not others & set(imported(path)), path


FACES = ("qa.cli", "qa.rendering", "qa.adapters", "qa.http", "qa.mcp")
"""The packages that only parse and print, or hand on. They stand on the library's public side."""


def inner_imports(path: Path) -> list[str]:
    """What a face imports of the project that is neither public nor a face's own module."""
    public = set(dir(qa))
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name != "qa"]
        elif isinstance(node, ast.ImportFrom) and node.module == "qa" and not node.level:
            names = [f"qa.{alias.name}" for alias in node.names if alias.name not in public]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}"]
        else:
            continue
        found += [
            name
            for name in names
            if name.split(".")[0] in {*PACKAGES, ""}
            and not any(f"{name}.".startswith(f"{face}.") for face in FACES)
        ]
    return found


@pytest.mark.parametrize("face", FACES)
def test_faces_import_only_the_public_side(face: str) -> None:
    paths = sorted((ROOT / face.replace(".", "/")).rglob("*.py"))
    assert paths
    wrong = {path.name: names for path in paths if (names := inner_imports(path))}
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("from qa_index.records import Span", "qa_index.records"),
        ("import qa_eval", "qa_eval"),
        ("from qa.session import kept", "qa.session"),
        ("import qa.session.kept", "qa.session.kept"),
        ("from qa import session", "qa.session"),
        ("def f():\n    from qa.errors import QAError", "qa.errors"),
        ("from ..session import kept", "..session"),
        ("from .. import session", ".."),
    ],
)
def test_inner_imports_of_a_face_are_seen(statement: str, told: str, tmp_path: Path) -> None:
    fine = "import qa\nimport rich\nfrom qa import Span\nfrom qa.cli.options import Options\n"
    (tmp_path / "face.py").write_text(fine + statement + "\n")
    assert inner_imports(tmp_path / "face.py") == [told]


def test_no_package_shadows_the_modules_of_others() -> None:
    assert not (ROOT / "index" / "__init__.py").exists()
    assert not (ROOT / "eval" / "__init__.py").exists()
    assert all((folder / "py.typed").exists() for folder in PACKAGES.values())


def test_nothing_unpickles() -> None:
    for folder in PACKAGES.values():
        for path in folder.rglob("*.py"):
            assert not {"pickle", "marshal", "shelve", "dill", "joblib"} & set(imported(path)), path
            assert "allow_pickle=True" not in path.read_text(encoding="utf-8"), path


def test_questions_are_multiplied_on_the_thread_that_asks() -> None:
    """``@`` lets BLAS use every core; only products over a whole collection may do that."""
    for package in ("qa", "qa_index"):
        for path in PACKAGES[package].rglob("*.py"):
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            multiplied = sum(isinstance(node, ast.MatMult) for node in nodes)
            assert multiplied == (path.name == "vectors.py"), path


def modules_after(statement: str) -> set[str]:
    """Names of the modules and of the packages that they are in."""
    code = f"{statement}\nimport sys\nprint(*sys.modules, *(n.split('.')[0] for n in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(str(folder.parent) for folder in PACKAGES.values())},
    )
    return set(done.stdout.split())


def test_importing_loads_nothing_heavy() -> None:
    loaded = modules_after("import qa")
    assert not loaded & (HEAVY | {"numpy", "faiss", "onnxruntime", "rich", "typer"})


def test_asking_loads_nothing_that_parsed_the_files(tmp_path: Path) -> None:
    import qa

    article = ROOT / "tests" / "fixtures" / "article"
    files = [article / f"article.{suffix}" for suffix in ("pdf", "html", "docx")]
    qa.index(files, into=tmp_path / ".qa")
    question = "When was the Office of the Saltfleet Lights founded?"
    loaded = modules_after(
        f"import qa\nwith qa.open({str(tmp_path / '.qa')!r}) as session:\n"
        f"    assert session.ask({question!r}).answered"
    )
    assert "onnxruntime" in loaded
    assert not loaded & (HEAVY | PARSING)


def test_benchmarks_load_nothing_of_an_extra() -> None:
    """Their tests run where only the extra "test" is installed."""
    loaded = modules_after("import eval.benchmarks.engines")
    assert "eval.benchmarks.engines" in loaded
    assert not loaded & {"grpc", "psycopg", "pymilvus", "ray"}


def test_asking_loads_nothing_that_lists_passages() -> None:
    loaded = modules_after("import qa.answering.answerer")
    assert "qa.answering.answerer" in loaded
    assert not loaded & {"qa.answering.listing", "qa.listings"}
