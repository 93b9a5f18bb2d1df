"""The public interface of the package."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import qa_eval

PACKAGE = Path(qa_eval.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_neither_the_tool_nor_the_index(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not {name.split(".")[0] for name in names} & {"qa", "qa_index"}


def test_importing_it_is_cheap() -> None:
    script = (
        "import qa_eval, sys; qa_eval.run, qa_eval.load_questions; "
        "heavy = {'numpy', 'scipy', 'sklearn', 'ir_measures', 'rich', 'torch'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
