"""Words that limit or take back what the sentence before them says, in twelve languages.

They are chosen for precision: a word that mostly only contrasts, such as "but" in a story, is left
out. docs/continuations.md reports how often they are right.
"""

from functools import cache
from typing import NamedTuple

import regex

_MARKER = r"(?:\W*(?:\(?(?:\p{Nd}{1,3}|\p{L}|[ivx]{1,5})[.)]\s)?\W*)"
"""Bullets, numbers and quotation marks before the first word of a sentence."""


class Limiters(NamedTuple):
    """The words of one language, as parts of regular expressions."""

    first: tuple[str, ...]
    """Limit the sentence before when a sentence begins with them."""
    anywhere: tuple[str, ...]
    """Limit the sentence before wherever they stand in a sentence."""
    last: tuple[str, ...]
    """Leave a sentence open when it ends with them, or with them and a colon."""
    negating: tuple[str, ...]
    """Negate the items of a list that they introduce."""


_LIMITERS = {
    "en": Limiters(
        first=(
            "however",
            "notwithstanding",
            "nevertheless",
            "nonetheless",
            "unless",
            "except",
            "exceptions?",
            "the (?:only |sole |one )?exceptions?",
            "provided(?:,? (?:that|however))",
            "subject to",
            "that said",
            "with the exception of",
            "but (?:not|only|if|where|when|unless|except|this does not|these do not)",
            "only (?:if|when|where)",
        ),
        anywhere=(
            "(?:do|does|did|shall|will|would|may) not apply",
            "(?:is|are) not applicable",
            "(?:is|are) (?:exempt|exempted|excluded) from (?:this|the|these)",
        ),
        last=(
            "unless",
            "except",
            "except for",
            "except that",
            "provided that",
            "but",
            "subject to",
        ),
        negating=(
            "(?:must|may|shall|should|do|does|can|will|would|is|are|was|were) not",
            "cannot",
            "(?:do|does|is|are|must|should|can|wo|ca)n['’]t",
            "never",
            "except(?: for)?",
            "unless",
            "excluding",
            "excludes?",
            "exclusions?",
            "none of",
            "prohibited",
            "forbidden",
        ),
    ),
    "de": Limiters(
        first=(
            "allerdings",
            "jedoch",
            "es sei denn",
            "ausgenommen",
            "ausnahmen?",
            "ausser",
            "außer",
            "hiervon",
            "davon ausgenommen",
            "abweichend (?:von|hiervon|davon)",
            "vorbehaltlich",
            "unbeschadet",
            "(?:dies|das|satz \\d+|absatz \\d+|die sätze \\d+.{0,20}) gilt (?:jedoch |aber )?nicht",
            "(?:dies|das|satz \\d+|absatz \\d+) gilt (?:jedoch |aber )?nur",
            "nicht (?:aber|jedoch)",
            "sofern nicht",
            "soweit nicht",
        ),
        anywhere=(
            "(?:findet|finden) (?:\\w+ ){0,4}keine anwendung",
            "(?:ist|sind) (?:\\w+ ){0,3}nicht anzuwenden",
            "gilt (?:jedoch |aber )?nicht(?:,| für| bei| wenn| soweit)",
            "gelten (?:jedoch |aber )?nicht(?:,| für| bei| wenn| soweit)",
        ),
        last=(
            "außer",
            "ausser",
            "es sei denn",
            "es sei denn, dass",
            "sofern",
            "mit ausnahme",
            "jedoch",
        ),
        negating=(
            "nicht",
            "kein(?:e|er|en|em|es)?",
            "niemals",
            "außer",
            "ausgenommen",
            "verboten",
            "untersagt",
            "unzulässig",
            "ausgeschlossen",
        ),
    ),
    "fr": Limiters(
        first=(
            "toutefois",
            "cependant",
            "néanmoins",
            "sauf",
            "hormis",
            "excepté",
            "à l['’]exception",
            "par exception",
            "par dérogation",
            "à moins (?:que|qu['’]|de|d['’])",
            "sous réserve",
            "exceptions?",
            "l(?:a|es) (?:seule )?exceptions?",
            "(?:mais|et) (?:seulement|uniquement) (?:si|lorsque)",
        ),
        anywhere=(
            "ne s['’]appliquent? (?:pas|plus|ni|toutefois pas|cependant pas)",
            "n(?:e sont|['’]est) (?:pas|plus) applicables?",
        ),
        last=(
            "sauf",
            "sauf si",
            "hormis",
            "à moins que",
            "à condition que",
            "à l['’]exception",
            "mais",
        ),
        negating=(
            "ne (?:\\w+ ){1,4}(?:pas|jamais|aucun|aucune)",
            "n['’](?:\\w+ ){1,4}(?:pas|jamais|aucun|aucune)",
            "sauf",
            "à l['’]exception",
            "interdit(?:e|s|es)?",
            "exclu(?:e|s|es)?",
        ),
    ),
    "es": Limiters(
        first=(
            "no obstante",
            "sin embargo",
            "salvo",
            "excepto",
            "(?:con|a) excepción",
            "por excepción",
            "excepcionalmente",
            "se exceptúan?",
            "quedan? (?:exceptuad|excluid|exent)[oa]s?",
            "a menos que",
            "siempre (?:y cuando|que)",
            "excepci(?:ón|ones)",
            "la (?:única )?excepción",
        ),
        anywhere=(
            "no (?:se|le|les) (?:será |serán )?(?:aplica|aplican|aplicará|aplicarán)",
            "no (?:será|serán|es|son) (?:de aplicación|aplicables?)",
        ),
        last=(
            "salvo",
            "salvo que",
            "excepto",
            "a menos que",
            "siempre que",
            "con excepción de",
            "pero",
        ),
        negating=("no", "nunca", "ningun[oa]", "salvo", "excepto", "prohib\\w+", "excluid[oa]s?"),
    ),
    "it": Limiters(
        first=(
            "tuttavia",
            "salvo",
            "eccetto",
            "(?:ad|fatta) eccezione",
            "fatt[oi] salv[oi]",
            "a meno che",
            "in deroga",
            "purché",
            "eccezioni?",
        ),
        anywhere=("non si applican?o?", "non (?:è|sono) applicabil[ei]"),
        last=("salvo", "salvo che", "eccetto", "a meno che", "purché", "ma"),
        negating=("non", "mai", "nessun[oa]?", "tranne", "salvo", "eccetto", "vietat[oaie]"),
    ),
    "pt": Limiters(
        first=(
            "no entanto",
            "todavia",
            "contudo",
            "porém",
            "salvo",
            "exceto",
            "excepto",
            "com exceção",
            "excetuam-se",
            "ressalvad[oa]s?",
            "a menos que",
            "exceç(?:ão|ões)",
        ),
        anywhere=("não se aplicam?", "não (?:é|são) aplicáve(?:l|is)"),
        last=("salvo", "salvo se", "exceto", "a menos que", "desde que", "mas"),
        negating=(
            "não",
            "nunca",
            "nenhum(?:a)?",
            "exceto",
            "salvo",
            "proibid[oa]s?",
            "vedad[oa]s?",
        ),
    ),
    "nl": Limiters(
        first=(
            "echter",
            "tenzij",
            "behalve",
            "behoudens",
            "uitgezonderd",
            "met uitzondering van",
            "in afwijking van",
            "uitzondering(?:en)?",
        ),
        anywhere=(
            "(?:is|zijn) (?:echter )?niet van toepassing",
            "(?:geldt|gelden) (?:echter )?niet",
        ),
        last=("tenzij", "behalve", "mits", "behoudens", "maar"),
        negating=("niet", "geen", "nooit", "behalve", "verboden", "uitgesloten"),
    ),
    "sv": Limiters(
        first=("dock", "utom", "om inte", "undantag(?:en|et)?", "med undantag (?:för|av)"),
        anywhere=("(?:gäller|tillämpas) (?:dock )?inte",),
        last=("utom", "om inte", "förutsatt att", "med undantag för", "men"),
        negating=("inte", "ej", "aldrig", "inga", "utom", "förbjud(?:et|na|en)"),
    ),
    "pl": Limiters(
        first=(
            "jednak(?:że)?",
            "chyba że",
            "z wyjątkiem",
            "z zastrzeżeniem",
            "o ile nie",
            "wyjąt(?:ek|ki)",
        ),
        anywhere=("nie stosuje się", "nie (?:dotyczy|dotyczą)", "nie (?:ma|mają) zastosowania"),
        last=("chyba że", "z wyjątkiem", "o ile", "pod warunkiem, że", "ale"),
        negating=("nie", "nigdy", "żaden", "żadna", "z wyjątkiem", "zabron\\w+", "zakaz\\w+"),
    ),
    "ru": Limiters(
        first=(
            "однако",
            "кроме (?:случаев|тех|того случая)",
            "за исключением",
            "исключени(?:е|я|ем|ями)",
            "если (?:только )?(?:иное )?не (?:предусмотрено|установлено)",
            "при условии",
            "тем не менее",
        ),
        anywhere=(
            "не (?:применя|распространя)[ею]тся",
            "не (?:применим|действу)[а-я]+",
        ),
        last=("кроме", "за исключением", "если", "при условии, что", "но"),
        negating=("не", "нельзя", "никогда", "ни один", "кроме", "запрещ[а-я]+"),
    ),
    "zh": Limiters(
        first=("但是?", "除非", "然而", "不过", "例外", "除此之外", "只有"),
        anywhere=("不适用", "(?:者|的)除外", "不在此限", "不受此限", "不適用"),
        last=("但", "除非", "除了", "但是"),
        negating=("不得", "不能", "不可", "不应", "禁止", "不包括", "除外", "不会", "不要", "没有"),
    ),
    "ja": Limiters(
        first=("ただし", "但し", "しかし", "例外"),
        anywhere=("この限りで(?:は)?ない", "適用しない", "適用されない", "適用されません"),
        last=("ただし",),
        negating=("ない", "ません", "禁止", "除く"),
    ),
}

LANGUAGES = tuple(_LIMITERS)
"""ISO 639 codes of the languages whose limiting words are known."""

_WITHOUT_SPACES = {"zh", "ja"}


class LimiterPatterns(NamedTuple):
    """The words of one language, compiled."""

    limiting: regex.Pattern[str]
    """Finds what limits the sentence before, in the sentence after it."""
    open_end: regex.Pattern[str]
    """Finds the words that leave a sentence open, at its end."""
    negating: regex.Pattern[str]
    """Finds what negates a list, in the sentence that introduces it."""


@cache
def patterns_of(language: str) -> LimiterPatterns | None:
    """The patterns of an ISO 639 language code; ``None`` for a language without."""
    words = _LIMITERS.get(language)
    if words is None:
        return None
    edge = "" if language in _WITHOUT_SPACES else r"\b"

    def either(parts: tuple[str, ...]) -> str:
        return rf"{edge}(?:{'|'.join(parts)}){edge}"

    return LimiterPatterns(
        regex.compile(
            rf"(?i)^{_MARKER}(?P<cue>{either(words.first)})|(?P<cue>{either(words.anywhere)})"
        ),
        regex.compile(rf"(?i)(?P<cue>{either(words.last)})\s*[:：,，]?\s*$"),
        regex.compile(rf"(?i)(?P<cue>{either(words.negating)})"),
    )
