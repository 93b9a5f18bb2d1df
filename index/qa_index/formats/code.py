"""Source code and configuration: blocks of code separated by empty lines, without headings."""

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import runs_of_lines
from qa_index.formats.structure.titles import readable
from qa_index.records import Block, BlockKind, Parsed


def parse_code(data: bytes, *, name: str) -> Parsed:
    """Parse source code; raises ``UnreadableSource`` for binary data."""
    return in_runs(data, BlockKind.CODE, name=name, media_type="text/plain")


def in_runs(data: bytes, kind: BlockKind, *, name: str, media_type: str) -> Parsed:
    """Parse text into blocks of this kind, separated by empty lines.

    Raises ``UnreadableSource`` for binary data.
    """
    text, encoding = decode(data)
    return Parsed(
        text=text,
        media_type=media_type,
        title=readable(name),
        blocks=tuple(Block(kind, start, end) for start, end in runs_of_lines(text)),
        headings=(),
        encoding=encoding,
    )


_PROGRAMS = (
    "py pyi js mjs cjs jsx ts tsx c h cc cpp cxx hh hpp hxx cs java kt kts go rs rb php pl pm "
    "swift scala clj hs ml mli erl ex exs lua r jl m mm dart groovy gradle vb f f90 f95 asm s "
    "sql sh bash zsh fish ps1 bat cmd awk tcl vim el lisp scm zig sol pas css scss less vue svelte"
)
_SETTINGS = (
    "toml yaml yml json json5 ini cfg conf properties xml xsd xsl proto graphql tf "
    "hcl cmake mk nix bib diff patch"
)

FORMAT = Format(
    name="code",
    version=5,
    suffixes=frozenset(f".{suffix}" for suffix in f"{_PROGRAMS} {_SETTINGS}".split()),
    parse=parse_code,
)
