"""Letters of one script that look like those of another, as in a Latin word with a Cyrillic *a*."""

_CYRILLIC = dict(zip("асеорхуіјѕһԁԛԝАВЕЅІЈКМНОРСТХУ", "aceopxyijshdqwABESIJKMHOPCTXY", strict=True))
_GREEK = dict(zip("οανικρυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "oavikpuABEZHIKMNOPTYX", strict=True))
_LATIN = str.maketrans(_CYRILLIC | _GREEK)


def unmasked(word: str) -> str:
    """A word that mixes Latin letters and lookalikes, with the Latin letters; else unchanged."""
    if word.isascii():
        return word
    latin = word.translate(_LATIN)
    mixed = any(character.isascii() and character.isalpha() for character in word)
    return latin if mixed or latin.isascii() else word


def masked(word: str) -> bool:
    """Whether a word has lookalikes."""
    return unmasked(word) != word
