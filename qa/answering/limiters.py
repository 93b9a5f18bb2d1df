"""Words that limit or take back what the sentence before them says, in twelve languages.

They are chosen for precision. A word that begins a rule of its own, such as "unless otherwise
agreed, ...", or that mostly only contrasts, such as "but" in a story, is left out.
docs/decisions/continuations.md reports how often the others are right.
"""

import re
from functools import cache
from typing import NamedTuple

_MARKER = r"(?:\W*(?:\(?(?:\d{1,3}|[^\W\d_]|[ivx]{1,5})[.)]\s)?\W*)"
"""Bullets, numbers and quotation marks before the first word of a sentence."""

_PARENTHESES = re.compile(r"[(（][^()（）]*[)）]")


class Limiters(NamedTuple):
    """The words of one language, as parts of regular expressions."""

    first: tuple[str, ...]
    """Limit the sentence before when a sentence begins with them."""
    anywhere: tuple[str, ...]
    """Limit the sentence before wherever they stand in a sentence."""
    last: tuple[str, ...]
    """Leave a sentence open when it ends with them, or with them and a colon."""
    negating: tuple[str, ...]
    """Negate the items of a list if they stand in the last clause of its introduction."""
    joining: str = ","
    """Words and signs that begin another clause."""
    harmless: str = r"(?!)"
    """What holds such a word and negates nothing."""


_LIMITERS = {
    "en": Limiters(
        first=(
            r"however(?=\s?[,:])",
            r"notwithstanding (?:the |any of the )?(?:above|foregoing|preceding|sub|para|sect)\w*",
            r"nevertheless",
            r"exceptions?(?=:| to (?:this|the|these)| (?:is|are|may|include|apply)\b)",
            r"the (?:only |sole |one )?exceptions?",
            r"an exception",
            r"provided(?=,? (?:that|however))",
            r"but (?:only|unless|except|not (?:if|when|where|for|to)|this does not|these do not)",
            r"this (?:rule|limit|restriction|requirement|right|section|paragraph)? ?only applies",
        ),
        anywhere=(
            r"(?<=\w )(?:do|does|did|shall|will|would) not apply",
            r"(?:is|are) not applicable",
        ),
        last=(
            r"unless",
            r"except",
            r"except (?:for|that|as follows|in the following cases)",
            r"provided,? that",
            r"provided (?:the following|all of the following).{0,40}",
            r"subject to",
            r"but",
        ),
        negating=(
            r"(?:must|may|shall|should|do|does|can|will|would|is|are|was|were)(?: \w+)? not",
            r"cannot",
            r"(?:do|does|is|are|must|should|ca|wo)n['’]t",
            r"never",
            r"except(?:ions)?",
            r"unless",
            r"excluding",
            r"excludes?",
            r"exclusions?",
            r"none of",
            r"prohibited",
            r"forbidden",
        ),
        joining=r"[,;]|\b(?:and|but|because|since|if|when|so)\b",
        harmless=r"not (?:be )?(?:limited|restricted|exhaustive|only)|\b(en)?sure\b|(?:if|or) not",
    ),
    "de": Limiters(
        first=(
            r"allerdings",
            r"jedoch",
            r"es sei denn",
            r"(?:hiervon |davon )?ausgenommen",
            r"ausnahmen?(?=:| (?:sind|ist|gelten|bilden|bildet|hiervon|davon)\b)",
            r"eine ausnahme",
            r"(?:hiervon|davon) (?:kann|können|darf|dürfen|ausgenommen|abweichend|unberührt)",
            r"abweichend (?:von (?:satz|absatz|abs\.|nr\.|nummer|den sätzen)|hiervon|davon)",
            r"(?:dies|das|satz \d+|absatz \d+|die sätze \d+.{0,20}) (?:gilt|gelten) "
            r"(?:jedoch |aber |auch )?(?:nicht|nur)",
            r"nicht (?:aber|jedoch)",
        ),
        anywhere=(
            r"(?:findet|finden) (?:\w+ ){0,4}keine anwendung",
            r"(?:ist|sind) (?:\w+ ){0,3}nicht anzuwenden",
            r"(?:gilt|gelten) (?:jedoch |aber )?nicht(?=,| für| bei| wenn| soweit)",
        ),
        last=(
            r"außer",
            r"ausser",
            r"es sei denn",
            r"es sei denn, dass",
            r"mit ausnahme (?:von|der|des|folgender.{0,20})",
            r"sofern",
        ),
        negating=(
            r"nicht(?!-)",
            r"keine?[rmns]?",
            r"niemals",
            r"außer",
            r"ausgenommen",
            r"verboten",
            r"untersagt",
            r"unzulässig",
            r"ausgeschlossen",
        ),
        joining=r"[,;]|\b(?:und|aber|sondern|wenn|falls|weil)\b",
        harmless=r"nicht (?:nur|abschließend)|wenn nicht|oder nicht|\bob\b",
    ),
    "fr": Limiters(
        first=(
            r"toutefois",
            r"exceptions?(?=\s?:)",
            r"l(?:a|es) (?:seules? )?exceptions?",
            r"par (?:exception|dérogation) (?:à|au|aux) (?:l['’]alinéa|ce|ces|premier|présent)",
            r"à moins (?:que|qu['’])",
        ),
        anywhere=(
            r"ne s['’]appliquent? (?:pas|plus|ni|toutefois pas|cependant pas)",
            r"n(?:e sont|['’]est) (?:pas|plus) applicables?",
        ),
        last=(
            r"sauf",
            r"sauf (?:si|dans les cas suivants)",
            r"à moins que",
            r"à condition que",
            r"à l['’]exception (?:de|des|du)",
            r"sous réserve (?:de|des|du|que)",
        ),
        negating=(
            r"ne (?:\w+ ){1,4}(?:pas|jamais|aucune?)",
            r"n['’](?:\w+ ){1,4}(?:pas|jamais|aucune?)",
            r"sauf",
            r"à l['’]exception",
            r"interdite?s?",
            r"exclue?s?",
        ),
        joining=r"[,;]|\b(?:et|mais|car|si|lorsque)\b",
        harmless=r"pas (?:seulement|exhaustive|limitée?)",
    ),
    "es": Limiters(
        first=(
            r"no obstante(?! (?:el|la|los|las|lo|ello) )",
            r"sin embargo",
            r"se exceptúan?",
            r"quedan? (?:exceptuad|excluid|exent)[oa]s?",
            r"siempre (?:y cuando|que)",
            r"excepci(?:ón|ones)(?=:)",
            r"la (?:única )?excepción",
            r"excepcionalmente",
        ),
        anywhere=(
            r"no (?:se|le|les) (?:aplicará|aplicarán|aplica|aplican)",
            r"no (?:será|serán|es|son) (?:de aplicación|aplicables?)",
        ),
        last=(
            r"salvo",
            r"salvo (?:que|en los (?:siguientes casos|casos siguientes))",
            r"excepto",
            r"excepto (?:que|en los siguientes casos|cuando)",
            r"a menos que",
            r"siempre (?:y cuando|que)",
            r"con excepción de",
        ),
        negating=(
            r"no",
            r"nunca",
            r"ningun[oa]",
            r"salvo",
            r"excepto",
            r"prohib\w+",
            r"excluid[oa]s?",
            r"exceptúan?",
        ),
        joining=r"[,;]|\b(?:y|e|o|pero|si|cuando)\b",
        harmless=r"no (?:solo|sólo|se limita|limitad|taxativ)",
    ),
    "it": Limiters(
        first=(
            r"tuttavia",
            r"a meno che",
            r"eccezioni?(?=:)",
            r"l['’]unica eccezione",
            r"fanno eccezione",
            r"sono (?:esclus|fatt)[ie]",
        ),
        anywhere=(r"non si applican?o?", r"non (?:è|sono) applicabil[ei]"),
        last=(r"salvo(?: che)?", r"eccetto", r"tranne", r"a meno che", r"purché"),
        negating=(r"non", r"mai", r"nessun[oa]?", r"tranne", r"salvo", r"eccetto", r"vietat[oaie]"),
        joining=r"[,;]|\b(?:e|ed|ma|se)\b",
        harmless=r"non (?:solo|limitat|esaustiv)",
    ),
    "pt": Limiters(
        first=(
            r"no entanto",
            r"todavia",
            r"contudo",
            r"porém",
            r"excetuam-se",
            r"exceç(?:ão|ões)(?=:)",
            r"a única exceção",
        ),
        anywhere=(r"não se aplicam?", r"não (?:é|são) aplicáve(?:l|is)"),
        last=(r"salvo(?: se)?", r"exceto", r"a menos que", r"desde que"),
        negating=(
            r"não",
            r"nunca",
            r"nenhuma?",
            r"exceto",
            r"salvo",
            r"proibid[oa]s?",
            r"vedad[oa]s?",
        ),
        joining=r"[,;]|\b(?:e|ou|mas|se|quando)\b",
        harmless=r"não (?:só|somente|apenas|se limit|exaustiv)",
    ),
    "nl": Limiters(
        first=(
            r"echter",
            r"tenzij",
            r"in afwijking van (?:het|de) (?:eerste|tweede|derde|vorige|bovenstaande)",
            r"uitzonderingen?(?=:| (?:is|zijn)\b)",
            r"dit geldt (?:echter )?(?:niet|alleen)",
        ),
        anywhere=(r"(?:is|zijn) (?:echter )?niet van toepassing",),
        last=(r"tenzij", r"behalve", r"mits", r"behoudens"),
        negating=(r"niet", r"geen", r"nooit", r"behalve", r"verboden", r"uitgesloten"),
        joining=r"[,;]|\b(?:en|maar|als|indien)\b",
        harmless=r"niet (?:alleen|beperkt|uitputtend)",
    ),
    "sv": Limiters(
        first=(r"dock", r"undantag(?:en|et)?(?=:| (?:är|från|gäller)\b)"),
        anywhere=(r"(?:gäller|tillämpas) (?:dock )?inte",),
        last=(r"utom", r"om inte", r"förutsatt att", r"med undantag (?:för|av)"),
        negating=(r"inte", r"ej", r"aldrig", r"inga", r"utom", r"förbjud(?:et|na|en)"),
        joining=r"[,;]|\b(?:och|men|om|ska)\b",
        harmless=r"(?:inte|ej) (?:bara|endast|begränsa)",
    ),
    "pl": Limiters(
        first=(r"jednak(?:że)?", r"chyba że", r"wyjąt(?:ek|ki)(?=:| (?:stanowi|są))"),
        anywhere=(r"nie stosuje się", r"nie (?:ma|mają) zastosowania"),
        last=(r"chyba że", r"z wyjątkiem", r"o ile", r"pod warunkiem,? że"),
        negating=(r"nie", r"nigdy", r"żad(?:en|na)", r"z wyjątkiem", r"zabron\w+", r"zakaz\w+"),
        joining=r"[,;]|\b(?:i|oraz|ale|jeśli|jeżeli)\b",
        harmless=r"nie (?:tylko|ogranicza)",
    ),
    "ru": Limiters(
        first=(
            r"однако",
            r"исключени(?:ем|е|я)(?=:| (?:составля|из|явля))",
            r"за исключением",
            r"если (?:только )?иное не",
        ),
        anywhere=(r"не (?:применя|распространя)[ею]тся",),
        last=(r"кроме", r"за исключением", r"при условии,? что", r"если только"),
        negating=(r"не", r"нельзя", r"никогда", r"кроме(?! того)", r"запрещ[а-я]+"),
        joining=r"[,;]|\b(?:и|или|но|если|чтобы|когда)\b",
        harmless=r"не (?:только|ограничива)|ничего не",
    ),
    "zh": Limiters(
        first=(r"但是?", r"除非", r"然而", r"例外"),
        anywhere=(r"不适用", r"不適用", r"除外[。；]?$", r"不在此限", r"不受此限"),
        last=(r"除非", r"除了"),
        negating=(r"不得", r"不能", r"不可", r"不应", r"禁止", r"不包括", r"除外", r"不要"),
        joining=r"[，；,;]",
        harmless=r"不限于|不仅|不得不|不可避免",
    ),
    "ja": Limiters(
        first=(r"ただし", r"但し"),
        anywhere=(r"この限りで(?:は)?ない", r"適用しない", r"適用され(?:ない|ません)"),
        last=(r"ただし",),
        negating=(r"ない", r"ません", r"禁止", r"除く"),
        joining=r"[、；]",
        harmless=r"限らない|限られない|なければならない",
    ),
}

LANGUAGES = tuple(_LIMITERS)
"""ISO 639 codes of the languages whose limiting words are known."""

_WITHOUT_SPACES = {"zh", "ja"}


class LimiterPatterns(NamedTuple):
    """The words of one language, compiled. The last group holds the words found."""

    limiting: re.Pattern[str]
    """Finds what limits the sentence before, in the sentence after it."""
    open_end: re.Pattern[str]
    """Finds the words that leave a sentence open, at its end."""
    negating: re.Pattern[str]
    """Finds what negates a list, in the last clause of its introduction."""
    joining: re.Pattern[str]
    """Finds where clauses begin."""
    harmless: re.Pattern[str]
    """Finds what looks like a negation and is none."""

    def negation(self, introduction: str) -> str | None:
        """The words by which the introduction of a list negates its items."""
        told = _PARENTHESES.sub("", introduction.rstrip(" :："))
        clause = self.joining.split(told)[-1]
        found = self.negating.search(clause)
        return found[0] if found and not self.harmless.search(clause) else None


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
        *(
            re.compile(rf"(?im){pattern}")
            for pattern in (
                rf"\A{_MARKER}({either(words.first)})|({either(words.anywhere)})",
                rf"({either(words.last)})\s*[:：,，]?\s*\Z",
                either(words.negating),
                words.joining,
                words.harmless,
            )
        )
    )
