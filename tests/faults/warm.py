"""Imported by the fork server: loads once everything that builds and answers import lazily."""

import gc
import tempfile
from pathlib import Path

from tests.faults.world import build_in, state_of, texts_of, write_texts

with tempfile.TemporaryDirectory() as folder:
    write_texts(Path(folder, "texts"), texts_of(0))
    build_in(Path(folder))
    state_of(Path(folder))
# A fork would close an index that is still open whenever it collects garbage.
gc.collect()
