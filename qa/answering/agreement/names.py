"""Names of persons and bodies: what is one, and which of them are the same."""

import re
from typing import NamedTuple

_TITLE_WORDS = (
    "mr mrs ms miss dr prof professor sir lord lady dame king queen prince princess pope saint st "
    "president chancellor minister premier senator governor mayor judge justice chairman "
    "chairwoman chair director secretary general captain colonel major admiral commander "
    "herr frau präsident präsidentin kanzler kanzlerin könig bürgermeister minister "
    "señor señora don doña presidente presidenta rey reina papa monsieur madame président "
    "présidente roi ministre signor signora re regina dott ing avv senhor senhora rei rainha "
    "de heer mevrouw koning koningin voorzitter mgr pan pani г-н г-жа президент председатель "
    "министр царь король император"
)
_TITLES = frozenset(_TITLE_WORDS.split())
_PARTICLE_WORDS = (
    "of the de del della di da do dos das du la le les el los van von der den zu zur ten ter and "
    "und y e et for für al ibn bin af av"
)
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_ARTICLE_WORDS = "the a an der die das el la los las le les il lo i gli o os as de het"
_ARTICLES = frozenset(_ARTICLE_WORDS.split())
_TOKEN = re.compile(r"[^\W_]+(?:['’\-‑.][^\W_]+)*\.?")
_HAN = re.compile(r"[\u4e00-\u9fff·・]{2,12}")
_NEXT = re.compile(r"[ \u00a0]([^\W\d_][^\W_]*)")
_BEFORE = re.compile(r"([^\W\d_][^\W_]*\.?)[ \u00a0]$")
_MOST_WORDS = 8


class Name(NamedTuple):
    """A name in parts."""

    words: tuple[str, ...]
    """In lower case, without titles and leading articles; never empty."""

    @property
    def told(self) -> str:
        """The name as it is compared."""
        return " ".join(self.words)


def name_in(written: str) -> Name | None:
    """The name that a text is, and nothing else; ``None`` if that is not plain.

    Every word but particles begins with a capital; in Chinese, the text is one short run.
    """
    text = " ".join(written.split()).strip(" ,.;:\"'“”‘’«»„()[]*_")
    text = re.sub(r"['’]s$", "", text)
    if _HAN.fullmatch(text):
        return Name((text,))
    words = _TOKEN.findall(text)
    between = _TOKEN.sub("", text)
    if not words or len(words) > _MOST_WORDS or between.strip():
        return None
    kept: list[str] = []
    for place, word in enumerate(words):
        folded = word.casefold().rstrip(".")
        if not kept and (folded in _TITLES or word.casefold() in _ARTICLES):
            continue
        capital = word[0].isupper()
        if not capital and (folded not in _PARTICLES or not kept or place == len(words) - 1):
            return None
        kept.append(folded)
    if not kept or any(map(str.isdigit, text[:1])):
        return None
    return Name(tuple(kept)) if any(len(word) > 1 for word in kept) else None


def same(one: Name, other: Name) -> bool:
    """Whether two names differ in nothing but initials and middle names that are initials."""
    if one.words == other.words:
        return True
    if one.words[-1] != other.words[-1] or min(len(one.words), len(other.words)) < 2:
        return False
    first, second = (_without_middle_initials(each.words) for each in (one, other))
    return len(first) == len(second) and all(
        a == b or (min(len(a), len(b)) == 1 and a[0] == b[0])
        for a, b in zip(first, second, strict=True)
    )


def is_part(one: Name, other: Name) -> bool:
    """Whether a name is the end or the first word of a longer one."""
    shorter = len(one.words)
    return shorter < len(other.words) and one.words in {other.words[-shorter:], other.words[:1]}


def is_cut(text: str, start: int, end: int, *, nouns_are_names: bool = False) -> bool:
    """Whether the words beside ``text[start:end]`` belong to its name, as they have capitals.

    Titles and the first word of a sentence do not. Where all nouns have capitals
    (``nouns_are_names``), the word before is not looked at.
    """
    after = _NEXT.match(text, end)
    if after and after[1][0].isupper():
        return True
    before = _BEFORE.search(text, 0, start)
    if before is None or nouns_are_names or not before[1][0].isupper():
        return False
    first = not text[: before.start(1)].strip(" \t\n\"'“„«([*_#-")
    return not first and before[1].casefold().rstrip(".") not in _TITLES


def _without_middle_initials(words: tuple[str, ...]) -> tuple[str, ...]:
    middle = tuple(word for word in words[1:-1] if len(word) > 1)
    return (words[0], *middle, words[-1])
