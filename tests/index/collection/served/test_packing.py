"""How passages are packed."""

import numpy as np
import pytest

from qa_index.collection.served.packing import HEADER, Payload
from qa_index.errors import IndexDamaged


def test_what_is_cut_or_changed_is_refused() -> None:
    header = np.zeros(1, HEADER)[0]
    header["sentences"], header["terms"], header["text"], header["dimension"] = 1, 2, 3, 4
    payload = Payload(
        header,
        b"abc",
        np.zeros((1, 2), np.int32),
        np.ones(1, np.int32),
        np.arange(2, dtype=np.uint32),
        np.ones(1, np.float32),
        np.ones((1, 4), np.int8),
    )
    raw = payload.pack()
    again = Payload.unpack(raw, "a passage")
    assert (again.text, again.codes.tolist()) == (b"abc", payload.codes.tolist())
    for place in range(len(raw)):
        with pytest.raises(IndexDamaged, match="a passage fails its checksum"):
            Payload.unpack(raw[:place], "a passage")
        changed = bytearray(raw)
        changed[place] ^= 1
        with pytest.raises(IndexDamaged, match="a passage fails its checksum"):
            Payload.unpack(bytes(changed), "a passage")
