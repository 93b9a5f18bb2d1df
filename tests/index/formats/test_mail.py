"""E-mail: real messages, threads, mailboxes and broken ones."""

from pathlib import Path

import pytest

from qa_index.formats import UnreadableSource
from qa_index.formats.mail import FORMAT, MAX_BOUNDARIES
from qa_index.records import BlockKind, Gap, Parsed

FIXTURES = Path(__file__).parents[2] / "fixtures"
HEAD = "From: Ann <a@x.org>\nTo: Ben\nSubject: Rent\nDate: Fri, 16 Dec 2022 17:04:16 -0500\n"


def parsed_from(text: str) -> Parsed:
    return FORMAT.parse(text.encode("utf-8"), name="a.eml")


def kinds_of(parsed: Parsed) -> list[tuple[BlockKind, str]]:
    return [(kind, parsed.text[start:end]) for kind, start, end in parsed.blocks]


class TestRealFiles:
    def test_attachments_are_named(self) -> None:
        data = (FIXTURES / "fake-email-attachment.eml").read_bytes()
        parsed = FORMAT.parse(data, name="a.eml")
        assert parsed.title == "Fake email with attachment"
        assert parsed.gaps == (Gap("attachment fake-attachment.txt", "not opened"),)
        assert parsed.text.count("Here's the attachments!") == 1

    def test_plain_text_is_preferred_to_html(self) -> None:
        data = (FIXTURES / "mime-different-plain-html.eml").read_bytes()
        parsed = FORMAT.parse(data, name="a.eml")
        assert "This is the text/plain part." in parsed.text
        assert "networked" not in parsed.text


class TestMessages:
    def test_quotes_and_signatures_are_debris(self) -> None:
        quoted = "On Friday, Ben wrote:\n> Is it due?\n>\n> Yes?"
        body = f"I agree.\n\n{quoted}\n\nGood.\n\n-- \nAnn, Paris\n"
        parsed = parsed_from(f"{HEAD}\n{body}")
        assert kinds_of(parsed)[0] == (BlockKind.HEADING, "Rent")
        assert kinds_of(parsed)[1][0] is BlockKind.METADATA
        assert kinds_of(parsed)[2:] == [
            (BlockKind.PROSE, "I agree."),
            (BlockKind.PROSE, "On Friday, Ben wrote:"),
            (BlockKind.DEBRIS, "> Is it due?\n>\n> Yes?"),
            (BlockKind.PROSE, "Good."),
            (BlockKind.DEBRIS, "-- \nAnn, Paris"),
        ]

    def test_headers_are_decoded(self) -> None:
        text = "From: =?utf-8?q?J=C3=BCrgen?= <j@x.org>\nSubject: =?iso-8859-1?Q?Caf=E9?=\n\nHi.\n"
        parsed = parsed_from(text)
        assert parsed.title == "Café"
        assert "From: Jürgen <j@x.org>" in parsed.text

    @pytest.mark.parametrize("charset", ["utf-8", "nonsense", "us-ascii", "utf-7; x=", ""])
    def test_wrong_charsets_do_not_lose_text(self, charset: str) -> None:
        text = f"{HEAD}Content-Type: text/plain; charset={charset}\n\nDer Tür fehlt nichts.\n"
        assert "Der Tür fehlt nichts." in parsed_from(text).text

    def test_a_message_within_a_message(self) -> None:
        inner = "From: Cem\nSubject: Old news\n\nThe roof leaks.\n"
        text = (
            f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee below.\n'
            f"--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
        )
        parsed = parsed_from(text)
        assert [(each.level, each.title) for each in parsed.headings] == [
            (1, "Rent"),
            (2, "Old news"),
        ]
        assert "The roof leaks." in parsed.text

    def test_a_boundary_that_never_ends(self) -> None:
        text = f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n--b\n\nStill here.\n'
        assert "Still here." in parsed_from(text).text

    def test_bombs_are_refused(self) -> None:
        many = f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\nx\n" * 1_000_000
        with pytest.raises(UnreadableSource, match=f"more than {MAX_BOUNDARIES:,} parts"):
            parsed_from(many)
        deep = HEAD + "".join(
            f'Content-Type: multipart/mixed; boundary="{n}"\n\n--{n}\n' for n in range(5000)
        )
        with pytest.raises(UnreadableSource, match="nested"):
            parsed_from(deep)


class TestMailboxes:
    def test_each_message_is_a_unit_with_a_heading(self) -> None:
        box = (
            f"From a Mon Jan 1\n{HEAD}\nFirst.\n\nFrom here it is not far.\n\n"
            f"From b Tue Jan 2\nFrom: Cem\nSubject: Roof\n\nSecond.\n"
        )
        parsed = FORMAT.parse(box.encode(), name="inbox.mbox")
        assert [unit.label for unit in parsed.units] == ["Rent", "Roof"]
        assert [heading.title for heading in parsed.headings] == ["Rent", "Roof"]
        last = parsed.units[1]
        assert parsed.text[last.start : last.end] == "Roof\n\nFrom: Cem\n\nSecond."
        assert "From here it is not far." in parsed.text
