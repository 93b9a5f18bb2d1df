"""Patterns follow gitignore, relative to the index's folder or to the working folder."""

from pathlib import Path

import pytest

from qa_index.errors import InputError
from qa_index.sources.filters import Patterns, from_root, lies_in, selection, several

ROOT = Path("/home/ann/project")
FILES = [
    "a.md",
    "a.txt",
    "docs/b.md",
    "docs/old/c.md",
    "docs/x.md",
    "sub/docs/d.md",
    "sub/e.md",
    "x.md",
    "/home/ann/elsewhere/docs/f.md",
]


def chosen(*patterns: str, here: Path = ROOT, root: Path = ROOT) -> list[str]:
    compiled = Patterns(from_root(patterns, root, here), "--filter")
    return [file for file in FILES if compiled.select(file)]


EVERY_MD = [file for file in FILES if file.endswith(".md")]


class TestFromTheRoot:
    def test_a_name_matches_in_every_folder(self) -> None:
        assert chosen("*.md") == EVERY_MD
        assert chosen("x.md") == ["docs/x.md", "x.md"]
        assert chosen("**/x.md") == ["docs/x.md", "x.md"]

    def test_a_folder_matches_all_below_it_wherever_it_is(self) -> None:
        everywhere = [file for file in FILES if "docs/" in file]
        assert chosen("docs/") == everywhere
        assert chosen("docs") == everywhere

    @pytest.mark.parametrize("pattern", ["docs/*.md", "/docs/*.md", "./docs/*.md"])
    def test_a_slash_inside_fixes_a_pattern(self, pattern: str) -> None:
        assert chosen(pattern) == ["docs/b.md", "docs/x.md"]

    def test_a_slash_before_fixes_a_name(self) -> None:
        assert chosen("/x.md") == ["x.md"]

    @pytest.mark.parametrize(
        ("pattern", "here"),
        [
            ("./project", ROOT.parent),
            ("./project/", ROOT.parent),
            ("!./project", ROOT.parent),
            ("../../project", ROOT / "docs"),
            ("/home/ann/project/", ROOT / "docs"),
        ],
    )
    def test_the_folder_of_the_index_selects_nothing_and_is_refused(
        self, pattern: str, here: Path
    ) -> None:
        with pytest.raises(InputError, match="names the folder that the index lies in"):
            chosen(pattern, here=here)

    def test_what_is_in_that_folder_is_not_refused(self) -> None:
        assert chosen("./project/**", here=ROOT.parent) == FILES
        assert chosen("./", here=ROOT) == chosen("../", here=ROOT / "docs") == FILES
        assert chosen("/docs", root=Path("/docs"), here=Path("/docs")) == FILES[2:5]

    def test_two_stars_cross_folders_and_one_does_not(self) -> None:
        assert chosen("docs/**/*.md") == ["docs/b.md", "docs/old/c.md", "docs/x.md"]
        assert chosen("*/x.md") == ["docs/x.md"]

    def test_the_last_that_matches_decides(self) -> None:
        assert chosen("docs/", "!*.md") == []
        assert chosen("*.md", "!docs/*.md") == [
            file for file in EVERY_MD if file not in ("docs/b.md", "docs/x.md")
        ]
        assert chosen("!x.md", "x.md") == ["docs/x.md", "x.md"]

    def test_nothing_but_negated_selects_everything_else(self) -> None:
        assert chosen("!docs/") == ["a.md", "a.txt", "sub/e.md", "x.md"]
        assert chosen("!*.md") == ["a.txt"]
        assert chosen("!/docs/*.md", "!x.md") == [
            "a.md", "a.txt", "docs/old/c.md", "sub/docs/d.md", "sub/e.md",
            "/home/ann/elsewhere/docs/f.md",
        ]  # fmt: skip

    def test_absolute_paths(self) -> None:
        assert chosen("/home/ann/project/docs/*.md") == ["docs/b.md", "docs/x.md"]
        assert chosen("/home/ann/elsewhere/") == ["/home/ann/elsewhere/docs/f.md"]


class TestFromElsewhere:
    def test_from_a_folder_below_both_are_meant(self) -> None:
        here = ROOT / "sub"
        assert chosen("docs/*.md", here=here) == ["docs/b.md", "docs/x.md", "sub/docs/d.md"]
        assert chosen("/e.md", here=here) == ["sub/e.md"]
        assert chosen("*.md", here=here) == EVERY_MD

    def test_from_here_alone(self) -> None:
        assert chosen("./*.md", here=ROOT / "sub") == ["sub/e.md"]
        assert chosen("./docs/", here=ROOT / "sub") == ["sub/docs/d.md"]
        assert chosen("!./docs/", here=ROOT / "sub") == [f for f in FILES if f != "sub/docs/d.md"]

    @pytest.mark.parametrize("pattern", [".", "./"])
    def test_all_that_is_here(self, pattern: str) -> None:
        assert chosen(pattern, here=ROOT / "sub") == ["sub/docs/d.md", "sub/e.md"]
        assert chosen(pattern, here=ROOT / "sub" / "deep") == []
        assert chosen(pattern, here=ROOT) == chosen(pattern, here=ROOT.parent) == FILES
        assert chosen("!" + pattern, here=ROOT / "docs") == [
            file for file in FILES if not file.startswith("docs/")
        ]

    @pytest.mark.parametrize("pattern", ["..", "../"])
    def test_all_that_is_above(self, pattern: str) -> None:
        assert chosen(pattern, here=ROOT / "sub" / "docs") == ["sub/docs/d.md", "sub/e.md"]
        assert chosen(pattern, here=ROOT / "sub") == FILES

    def test_what_is_negated_is_too(self) -> None:
        assert chosen("/sub/", "!docs/d.md", here=ROOT / "sub") == ["sub/e.md"]

    def test_upwards(self) -> None:
        assert chosen("../docs/*.md", here=ROOT / "sub") == ["docs/b.md", "docs/x.md"]
        assert chosen("../../*.md", here=ROOT / "sub" / "docs") == ["a.md", "x.md"]

    def test_from_a_folder_above(self) -> None:
        here = ROOT.parent
        assert chosen("project/docs/*.md", here=here) == ["docs/b.md", "docs/x.md"]
        assert chosen("pro*/docs/", here=here) == ["docs/b.md", "docs/old/c.md", "docs/x.md"]
        assert chosen("elsewhere/**/*.md", here=here) == ["/home/ann/elsewhere/docs/f.md"]
        assert chosen("other/docs/*.md", here=here) == []

    def test_from_a_folder_outside(self) -> None:
        here = Path("/home/ann/elsewhere")
        assert chosen("docs/f.md", here=here) == ["/home/ann/elsewhere/docs/f.md"]

    def test_signs_in_the_name_of_a_folder_mean_themselves(self) -> None:
        patterns = from_root("docs/*.md", ROOT, ROOT / "a[b] *")
        compiled = Patterns(patterns, "--filter")
        assert compiled.select("a[b] */docs/x.md")
        assert not compiled.select("ab c/docs/x.md")


def test_a_malformed_pattern_names_the_option() -> None:
    with pytest.raises(InputError, match="--exclude"):
        Patterns(["!"], "--exclude")


def test_one_string_is_one() -> None:
    assert several("*.md") == ("*.md",)
    assert several(["a", "b"]) == ("a", "b")
    assert several(()) == ()
    assert several(Path("docs")) == several([Path("docs")]) == ("docs",)
    for wrong in (5, [5], None):
        with pytest.raises(InputError, match="a list of texts"):
            several(wrong)  # type: ignore[arg-type]
    assert lies_in("docs/a.md", several("docs"))


def test_a_selection_has_patterns_and_places(tmp_path: Path) -> None:
    root = tmp_path
    meant = selection("docs/*.md", "sub", root, root / "sub")
    assert [file for file in FILES if meant(file)] == ["sub/docs/d.md"]
    assert all(map(selection((), (), root, root), FILES))
