"""Fields of front matter: the plain ones of YAML, and TOML.

YAML is not parsed as such: only texts and lists of texts at the top level are read, line by line.
Anchors, tags, mappings and lists within lists are passed over, so that nothing can expand.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

_LONGEST_VALUE = 20_000
"""Characters of a field, and of front matter in TOML."""
_KEY = re.compile(r"(?P<key>[A-Za-z][\w-]{0,40})[ \t]*:(?:[ \t]+(?P<value>.*))?")
_ITEM = re.compile(r"[ \t]*-(?:[ \t]+(?P<value>.*))?")
_PART = re.compile(r"""\s*+(?:"(?P<double>(?:[^"\\]|\\.)*+)"\s*+|'(?P<single>(?:[^']|'')*+)'\s*+"""
                   r"""|(?P<plain>[^,\[\]{}]*+))(?P<end>,|\]|$)""")  # fmt: skip
_COMMENT = re.compile(r"(?:^|\s)#.*")
_NOT_PLAIN = ("&", "*", "!", "|", ">", "{", "[", "%", "@", "`")
_TABLES = ("taxonomies", "params", "extra")
"""Tables of TOML whose fields count, too."""


def yaml_fields(lines: Sequence[str]) -> dict[str, object]:
    """The fields whose values are a text, or a list of texts; names are in lower case."""
    lines = [line[:_LONGEST_VALUE].rstrip() for line in lines]
    fields: dict[str, object] = {}
    at = 0
    while at < len(lines):
        found = _KEY.fullmatch(lines[at])
        at += 1
        if found is None:
            continue
        value = (found["value"] or "").strip()
        if value.startswith("["):
            while "]" not in value and at < len(lines) and len(value) < _LONGEST_VALUE:
                value += " " + lines[at].strip()
                at += 1
            fields.setdefault(found["key"].lower(), list(_parts(value[1:])))
        elif _without_comment(value):
            fields.setdefault(found["key"].lower(), _text(value))
        else:
            items: list[str] = []
            while at < len(lines) and (item := _ITEM.fullmatch(lines[at])):
                items.append(_text((item["value"] or "").strip()))
                at += 1
            fields.setdefault(found["key"].lower(), [item for item in items if item])
    return fields


def toml_fields(text: str) -> dict[str, object]:
    """The fields, and those of tables that sites use for them; none if it is not valid."""
    import tomllib

    try:
        found: dict[str, Any] = tomllib.loads(text) if len(text) <= _LONGEST_VALUE else {}
    except (ValueError, RecursionError):
        return {}
    fields = {name.lower(): value for name, value in found.items()}
    for table in _TABLES:
        if isinstance(inner := fields.get(table), dict):
            fields = {**{name.lower(): value for name, value in inner.items()}, **fields}
    return fields


def _text(value: str) -> str:
    """A value that is one text; empty for anything else."""
    if value[:1] in ('"', "'"):
        return next(_parts(value), "")
    plain = _without_comment(value)
    if plain.startswith(_NOT_PLAIN) or plain.startswith("- ") or ": " in plain:
        return ""
    return plain


def _without_comment(value: str) -> str:
    return _COMMENT.sub("", value, count=1).strip()


def _parts(value: str) -> Iterator[str]:
    """The texts of a list in one line, up to the first thing in it that is none."""
    at = 0
    while at < len(value):
        found = _PART.match(value, at)
        if found is None:
            return
        if found["double"] is not None:
            yield re.sub(r"\\(.)", r"\1", found["double"])
        elif found["single"] is not None:
            yield found["single"].replace("''", "'")
        elif plain := found["plain"].strip():
            yield plain
        if found["end"] != ",":
            return
        at = found.end()
