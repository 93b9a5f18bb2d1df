"""An address without the packages of its extra, and the folder that stands for one."""

import sys
from pathlib import Path

import pytest

from qa_index.collection.engines import ENGINE, folder_of, open_index
from qa_index.errors import IndexProblem, InputError
from tests.support import milvus, postgres


@pytest.mark.parametrize(
    ("engine", "package", "address"),
    [
        ("milvus", "pymilvus", "milvus://127.0.0.1:1/none"),
        ("postgres", "psycopg", "postgresql://nobody@127.0.0.1:1/none"),
    ],
)
def test_what_is_not_installed_is_named(
    engine: str, package: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_DATA", str(tmp_path))
    loaded = f"qa_index.collection.{engine}."
    for name in [each for each in sys.modules if each.startswith(loaded)]:
        if name != f"{loaded}address":
            monkeypatch.delitem(sys.modules, name)
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    told = rf"needs {package}: pip install 'grounded-qa\[{engine}\]'"
    with pytest.raises(InputError, match=told):
        folder_of(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(
            "milvus://me:s3cret@127.0.0.1:1/x?token=h1dden",
            marks=pytest.mark.skipif(
                bool(milvus.MISSING), reason=f"{milvus.MISSING} is not installed"
            ),
        ),
        pytest.param(
            "postgresql://me:s3cret@127.0.0.1:1/db?sslpassword=h1dden",
            marks=pytest.mark.skipif(
                bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
            ),
        ),
    ],
    ids=["milvus", "postgres"],
)
def test_the_folder_that_stands_for_an_address_holds_no_secret(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_DATA", str(tmp_path))
    folder = folder_of(address)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert (folder / ENGINE).is_file()
    assert b"127.0.0.1" in kept
    assert b"s3cret" not in kept
    assert b"h1dden" not in kept
    with pytest.raises(IndexProblem, match="cannot reach") as told:
        open_index(folder)
    assert "s3cret" not in str(told.value)
