"""A schema by the name that documents have in their field ``schema``.

Web Annotations have none; theirs go by their field ``type``.
"""

from importlib import import_module
from typing import Any

from qa.errors import InputError
from qa.schemas.fields import standalone

# By module, so that asking for one does not load what the others are of.
_MODULES = {
    "answering": (
        "qa.answer/1",
        "qa.passages/1",
        "qa.review/1",
        "qa.excerpt/1",
        "qa.document/1",
        "qa.text/1",
    ),
    "annotating": ("Annotation", "AnnotationCollection"),
    "checking": ("qa.verification/1", "qa.quote/1", "qa.annotations/1", "qa.draft/1"),
    "indexing": (
        "qa.status/1",
        "qa.index/1",
        "qa.watch/1",
        "qa.copy/1",
        "qa.calibration/4",
        "qa.question-drift/1",
    ),
    "keeping": ("qa.question/1", "qa.again/1", "qa.absence/1", "qa.absence-verification/1"),
    "packing": ("qa.pack/1", "qa.pack-verification/1"),
    "measuring": (
        "qa.calibrated/1",
        "qa.promised/1",
        "qa.eval/1",
        "qa.diff/1",
        "qa.check/1",
        "qa.run/1",
    ),
}

SCHEMA_NAMES = tuple(name for names in _MODULES.values() for name in names)
"""Names of the schemas of ``json_schema``."""


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the documents with this name in their field ``schema``.

    Of Web Annotations, in their field ``type``. It describes what this version writes, has its
    parts under ``$defs``, and allows other fields: later versions may add some under the same name.
    Each call gives a new dict. Raises ``InputError`` for a name that is not one of
    ``SCHEMA_NAMES``.
    """
    for module, names in _MODULES.items():
        if name in names:
            schemas = import_module(f"qa.schemas.{module}").SCHEMAS
            return standalone(schemas[name])
    raise InputError(f"there is no schema {name!r}; there are {', '.join(SCHEMA_NAMES)}")
