"""A package's public names: written once, imported on use, and visible to type checkers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import qa
import qa_eval

FACES = {"qa": qa, "qa_eval": qa_eval}

PACKAGE = """\
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sample.one import ONE as ONE
    from sample.two import two as second
else:
    from qa_eval.lazy import face

    __all__, __getattr__, __dir__ = face(__name__)
"""


@pytest.mark.parametrize("package", FACES)
class TestFaces:
    def test_every_name_is_there(self, package: str) -> None:
        face = FACES[package]
        assert all(getattr(face, name) is not None for name in face.__all__)
        assert dir(face) == face.__all__ == sorted(face.__all__)

    def test_type_checkers_see_the_same_names_as_public(self, package: str) -> None:
        """To them an import under its own name (``X as X``) is public; any other is not."""
        face = FACES[package]
        tree = ast.parse(Path(face.__file__ or "").read_text(encoding="utf-8"))
        public = [
            alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.asname == alias.name
        ]
        assert sorted(public) == face.__all__

    def test_no_name_is_hidden_by_a_module(self, package: str) -> None:
        folder = Path(FACES[package].__file__ or "").parent
        modules = {path.stem for path in folder.iterdir()}
        assert not modules & set(FACES[package].__all__)


def python(folder: Path, code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{Path(qa_eval.__file__ or '').parents[1]}"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/__init__.py").write_text(PACKAGE)
    (tmp_path / "sample/one.py").write_text("print('one loaded')\nONE = 1\n")
    (tmp_path / "sample/two.py").write_text("print('two loaded')\ndef two(): return 2\n")
    return tmp_path


class TestFace:
    def test_a_name_is_imported_once_and_when_it_is_used(self, folder: Path) -> None:
        code = "import sample; print(sample.__all__); sample.ONE; print(sample.ONE)"
        assert python(folder, code) == "['ONE', 'second']\none loaded\n1\n"

    def test_a_star_takes_all(self, folder: Path) -> None:
        code = "from sample import *; print(ONE, second())"
        assert python(folder, code).splitlines()[-1] == "1 2"

    def test_an_unknown_name(self, folder: Path) -> None:
        told = "AttributeError: module 'sample' has no attribute 'three'"
        assert told in python(folder, "import sample; sample.three")
        assert "cannot import name 'three'" in python(folder, "from sample import three")

    def test_a_module_of_the_package_is_still_found(self, folder: Path) -> None:
        assert python(folder, "from sample import one; print(one.ONE)") == "one loaded\n1\n"

    def test_without_source_it_says_so(self, folder: Path) -> None:
        python(folder, "import compileall; compileall.compile_dir('sample', legacy=True, quiet=1)")
        (folder / "sample/__init__.py").unlink()
        assert "ImportError: sample is imported without its source" in python(
            folder, "import sample"
        )
