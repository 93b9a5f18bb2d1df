"""What a pack holds, what it refuses, and that it is the same every time."""

import hashlib
import io
import json
import os
import sys
import zipfile
from pathlib import Path

import pytest

import qa
from qa.packing import packing
from qa.packing.containers import opened
from qa.packing.page import PAGE_VERSION, page_of
from tests.qa.packing.conftest import ALL, PAGES, QUESTIONS, RENT
from tests.support.command import run_command
from tests.support.pdfs import pages_of


def text_of(pack: str) -> str:
    return Path(pack).read_text("utf-8")


class TestWhatItHolds:
    def test_quotes_context_pictures_and_hashes(self, folder: Path) -> None:
        made = qa.pack(ALL, to="all.zip")
        with zipfile.ZipFile("all.zip") as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(parts.pop("manifest.json"))
        assert manifest["schema"] == "qa.pack/1"
        told = {each["name"]: each["sha256"] for each in [*manifest["parts"], manifest["page"]]}
        assert told == {name: hashlib.sha256(part).hexdigest() for name, part in parts.items()}
        [dog, lamp, nearest] = manifest["quotes"]
        assert [each["verdict"] for each in (dog, lamp, nearest)] == ["verified"] * 3
        around = parts[dog["context"]].decode()
        assert around in RENT
        answer = json.loads(parts["answers/0001.json"])
        assert around[dog["start"] : dog["end"]] == answer["citations"][0]["quote"]
        assert answer["timing_ms"] == {}
        [picture] = lamp["pictures"]
        assert picture["page"] == 2
        assert parts[picture["part"]].startswith(b"\x89PNG")
        with qa.open() as session:
            [citation] = session.ask(QUESTIONS["lamp"], k=1).citations
            assert citation.pictures()[2] == parts[picture["part"]]
        assert {each["path"] for each in manifest["sources"]} == {"docs/rent.txt", "docs/lamp.pdf"}
        assert made.to_dict() == manifest

    def test_the_page_shows_it(self, folder: Path) -> None:
        qa.pack(ALL, to="all.html")
        page = text_of("all.html")
        for shown in (
            *QUESTIONS.values(),
            "one dog in the flat",
            "docs/lamp.pdf, page 2",
            "The source goes on: <q>However, this does not apply to fighting dogs.</q>",
            hashlib.sha256(RENT.encode()).hexdigest(),
            "Certificate of absence",
            "all-MiniLM-L6-v2",
        ):
            assert shown in page, shown
        assert "<script src" not in page
        assert page.count("data:image/png;base64,") == 1
        assert "http://" not in page
        assert "https://" not in page

    def test_an_archive_holds_the_same_page(self, folder: Path) -> None:
        qa.pack(ALL, to="all.zip")
        qa.pack(ALL, to="all.html")
        one, other = (opened(Path(name).read_bytes()) for name in ("all.zip", "all.html"))
        assert one.page == other.page
        assert one.parts == other.parts
        assert one.manifest == other.manifest

    def test_sources_as_they_are(self, folder: Path) -> None:
        qa.pack(ALL, to="all.zip", sources=True)
        with zipfile.ZipFile("all.zip") as archive:
            held = {name: archive.read(name) for name in archive.namelist() if "sources/" in name}
        assert sorted(held) == ["sources/0001-rent.txt", "sources/0002-lamp.pdf"]
        assert held["sources/0002-lamp.pdf"] == Path("docs/lamp.pdf").read_bytes()

    def test_enclosed_sources_are_told_by_their_own_paths(self, folder: Path) -> None:
        """They are read from files that have other names."""
        moved = json.loads(Path("dog.json").read_text())
        moved["citations"][0]["lines"] = {"start": 2, "end": 5}
        qa.pack([json.dumps(moved), Path("lamp.json")], to="all.zip", sources=True)
        told = qa.verify_pack("all.zip").to_dict()["enclosed"]
        assert [each["verdict"] for each in told] == ["moved", "verified"]
        assert told[0]["detail"] == "is at docs/rent.txt:1 now"
        for each, path in zip(told, ("docs/rent.txt", "docs/lamp.pdf"), strict=True):
            for found in (each, each["context"]):
                assert found["path"] == found["found_path"] == path
        assert "source-" not in json.dumps(told)

    def test_several_answers_in_one_text(self, folder: Path) -> None:
        lines = "\n".join(Path(path).read_text() for path in ALL)
        assert qa.pack(lines, to="a.html").sha256 == qa.pack(ALL, to="b.html").sha256

    def test_an_answer_of_an_index_elsewhere(self, folder: Path, elsewhere: Path) -> None:
        with qa.open(folder / ".qa") as session:
            answer = session.ask(QUESTIONS["dog"], k=1)
        made = qa.pack(answer, to="a.html")
        assert [str(each.verdict) for each in made.quotes] == ["verified"]


class TestWhatIsNotAsItWas:
    def test_a_quote_that_is_gone_is_refused(self, folder: Path) -> None:
        Path("docs/rent.txt").write_text("No dogs.")
        with pytest.raises(qa.QuoteNotHeld, match=r"docs/rent\.txt:1: the source does not.*index"):
            qa.pack(Path("dog.json"), to="a.html")
        assert not Path("a.html").exists()

    def test_or_packed_and_marked(self, folder: Path) -> None:
        Path("docs/rent.txt").write_text("No dogs.")
        made = qa.pack(Path("dog.json"), to="a.html", allow_changed=True)
        assert [each.stands for each in made.quotes] == [False]
        page = text_of("a.html")
        assert "1 quote did not stand in the source" in page
        assert "It does not stand in the source" in page
        assert "Not in the pack: the text around it and pictures" in page
        checked = qa.verify_pack("a.html")
        assert (checked.intact, checked.stands, checked.holds) == (True, False, False)

    def test_a_source_that_is_gone_is_refused(self, folder: Path) -> None:
        Path("docs/lamp.pdf").unlink()
        with pytest.raises(qa.QuoteNotHeld, match=r"the source cannot be read.*paths start from"):
            qa.pack(ALL, to="a.html")

    def test_a_quote_that_moved_stands(self, folder: Path) -> None:
        Path("docs/rent.txt").write_text(f"A new first paragraph.\n\n{RENT}")
        [quote] = qa.pack(Path("dog.json"), to="a.html").quotes
        assert (str(quote.verdict), quote.source_changed) == ("moved", True)
        assert "1 had moved, and of 1 the source had changed" in text_of("a.html")
        assert "A new first paragraph." in text_of("a.html")

    def test_a_renamed_file_is_drawn(self, folder: Path) -> None:
        Path("docs/lamp.pdf").rename("docs/light.pdf")
        [quote] = qa.pack(Path("lamp.json"), to="a.html").quotes
        assert str(quote.verdict) == "moved"
        assert [each.page for each in quote.pictures] == [2]

    def test_pictures_of_another_file_are_not_drawn(self, folder: Path) -> None:
        pages = [*PAGES, [(12, 40, 500, "A third page.")]]
        Path("docs/lamp.pdf").write_bytes(pages_of(*pages))
        [quote] = qa.pack(Path("lamp.json"), to="a.html").quotes
        assert quote.pictures == ()
        assert quote.lacking is not None
        assert "pictures of its pages: docs/lamp.pdf changed" in quote.lacking
        assert "Not in the pack: pictures" in text_of("a.html")
        with pytest.raises(qa.InputError, match="not the file that was cited any more"):
            qa.pack(Path("lamp.json"), to="a.zip", sources=True)

    def test_a_certificate_that_no_longer_holds(self, folder: Path) -> None:
        Path("docs/chess.txt").write_text("Fischer won the chess championship in Reykjavik.")
        with pytest.raises(qa.QuoteNotHeld, match=r"certificate for .*Reykjavik"):
            qa.pack(Path("none.json"), to="a.html")
        qa.pack(Path("none.json"), to="a.html", allow_changed=True)
        assert "A certificate of absence did not hold any more" in text_of("a.html")


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "is empty"),
            ("{}", "not an answer"),
            ("[" * 99_999, "not JSON"),
            ('{"schema": "qa.answer/1"}', "malformed"),
            ('{"schema": "qa.passages/1", "passages": []}', "cannot be packed; ask without --all"),
            ('{"schema": "qa.answer/1", "citations": []}', "malformed: it lacks '"),
            ('{"schema": "qa.answer/1", "citations": [], "question": NaN}', "a number"),
            ('{"schema": "qa.answer/1", "citations": [], "question": 1, "status": "answered", '
             '"probability": 1, "index": {"generation": 1, "model": "m"}}', "malformed"),
            ('{"schema": "qa.absence/1", "seal": "0"}', "no certificate"),
        ],
    )  # fmt: skip
    def test_rubbish(self, folder: Path, text: str, told: str) -> None:
        with pytest.raises(qa.InputError, match=told):
            qa.pack(text, to="a.html")
        assert not Path("a.html").exists()

    def test_a_certificate_that_was_altered(self, folder: Path) -> None:
        text = Path("none.json").read_text().replace("Reykjavik", "Paris")
        with pytest.raises(qa.InputError, match="was altered"):
            qa.pack(text, to="a.html")

    @pytest.mark.parametrize("name", ["a.txt", "a", "a.pdf"])
    def test_other_suffixes(self, folder: Path, name: str) -> None:
        with pytest.raises(qa.InputError, match=r"name a \.html or \.zip file"):
            qa.pack(ALL, to=name)

    def test_sources_in_a_page(self, folder: Path) -> None:
        with pytest.raises(qa.InputError, match=r"\.zip"):
            qa.pack(ALL, to="a.html", sources=True)

    def test_nothing(self, folder: Path) -> None:
        with pytest.raises(qa.InputError, match="no answer to pack"):
            qa.pack([], to="a.html")

    def test_what_could_not_be_read_again(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(packing, "MOST_BYTES", 10_000)
        for name, sources in (("a.html", False), ("a.zip", False), ("a.zip", True)):
            with pytest.raises(qa.InputError, match="would be larger than"):
                qa.pack(Path("dog.json"), to=name, sources=sources)
            assert not Path(name).exists()

    def test_what_is_no_pack_is_not_overwritten(self, folder: Path) -> None:
        Path("mine.html").write_text("<!doctype html><p>Mine")
        with pytest.raises(qa.InputError, match="is there already and is no pack"):
            qa.pack(ALL, to="mine.html")
        assert Path("mine.html").read_text() == "<!doctype html><p>Mine"
        for name in ("a.html", "a.zip"):
            qa.pack(ALL, to=name)
            assert qa.pack(Path("dog.json"), to=name).sha256 is not None

    @pytest.mark.parametrize(
        "parts",
        [
            {"thesis.docx": b"Mine"},
            {"manifest.json": b'{"name": "an extension of a browser"}', "index.html": b"Mine"},
            {"thesis.docx": b"Mine", "manifest.json": b'{"schema": "qa.pack/1"}'},
        ],
    )
    def test_archives_of_others_are_not_overwritten(
        self, folder: Path, parts: dict[str, bytes]
    ) -> None:
        with zipfile.ZipFile("mine.zip", "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)
        before = Path("mine.zip").read_bytes()
        with pytest.raises(qa.InputError, match="is there already and is no pack"):
            qa.pack(ALL, to="mine.zip")
        assert Path("mine.zip").read_bytes() == before

    def test_a_pack_with_a_file_of_somebody_else_is_not_overwritten(self, folder: Path) -> None:
        qa.pack(Path("dog.json"), to="a.zip")
        with zipfile.ZipFile("a.zip", "a") as archive:
            archive.writestr("thesis.docx", b"Mine")
        with pytest.raises(qa.InputError, match="is there already and is no pack"):
            qa.pack(Path("dog.json"), to="a.zip")

    def test_files_that_a_saved_answer_may_not_name(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("The tenant may keep one dog in the flat.")
        answer = json.loads(Path("dog.json").read_text())
        answer["citations"][0]["source"]["path"] = "../secret.txt"
        answer["citations"][0]["source"]["sha256"] = "0" * 64
        with pytest.raises(qa.QuoteNotHeld, match="not opened"):
            qa.pack(json.dumps(answer), to="a.html")
        made = qa.pack(json.dumps(answer), to="a.html", allow_changed=True)
        assert made.quotes[0].context is None


class TestTheSameBytes:
    @pytest.mark.parametrize("name", ["a.html", "a.zip"])
    def test_in_processes_that_differ_in_all_else(self, folder: Path, name: str) -> None:
        def packed(more: list[str], **changes: str) -> bytes:
            names = [str(path) for path in ALL]
            done = run_command("pack", *names, "-o", name, *more, folder=folder, changes=changes)
            assert done.returncode == 0, done.stderr
            data = Path(name).read_bytes()
            Path(name).unlink()
            return data

        more = ["--sources"] if name.endswith("zip") else []
        one = packed(more, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
        for path in ALL:
            answer = json.loads(path.read_text())
            if "timing_ms" in answer:
                path.write_text(json.dumps({**answer, "timing_ms": {"total": 12345}}, indent=3))
        os.utime("docs/rent.txt", (1, 1))
        before = os.umask(0o077)
        try:
            other = packed(more, PYTHONHASHSEED="77", TZ="Asia/Tokyo", LC_ALL="tr_TR.UTF-8")
        finally:
            os.umask(before)
        assert one == other

    def test_the_archive_depends_on_no_library(self) -> None:
        from qa.packing.containers import zip_of

        data = zip_of(b"page", b"{}", {"answers/0001.json": b"{}"})
        assert hashlib.sha256(data).hexdigest() == (
            "86957fea02df7b72801f83e0904218feda4c95c0b89a75d6c3ca64cdc2b83085"
        ), "packs of before would not be recognised"
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None

    def test_the_page_is_that_of_its_version(self) -> None:
        """If this fails, raise ``PAGE_VERSION``, and write the new hash beside it."""
        pack = json.loads((Path(__file__).parent / "sample.json").read_text("utf-8"))
        parts = {name: text.encode() for name, text in pack["parts"].items()}
        page = page_of(qa.Pack.from_dict(pack["manifest"]), parts)
        known = {
            1: "683ee2034e491a2016e557174cdf90cba9d78cb119cda3088ecfe5817bc9bcb1",
            2: "67f1937c69f73d3d54be96e7f486e3d8c21ec0f23ce2135ef35bfff24f9d306a",
        }
        assert hashlib.sha256(page).hexdigest() == known[PAGE_VERSION], sys.version
