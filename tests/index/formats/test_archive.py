"""Archives and XML from strangers: each attack is stopped, with its reason."""

import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from qa_index.formats import UnreadableSource, archive
from qa_index.formats.archive import Archive, iterparse, local


def zipped(*parts: tuple[str, bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in parts:
            writer.writestr(name, data)
    return file.getvalue()


def tags(xml: bytes, *, doctype: bool = False) -> list[tuple[str, str]]:
    events = iterparse([xml], name="a.xml", doctype=doctype)
    return [(event, local(element.tag)) for event, element in events]


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(UnreadableSource) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_parts_and_their_elements_are_read() -> None:
    opened = Archive(zipped(("a.xml", b"<x:a xmlns:x='u'><b/></x:a>"), ("d/b.txt", b"text")))
    assert opened.names == ("a.xml", "d/b.txt")
    assert "d/b.txt" in opened
    assert opened.read("d/b.txt") == b"text"
    events = [(event, local(element.tag)) for event, element in opened.iterparse("a.xml")]
    assert events == [("start", "a"), ("start", "b"), ("end", "b"), ("end", "a")]
    assert refusal(lambda: opened.read("c")) == "its part c is missing"


def test_what_is_no_archive_is_refused() -> None:
    for data in (b"", b"PK\3\4", b"PK\5\6", b"text", zipped(("a", b"a" * 99))[:-30]):
        assert "damaged" in refusal(lambda data=data: Archive(data))  # type: ignore[misc]


def test_names_that_lead_out_and_names_that_occur_twice_are_refused() -> None:
    for name in ("../a", "/etc/passwd", "a/../../b", "..\\a"):
        assert "leads out" in refusal(lambda name=name: Archive(zipped((name, b""))))  # type: ignore[misc]
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a", b"1"), ("a", b"2"))
    assert refusal(lambda: Archive(twice)) == "it has two parts named a"


def test_a_bomb_is_refused_by_what_it_declares_and_by_what_it_unpacks_to() -> None:
    size = archive.RATIO_COUNTS_FROM + 1
    bomb = zipped(("a", bytes(size)))
    assert "250 times" in refusal(lambda: Archive(bomb).read("a"))
    lying = bomb.replace(size.to_bytes(4, "little"), (9).to_bytes(4, "little"))
    assert lying != bomb
    refusal(lambda: Archive(lying).read("a"))


def test_many_parts_together_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_UNPACKED", 1_000_000)
    opened = Archive(zipped(*((str(number), bytes(300_000)) for number in range(4))))
    for number in range(3):
        opened.read(str(number))
    assert refusal(lambda: opened.read("3")) == "it unpacks to more than 1 MB"


def test_damage_and_encryption_are_told() -> None:
    data = bytearray(zipped(("a", b"some text")))
    data[data.index(b"a", 30) + 3] ^= 255  # behind the header, which holds the time of day
    assert refusal(lambda: Archive(bytes(data)).read("a")) == "its part a is damaged"
    data = bytearray(zipped(("a", b"some text")))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    assert "encrypted" in refusal(lambda: Archive(bytes(data)).read("a"))
    data = bytearray(zipped(("a", b"some text")))
    data[data.index(b"PK\1\2") + 10] = zipfile.ZIP_LZMA
    assert "unusual" in refusal(lambda: Archive(bytes(data)).read("a"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    laughs = f'{declared}<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    for doctype in (False, True):
        assert "document type" in refusal(
            lambda doctype=doctype: tags(laughs.encode(encoding), doctype=doctype)  # type: ignore[misc]
        )
    plain = f'{declared}<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'.encode(encoding)
    assert "document type" in refusal(lambda: tags(plain))
    assert tags(plain, doctype=True) == [("start", "a"), ("end", "a")]


def test_deep_nesting_is_refused() -> None:
    assert len(tags(b"<a>" * archive.DEEPEST + b"</a>" * archive.DEEPEST)) == 2 * archive.DEEPEST
    assert "deeper than 256" in refusal(lambda: tags(b"<a>" * 1_000_000))


def test_damaged_xml_is_told() -> None:
    for xml in (b"", b"<a>", b"<a></b>", b"\0", b'<?xml version="1.0" encoding="no-such"?><a/>'):
        assert "the XML of a.xml is damaged" in refusal(lambda xml=xml: tags(xml))  # type: ignore[misc]
