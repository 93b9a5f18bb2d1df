"""An address without the packages of the extra."""

import sys
from pathlib import Path

import pytest

from qa_index.collection.engines import folder_of
from qa_index.errors import InputError


def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_DATA", str(tmp_path))
    loaded = "qa_index.collection.milvus."
    for name in [each for each in sys.modules if each.startswith(loaded)]:
        if name != f"{loaded}address":
            monkeypatch.delitem(sys.modules, name)
    for name in [each for each in sys.modules if each.partition(".")[0] == "pymilvus"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    with pytest.raises(InputError, match=r"needs pymilvus: pip install 'grounded-qa\[milvus\]'"):
        folder_of("milvus://127.0.0.1:1/none")
