"""Imported by the server of forks: loads, once, all that a build and an answer load late."""

import gc
import tempfile
from pathlib import Path

from tests.faults.world import build_in, state_of, texts_of, write_texts

with tempfile.TemporaryDirectory() as folder:
    write_texts(Path(folder, "texts"), texts_of(0))
    build_in(Path(folder))
    state_of(Path(folder))
# An index that is open still would be closed by a fork, whenever that collects its garbage.
gc.collect()
