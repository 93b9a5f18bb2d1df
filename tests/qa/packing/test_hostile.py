"""A pack from strangers: damaged, forged, or made to do harm."""

import hashlib
import io
import itertools
import json
import os
import random
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.checking.verification import Claim
from qa.packing import budget, containers, packing, quotes, saved, verifying
from qa.packing.containers import Parts, canonical, html_of, opened, zip_of
from qa.packing.page import PAGE_VERSION, page_of
from qa.packing.records import PAGE, Malformed, Pack
from qa.places import SourceSpan
from qa.rendering.packs import render_pack_check
from qa.rendering.terminal import Terminal
from qa.sealed import seal_of
from tests.qa.packing.conftest import ALL, RENT

FORMS = ("html", "zip")


@pytest.fixture
def packs(folder: Path) -> dict[str, bytes]:
    """A small pack in both forms."""
    for form in FORMS:
        qa.pack(Path("dog.json"), to=f"dog.{form}", sources=form == "zip")
    return {form: Path(f"dog.{form}").read_bytes() for form in FORMS}


def sound(data: bytes) -> bool:
    """Whether a pack is accepted."""
    try:
        return qa.verify_pack(data).intact
    except qa.InputError:
        return False


@pytest.mark.parametrize("form", FORMS)
class TestDamages:
    def test_any_flipped_bit_is_found(
        self, packs: dict[str, bytes], elsewhere: Path, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a thousand places, or in all (``QA_THOROUGH=1``); the sources are not looked at."""
        data = packs[form]
        assert sound(data)
        monkeypatch.setattr(verifying, "_against_sources", lambda *_: verifying._Against())
        draw = random.Random(7)
        most = len(data) if os.environ.get("QA_THOROUGH") == "1" else 750
        places = [
            *range(60),
            *range(len(data) - 200, len(data)),
            *draw.sample(range(len(data)), most),
        ]
        for place in places:
            flipped = bytearray(data)
            flipped[place] ^= 1 << draw.randrange(8)
            assert not sound(bytes(flipped)), place

    def test_what_is_cut_off_or_added(
        self, packs: dict[str, bytes], elsewhere: Path, form: str
    ) -> None:
        data = packs[form]
        for length in (0, 1, 4, 100, len(data) // 2, len(data) - 30, len(data) - 1):
            assert not sound(data[:length]), length
        assert qa.verify_pack(data[: len(data) // 2]).problems, "still known as a pack"
        assert not sound(data + b"\n")
        assert not sound(b"\n" + data)
        assert not sound(data + data)

    def test_it_tells_what_was_altered(
        self, packs: dict[str, bytes], elsewhere: Path, form: str
    ) -> None:
        data = packs[form].replace(b"one dog in the flat", b"two dog in the flat")
        told = qa.verify_pack(data)
        assert told.problems == {
            "html": ("its page was altered", "its part answers/0001.json was altered",
                     "its part context/0001-01.txt was altered"),
            "zip": ("its part index.html is damaged",),
        }[form]  # fmt: skip
        assert told.holds is False


def parts_of(data: bytes) -> tuple[dict[str, Any], Parts]:
    held = opened(data)
    return held.manifest, held.parts


def part_of(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def forged(
    manifest: dict[str, Any], parts: Parts, *, page: Callable[[bytes], bytes] = bytes, form: str
) -> bytes:
    """A pack with a fitting seal, as whoever knows this program can make it."""

    manifest = dict(manifest)
    manifest.pop("seal", None)
    manifest["parts"] = [part_of(name, parts[name]) for name in sorted(parts)]
    shown = page(page_of(Pack.from_dict(manifest), parts))
    manifest["page"] = part_of(PAGE, shown)
    manifest["seal"] = seal_of(manifest)
    if form == "html":
        return html_of(shown, canonical(manifest))
    return zip_of(shown, canonical(manifest), parts)


WORDS = "on the "


def pack_of_words(form: str) -> bytes:
    """A pack whose quote stands twice in its source; the second is cited."""
    start = RENT.rindex(WORDS)
    answer = json.loads(Path("dog.json").read_text())
    answer["citations"][0] |= {
        "quote": WORDS,
        "quote_sha256": hashlib.sha256(WORDS.encode()).hexdigest(),
        "span": {"start": start, "end": start + len(WORDS)},
        "lines": {"start": 5, "end": 5},
        "evidence": [],
        "answer_span": None,
    }
    qa.pack(json.dumps(answer), to=f"words.{form}", sources=form == "zip")
    return Path(f"words.{form}").read_bytes()


@pytest.mark.parametrize("form", FORMS)
class TestForgeries:
    """The seal is no signature: others can make a fitting one. The sources still tell."""

    def test_the_forger_can_make_a_pack(self, packs: dict[str, bytes], form: str) -> None:
        assert forged(*parts_of(packs[form]), form=form) == packs[form]

    def test_a_page_that_shows_something_else(self, packs: dict[str, bytes], form: str) -> None:
        def two(page: bytes) -> bytes:
            return page.replace(b"</blockquote>", b" and two cats</blockquote>")

        told = qa.verify_pack(forged(*parts_of(packs[form]), page=two, form=form))
        assert told.problems == ("its page does not show what its parts hold",)

    def test_a_page_of_another_version_is_not_vouched_for(
        self, packs: dict[str, bytes], form: str
    ) -> None:
        manifest, parts = parts_of(packs[form])
        told = qa.verify_pack(forged({**manifest, "page_version": 99}, parts, form=form))
        assert (told.intact, told.page_compared) == (True, False)

    def test_another_quote(self, packs: dict[str, bytes], form: str) -> None:
        manifest, parts = parts_of(packs[form])
        answer = json.loads(parts["answers/0001.json"])
        quote = answer["citations"][0]["quote"].replace("one dog", "two dogs")
        answer["citations"][0]["quote"] = quote
        answer["citations"][0]["quote_sha256"] = hashlib.sha256(quote.encode()).hexdigest()
        parts["answers/0001.json"] = canonical(answer)
        parts[manifest["quotes"][0]["context"]] = quote.encode()
        manifest["quotes"][0] |= {"start": 0, "end": len(quote)}
        told = qa.verify_pack(forged(manifest, parts, form=form))
        assert (told.intact, told.stands, told.holds) == (True, False, False)
        assert all(not each.stands for each in told.enclosed)

    def test_other_text_around_it(self, folder: Path, form: str) -> None:
        manifest, parts = parts_of(pack_of_words(form))
        name = manifest["quotes"][0]["context"]
        parts[name] = parts[name].replace(b"the caretaker", b"the landlord!")
        told = qa.verify_pack(forged(manifest, parts, form=form))
        assert (told.intact, told.stands) == (True, False)
        assert told.quotes[0].verification.stands
        assert told.quotes[0].context is not None
        assert not told.quotes[0].context.stands

    @pytest.mark.parametrize("version", [PAGE_VERSION, 99])
    def test_another_paragraph_as_the_text_around_it(
        self,
        packs: dict[str, bytes],
        form: str,
        version: int,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        manifest, parts = parts_of(packs[form])
        quote = manifest["quotes"][0]
        parts[quote["context"]] = RENT.split("\n\n")[0].encode()
        quote |= {"start": 0, "end": 9}
        manifest["page_version"] = version
        with monkeypatch.context() as patched:
            patched.setattr(quotes, "is_around", lambda *_: True)
            data = forged(manifest, parts, form=form)
        told = qa.verify_pack(data)
        shows = "its page does not show what its parts hold"
        assert told.problems == (() if version == 99 else (shows,))
        assert told.quotes[0].verification.verified
        for each in (*told.quotes, *told.enclosed):
            assert each.context is not None
            assert each.context.detail == "the text around it does not hold the quote"
        assert (told.stands, told.as_they_were, told.complete) == (False, False, False)

    def test_the_text_around_another_place_of_it(self, folder: Path, form: str) -> None:
        data = pack_of_words(form)
        assert qa.verify_pack(data).as_they_were
        manifest, parts = parts_of(data)
        first = RENT.index(WORDS)
        manifest["quotes"][0] |= {"start": first, "end": first + len(WORDS)}
        told = qa.verify_pack(forged(manifest, parts, form=form))
        assert told.quotes[0].verification.verified
        assert (told.intact, told.as_they_were, told.complete) == (True, False, False)
        lines = "\n".join(render_pack_check(told, Terminal()))
        assert "the text around it is another one in the source" in lines

    @pytest.mark.parametrize(
        "change",
        [
            {"answers": [{"part": "answers/9.json", "holds": None}]},
            {"answers": [{"part": "../../secret.txt", "holds": None}]},
            {"answers": [{"part": "/etc/passwd", "holds": None}]},
            {"answers": 3},
            {"quotes": []},
            {"quotes": [{"answer": "1"}]},
            {"sources": [{"path": "x", "sha256": "0", "part": "sources/../../x"}]},
            {"schema": "qa.pack/2"},
            {"page_version": 1.0},
            {"parts": [{"name": "answers/0001.json", "size": 1, "sha256": None}]},
        ],
    )
    def test_manifests_that_are_none(
        self, packs: dict[str, bytes], form: str, change: dict[str, Any]
    ) -> None:
        manifest, parts = parts_of(packs[form])
        manifest = {**manifest, **change}
        manifest.pop("seal")
        manifest["seal"] = seal_of(manifest)
        page = opened(packs[form]).page
        raw = canonical(manifest)
        data = html_of(page, raw) if form == "html" else zip_of(page, raw, parts)
        told = qa.verify_pack(data)
        assert not told.intact
        json.dumps(told.to_dict())


ODD: tuple[Any, ...] = (None, True, -1, 10**400, 1e308, "", "\ud800", "x" * 300, [], {}, [[[]]])


def leaves(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to all values within JSON, and to objects and lists."""
    if way:
        yield way
    if isinstance(data, list):
        data = dict(enumerate(data))
    for key, value in data.items() if isinstance(data, dict) else ():
        yield from leaves(value, (*way, key))


def changed(data: Any, way: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(data))
    inner = copy
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return copy


class TestOddValues:
    """Whatever a value of the JSON is replaced by, with a fitting seal: it is told, not raised."""

    def test_in_the_manifest(self, packs: dict[str, bytes], elsewhere: Path) -> None:
        held = opened(packs["html"])
        bare = {name: value for name, value in held.manifest.items() if name != "seal"}
        for way in leaves(bare):
            for value in ODD:
                odd = changed(bare, way, value)
                raw = canonical({**odd, "seal": seal_of(odd)})
                told = qa.verify_pack(html_of(held.page, raw))
                json.dumps(told.to_dict())
                shown = not {"tool", "page_version", "holds", "source_changed"} & set(way)
                assert not (told.intact and shown) or odd == bare, way

    @pytest.mark.parametrize("name", ["dog", "none"])
    def test_in_an_answer(self, folder: Path, elsewhere: Path, name: str) -> None:
        data = json.loads((folder / f"{name}.json").read_text())
        qa.pack(json.dumps(data), to="a.zip", index=folder / ".qa")
        manifest, parts = parts_of(Path("a.zip").read_bytes())
        page = opened(Path("a.zip").read_bytes()).page
        for way in leaves(data):
            answer = changed(data, way, draw_odd(way))
            odd = {**parts, "answers/0001.json": canonical(answer)}
            told = dict(manifest)
            del told["seal"]
            told["parts"] = [part_of(each, odd[each]) for each in sorted(odd)]
            told["seal"] = seal_of(told)
            checked = qa.verify_pack(zip_of(page, canonical(told), odd))
            json.dumps(checked.to_dict())
            assert not checked.intact or canonical({**answer, "timing_ms": {}}) == canonical(
                {**data, "timing_ms": {}}
            ), way

    @pytest.mark.parametrize("name", ["dog", "none"])
    def test_in_an_answer_to_be_packed(self, folder: Path, name: str) -> None:
        data = json.loads(Path(f"{name}.json").read_text())
        refused = 0
        for way in leaves(data):
            odd = changed(data, way, draw_odd(way))
            if name == "none" and way != ("seal",):
                odd["seal"] = seal_of({key: each for key, each in odd.items() if key != "seal"})
            try:
                qa.pack(json.dumps(odd), to="odd.html", allow_changed=True)
                assert qa.verify_pack("odd.html").intact, way
            except qa.InputError:
                refused += 1
        assert refused > 10


def draw_odd(way: tuple[Any, ...]) -> Any:
    """One of the odd values, always the same for the same place."""
    return random.Random(str(way)).choice(ODD)


def archive_of(entries: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return file.getvalue()


class TestArchives:
    @pytest.mark.parametrize("name", ["../x", "/etc/x", "answers/../../x", "a\\..\\..\\x"])
    def test_names_that_lead_out(self, elsewhere: Path, name: str) -> None:
        told = qa.verify_pack(archive_of([("manifest.json", b"{}"), (name, b"x")]))
        assert "leads out of the archive" in told.problems[0]
        assert list(elsewhere.parent.glob("**/x")) == []

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_two_parts_of_one_name(self, packs: dict[str, bytes]) -> None:
        data = archive_of([("manifest.json", b"{}"), ("manifest.json", b"{}")])
        assert "two parts named manifest.json" in qa.verify_pack(data).problems[0]

    def test_a_bomb(self, elsewhere: Path) -> None:
        data = archive_of([("manifest.json", bytes(50_000_000))], zipfile.ZIP_DEFLATED)
        assert "times its size" in qa.verify_pack(data).problems[0]

    def test_an_enormous_list_of_parts(self, elsewhere: Path) -> None:
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 200_000_000, 0, 0)
        told = qa.verify_pack(b"PK\x03\x04" + bytes(100) + end)
        assert "more parts than any pack" in told.problems[0]

    def test_a_list_of_parts_of_64_bits(self, elsewhere: Path) -> None:
        end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 50, 0, 0)
        told = qa.verify_pack(b"PK\x03\x04" + bytes(100) + b"PK\x06\x07" + bytes(16) + end)
        assert "no archive of `qa pack`" in told.problems[0]

    def test_a_huge_manifest(self, elsewhere: Path) -> None:
        data = archive_of([("manifest.json", b"[" * (33 << 20)), (PAGE, b"")])
        assert qa.verify_pack(data).problems == ("its manifest is larger than 32 MiB",)

    def test_a_deep_manifest(self, elsewhere: Path) -> None:
        data = archive_of([("manifest.json", b"[" * 999_999), (PAGE, b"")])
        assert qa.verify_pack(data).problems == ("its manifest is no JSON",)

    def test_a_part_that_is_hidden(self, packs: dict[str, bytes]) -> None:
        held = opened(packs["zip"])
        parts = {**held.parts, "pictures/more.png": b"x"}
        told = qa.verify_pack(zip_of(held.page, held.raw_manifest, parts))
        assert "does not list, pictures/more.png" in told.problems[0]

    def test_the_same_archive_packed_by_another_program(self, packs: dict[str, bytes]) -> None:
        held = opened(packs["zip"])
        entries = [("manifest.json", held.raw_manifest), (PAGE, held.page), *held.parts.items()]
        told = qa.verify_pack(archive_of(entries, zipfile.ZIP_DEFLATED))
        assert told.problems == ("it has bytes that `qa pack` does not write",)


class TestPages:
    @pytest.mark.parametrize(
        "text",
        ["", "<p>A page", "<!doctype html><p>A page of somebody else", '{"schema": "qa.pack/1"}'],
    )
    def test_no_packs(self, elsewhere: Path, text: str) -> None:
        with pytest.raises(qa.InputError, match="no pack"):
            qa.verify_pack(text.encode())

    def test_two_manifests(self, packs: dict[str, bytes]) -> None:
        data = packs["html"]
        assert not sound(data + data[data.index(b'<script type="application/json" id="man') :])

    def test_deep_parts(self, packs: dict[str, bytes]) -> None:
        slot = b'<script type="application/json" id="parts">'
        before, after = packs["html"].split(slot)
        rest = after[after.index(b"</script>") :]
        told = qa.verify_pack(before + slot + b"[" * 99_999 + rest)
        assert told.problems == ("its block of texts is no JSON",)


class TestMarkup:
    """Whatever stands in questions, quotes, titles and names of files is shown as text."""

    EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\" ' \u202e\x1b[31m\x00"

    def test_nothing_of_it_becomes_markup(self, folder: Path) -> None:
        answers = []
        for path in ALL[:2]:
            answer = json.loads(path.read_text())
            answer["question"] = self.EVIL
            answer["warnings"] = [self.EVIL]
            answer["corrections"] = [{"written": self.EVIL, "read": self.EVIL}]
            answer["index"]["model"] = self.EVIL
            [citation] = answer["citations"]
            citation["heading_path"] = [self.EVIL]
            citation["source"] |= {"title": self.EVIL, "media_type": self.EVIL}
            citation["source"]["path"] = self.EVIL.replace("\0", "") + ".txt"
            citation["quote"] = self.EVIL
            citation["quote_sha256"] = hashlib.sha256(self.EVIL.encode()).hexdigest()
            citation["continues"] = [{"kind": "limited", "cue": self.EVIL, "quote": self.EVIL}]
            citation["id"] = self.EVIL
            answers.append(json.dumps(answer))
        qa.pack(answers, to="a.html", allow_changed=True)
        page = Path("a.html").read_text("utf-8")
        assert page.count("<script") == 2, "the two blocks of data"
        assert "<img" not in page
        assert "onerror=alert(1)&gt;" in page
        assert not {"\u202e", "\x1b", "\x00"} & set(page)
        assert qa.verify_pack("a.html").intact


class TestHugeAnswers:
    """What is too large to be parsed is told and not parsed; seen with a small limit."""

    LIMIT = 40_000

    @pytest.fixture
    def most(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Lengths of what is parsed while the limit is small."""
        parsed: list[int] = []
        loads = json.loads

        def noted(raw: Any) -> Any:
            parsed.append(len(raw))
            return loads(raw)

        monkeypatch.setattr(json, "loads", noted)
        monkeypatch.setattr(containers, "MOST_JSON", self.LIMIT)
        monkeypatch.setattr(verifying, "MOST_JSON", self.LIMIT)
        return parsed

    def huge(self, packs: dict[str, bytes], form: str, version: int) -> bytes:
        manifest, parts = parts_of(packs[form])
        answer = json.loads(parts["answers/0001.json"])
        parts["answers/0001.json"] = canonical({**answer, "more": "x" * self.LIMIT})
        return forged({**manifest, "page_version": version}, parts, form=form)

    @pytest.fixture(params=[PAGE_VERSION, 99])
    def huge_packs(
        self, packs: dict[str, bytes], request: pytest.FixtureRequest
    ) -> dict[str, bytes]:
        return {form: self.huge(packs, form, request.param) for form in FORMS}

    def test_in_an_archive(self, huge_packs: dict[str, bytes], most: list[int]) -> None:
        told = qa.verify_pack(huge_packs["zip"])
        assert told.problems == ("its part answers/0001.json is larger than 0 MiB",)
        assert told.quotes == ()
        assert max(most) <= self.LIMIT

    def test_in_a_page(self, huge_packs: dict[str, bytes], most: list[int]) -> None:
        told = qa.verify_pack(huge_packs["html"])
        assert told.problems == ("its block of texts is larger than 0 MiB",)
        assert max(most, default=0) <= self.LIMIT

    def test_a_page_is_not_made_of_one(self, packs: dict[str, bytes], most: list[int]) -> None:
        held = opened(packs["zip"])
        parts = {**held.parts, "answers/0001.json": b" " * self.LIMIT + b"{}"}
        with pytest.raises(Malformed, match=r"part answers/0001\.json is larger"):
            page_of(Pack.from_dict(held.manifest), parts)
        assert max(most) <= self.LIMIT

    def test_a_page_that_could_not_be_read_again_is_not_made(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        size = len(canonical(json.loads(Path("dog.json").read_text())))
        for module in (containers, packing, saved):
            monkeypatch.setattr(module, "MOST_JSON", size)
        with pytest.raises(qa.InputError, match=r"the texts in the page .* name a \.zip file"):
            qa.pack(Path("dog.json"), to="a.html")
        assert not Path("a.html").exists()
        qa.pack(Path("dog.json"), to="a.zip")
        assert qa.verify_pack("a.zip").complete


class TestTime:
    """A small pack can hold tens of thousands of quotes, each to be looked up in a large source."""

    def test_what_is_looked_up_is_bounded(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        qa.pack(ALL, to="all.zip", sources=True)
        assert qa.verify_pack("all.zip").to_dict()["not_looked_up"] == 0
        monkeypatch.setattr(verifying, "MOST_SECONDS", 0)
        told = qa.verify_pack("all.zip")
        assert (told.quotes, told.enclosed, told.certificates) == ((), (), ())
        assert told.to_dict()["not_looked_up"] == 3 + 1 + 3  # outside, certificate, inside
        assert (told.intact, told.stands, told.holds, told.not_read) == (True, False, False, 0)
        lines = "\n".join(render_pack_check(told, Terminal()))
        assert "Not looked up, as that took too long: 7 of the quotes and certificates." in lines

    def test_what_could_not_be_read_is_told_apart_from_it(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        qa.pack(ALL, to="all.zip")
        held = opened(Path("all.zip").read_bytes())
        parts = {**held.parts, "answers/0001.json": b"{}"}
        monkeypatch.setattr(verifying, "MOST_SECONDS", 0)
        told = qa.verify_pack(zip_of(held.page, held.raw_manifest, parts))
        lost = sum(each.answer == 1 for each in told.pack.quotes)  # type: ignore[union-attr]
        assert told.not_read == told.to_dict()["not_read"] == lost > 0
        assert told.not_looked_up == 4 - lost
        lines = "\n".join(render_pack_check(told, Terminal()))
        assert f"{lost} quote could not be read: the answers were altered." in lines
        assert f"too long: {4 - lost} of the quotes and certificates" in lines

    def test_what_was_looked_up_in_time_is_told(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        qa.pack(ALL, to="all.html")
        monkeypatch.setattr(budget, "monotonic", itertools.count(0, 1_000_000).__next__)
        told = qa.verify_pack("all.html")
        assert [each.verification.verified for each in told.quotes] == [True]
        assert told.not_looked_up == 3
        assert (told.stands, told.as_they_were, told.complete) == (False, False, False)
        lines = "\n".join(render_pack_check(told, Terminal()))
        assert "the quotes that were looked up stand in them" in lines

    def test_marks_take_linear_time(self) -> None:
        """A quadratic step over this many sentences would take minutes."""
        text = "ab" * 50_000
        spans = [SourceSpan(start, start + 1) for start in range(0, len(text), 2)]
        claim = Claim("a.txt", "0", SourceSpan(0, len(text)), text, "0")
        pieces = list(quotes._marked(claim, {"evidence": [each.to_dict() for each in spans]}))
        assert pieces == ["<mark>a</mark>", "b"] * 50_000

    def test_marks_are_those_of_each_span(self) -> None:
        draw = random.Random(5)
        text = "abcdefghij"
        claim = Claim("a.txt", "0", SourceSpan(0, len(text)), text, "0")
        for _ in range(200):
            spans = [sorted(draw.sample(range(11), 2)) for _ in range(draw.randrange(5))]
            listed = [{"start": start, "end": end} for start, end in spans]
            shown = "".join(quotes._marked(claim, {"evidence": listed}))
            marked = {at for start, end in spans for at in range(start, end)}
            pieces = re.findall("<mark>(.*?)</mark>", shown)
            assert set("".join(pieces)) == {text[at] for at in marked}
            assert re.sub("<.*?>", "", shown) == text


@pytest.mark.parametrize("name", ["not\0a name", ".", "gone.zip"])
def test_names_of_files_that_cannot_be_read(elsewhere: Path, name: str) -> None:
    for use in (
        lambda: qa.verify_pack(name),
        lambda: qa.sign_pack(name, key="key"),
        lambda: qa.pack(Path(name), to="a.html"),
    ):
        with pytest.raises(qa.InputError, match=r"^cannot read .*: ") as raised:
            use()
        assert "UTF-8" not in str(raised.value)
