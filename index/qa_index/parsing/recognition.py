"""Whether and how pages that are pictures of text are recognised."""

from functools import cached_property
from typing import TYPE_CHECKING

from qa_index.errors import InputError
from qa_index.records import Ocr

if TYPE_CHECKING:
    from qa_index.formats.ocr import Installed, Recogniser

ANY_LANGUAGES = "auto"
"""Takes the languages that are installed."""


class Recognition:
    """The settings, and the program that they choose, which is looked for when it is needed."""

    def __init__(self, ocr: Ocr = Ocr.AUTO, languages: str = ANY_LANGUAGES) -> None:
        """``languages`` are Tesseract's names, joined by ``+``; raises ``InputError`` for others.

        By default they are all that are installed, or English alone if those are more than four.
        """
        from qa_index.formats.ocr import are_languages

        if languages != ANY_LANGUAGES and not are_languages(languages):
            raise InputError(
                "languages of recognition are names that `tesseract --list-langs` prints, such as "
                f"deu+eng, or {ANY_LANGUAGES}, not {languages!r}"
            )
        self.ocr = ocr
        self.languages = languages

    @staticmethod
    def like(identity: str) -> "Recognition":
        """With the languages of a recogniser of which ``identity`` is the ``str``."""
        from qa_index.formats.ocr import Recogniser

        before = Recogniser.named(identity)
        return Recognition(Ocr.AUTO, before.languages) if before else Recognition(Ocr.OFF)

    @cached_property
    def recogniser(self) -> "Recogniser | None":
        """The installed program; ``None`` if it is off, or if it or a language is missing."""
        from qa_index.formats.ocr import Recogniser

        there = self._installed
        if there is None or self.missing_languages:
            return None
        chosen = there.usual_languages if self.languages == ANY_LANGUAGES else self.languages
        return Recogniser(there.version, chosen)

    @cached_property
    def _installed(self) -> "Installed | None":
        from qa_index.formats.ocr import installed

        return None if self.ocr is Ocr.OFF else installed()

    @property
    def missing_languages(self) -> list[str]:
        """Those of ``languages`` that the installed program lacks; none if there is no program."""
        if self._installed is None or self.languages == ANY_LANGUAGES:
            return []
        return [
            each
            for each in self.languages.split("+")
            if each not in self._installed.languages and "/" not in each
        ]

    @property
    def identity(self) -> str:
        """That of the program; empty if there is none."""
        return str(self.recogniser or "")

    @property
    def remedy(self) -> str:
        """What to do so that pictures are recognised, if there is no ``recogniser``."""
        if self.ocr is Ocr.OFF:
            return f"`qa index --ocr {Ocr.AUTO}` reads it"
        if self.missing_languages:
            return f"install tesseract's language {', '.join(self.missing_languages)} to read it"
        return "install tesseract to read it"

    def keeps(self, pictures: int, identity: str) -> bool:
        """Whether a document need not be parsed again for its ``pictures``.

        ``identity`` is that of what recognised them. If Tesseract is gone, its text stays.
        """
        if not pictures or identity == self.identity:
            return True
        return self.ocr is Ocr.AUTO and self.recogniser is None
