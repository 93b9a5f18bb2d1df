"""First bytes of documents."""

from qa_index.formats.decoding import UnreadableSource

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of encrypted documents, and of those before Office 2007."""


def check_office(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is no document of Office.

    Encrypted ones pass, since only their end tells that they are.
    """
    if not head.startswith((ZIP, OLE)):
        raise UnreadableSource("it is no Office document, or it is damaged")


def check_opendocument(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is no OpenDocument."""
    if not head.startswith(ZIP) and b"<" not in head[:64].replace(b"\0", b""):
        raise UnreadableSource("it is no OpenDocument, or it is damaged")
