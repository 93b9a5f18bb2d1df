"""Offsets of tensors in a safetensors file, against the safetensors library."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_index.encoding.tensors import mapped, places


@pytest.fixture
def file(tmp_path: Path) -> Path:
    from safetensors.numpy import save_file

    tensors: dict[str, NDArray[Any]] = {
        "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
        "numbers": np.arange(5, dtype=np.int64),
        "halves": np.ones(3, dtype=np.float16),
    }
    save_file(tensors, str(tmp_path / "some.safetensors"), {"format": "np"})
    return tmp_path / "some.safetensors"


def test_places_hold_the_bytes_of_their_tensors(file: Path) -> None:
    from safetensors.numpy import load_file

    content = file.read_bytes()
    tensors = load_file(str(file))
    assert places(file).keys() == tensors.keys()
    for name, place in places(file).items():
        assert content[place.offset : place.offset + place.length] == tensors[name].tobytes()
        assert place.shape == tensors[name].shape


@pytest.mark.parametrize("name", ["matrix", "numbers"])
def test_mapped_tensors_are_those_of_safetensors(file: Path, name: str) -> None:
    from safetensors.numpy import load_file

    values = mapped(file, name)
    assert values.dtype == load_file(str(file))[name].dtype
    np.testing.assert_array_equal(values, load_file(str(file))[name])
    assert not values.flags.writeable


def test_other_types_are_refused(file: Path) -> None:
    with pytest.raises(ValueError, match="holds F16"):
        mapped(file, "halves")


@pytest.mark.parametrize("content", [b"", b"no such format", (9).to_bytes(8, "little") + b"{"])
def test_another_format_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ValueError, match="no safetensors file"):
        places(tmp_path / "other")
