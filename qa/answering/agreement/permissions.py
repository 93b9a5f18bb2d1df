"""Whether a sentence grants or denies what a question asks, where it does so plainly."""

import re
from functools import cache
from typing import NamedTuple

_GRANTS = {
    "en": (
        r"(?:is|are|be|was|were) (?:also |always |generally )?(?:permitted|allowed)|may|"
        r"can|could"
    ),
    "de": r"(?:ist|sind) (?:\w+ ){0,3}(?:erlaubt|zulässig|gestattet)|darf|dürfen|kann|können",
    "es": r"(?:está|están|es|son) (?:permitid[oa]s?)|puede[n]?|podrán?",
    "fr": r"(?:est|sont) (?:autorisée?s?|permise?s?)|peut|peuvent",
    "it": r"(?:è|sono) (?:permess[oaie]|consentit[oaie])|può|possono",
    "pt": r"(?:é|são) permitid[oa]s?|pode|podem|poderá",
    "nl": r"(?:is|zijn) (?:\w+ ){0,2}toegestaan|mag|mogen",
    "ru": r"разреш(?:ается|ено|ены|ена)|допускается|можно|вправе|может|могут",
    "zh": r"可以|允许|有权",
}
_DENIES = {
    "en": (
        r"may not|must not|mustn['’]t|shall not|can ?not|can['’]t|could not|should not|"
        r"(?:is|are|be|was|were) (?:strictly |expressly |also )?(?:prohibited|forbidden|banned)|"
        r"(?:is|are|be|was|were)(?: not|n['’]t) (?:permitted|allowed)|(?:is|are) never allowed|"
        r"no \w+ (?:may|is allowed|are allowed|is permitted|are permitted|shall)"
    ),
    "de": (
        r"(?:darf|dürfen|kann|können) (?:[^\s,;]+ ){0,8}?nicht|"
        r"(?:ist|sind) (?:[^\s,;]+ ){0,6}?(?:verboten|untersagt|unzulässig|"
        r"nicht (?:gestattet|erlaubt|zulässig))|(?:darf|dürfen) (?:[^\s,;]+ ){0,5}?kein\w*"
    ),
    "es": (
        r"no (?:se )?(?:puede[n]?|podrán?)|(?:está|están|queda|quedan) prohibid[oa]s?|"
        r"no (?:está|están|es|son) permitid[oa]s?|se prohíben?|prohibid[oa]s?"
    ),
    "fr": (
        r"ne (?:\w+ )?(?:peut|peuvent)(?: \w+){0,2} (?:pas|être)|(?:est|sont) (?:strictement )?"
        r"interdite?s?|(?:n['’]est|ne sont) pas (?:autorisée?s?|permise?s?)"
    ),
    "it": (
        r"non (?:si )?(?:può|possono)|(?:è|sono) vietat[oaie]|non (?:è|sono) (?:permess|"
        r"consentit)[oaie]"
    ),
    "pt": (
        r"não (?:se )?(?:pode|podem|poderá)|(?:é|são) (?:proibid|vedad)[oa]s?|não (?:é|"
        r"são) permitid[oa]s?"
    ),
    "nl": (
        r"(?:mag|mogen) (?:[^\s,;]+ ){0,6}?(?:niet|geen)|(?:is|"
        r"zijn) (?:\w+ ){0,3}?(?:verboten|verboden|niet toegestaan)"
    ),
    "ru": r"запрещ(?:ается|ено|ены|ена)|не (?:разрешается|допускается|вправе|может|могут)|нельзя",
    "zh": r"不得|不可以|不能|禁止|不允许|严禁|无权",
}
_REQUIRES = {
    "en": (
        r"must|shall|(?:is|are) (?:required|obliged|mandatory|compulsory|obligatory)|"
        r"(?:has|have) to"
    ),
    "de": (
        r"muss|müssen|hat (?:\w+ ){0,5}zu|(?:ist|sind) (?:\w+ ){0,4}(?:verpflichtet|"
        r"vorgeschrieben|erforderlich)"
    ),
    "es": r"debe[n]?|deberán?|(?:es|son) obligatori[oa]s?|hay que",
    "fr": r"doit|doivent|(?:est|sont) (?:obligatoires?|tenue?s?)|il faut",
    "it": r"deve|devono|(?:è|sono) obbligatori[oae]?",
    "pt": r"deve|devem|deverá|(?:é|são) obrigatóri[oa]s?",
    "nl": r"moet|moeten|(?:is|zijn) (?:\w+ ){0,3}verplicht",
    "ru": r"обязан[аыо]?|должен|должны|должна|необходимо|обязательно",
    "zh": r"必须|应当|须",
}
_SPARES = {
    "en": (
        r"(?:need|does|do) not (?:need to|have to|require)|need not|(?:is|are)(?: not|n['’]t) "
        r"(?:required|obliged|mandatory|compulsory|obligatory|necessary)|(?:is|are) optional|"
        r"no \w+ (?:is|are) required|(?:doesn|don)['’]t (?:need|have) to"
    ),
    "de": (
        r"muss (?:\w+ ){0,5}nicht|müssen (?:\w+ ){0,5}nicht|(?:ist|"
        r"sind) (?:\w+ ){0,4}nicht (?:verpflichtet|erforderlich|vorgeschrieben)|(?:ist|"
        r"sind) freiwillig"
    ),
    "es": (
        r"no (?:es|son) (?:obligatori|necesari)[oa]s?|no (?:se )?(?:debe|tiene que|"
        r"hace falta|requiere)"
    ),
    "fr": (
        r"(?:n['’]est|ne sont) pas (?:obligatoires?|nécessaires?|tenue?s?)|(?:est|"
        r"sont) facultati(?:f|ve)s?"
    ),
    "it": r"non (?:è|sono) (?:obbligatori|necessari)[oae]?|(?:è|sono) facoltativ[oaie]",
    "pt": r"não (?:é|são) (?:obrigatóri|necessári)[oa]s?|(?:é|são) facultativ[oa]s?",
    "nl": r"hoeft (?:\w+ ){0,4}niet|hoeven (?:\w+ ){0,4}niet|(?:is|zijn) niet verplicht",
    "ru": r"не (?:обязан[аыо]?|требуется|нужно|обязательно)",
    "zh": r"不必|无需|无须|不需要",
}
_OPEN = {
    "en": r"unless|except|only|if|provided|subject to|without|whether",
    "de": r"außer|nur|sofern|wenn|soweit|es sei denn|ohne|ausgenommen",
    "es": r"salvo|excepto|sólo|solo|si|siempre que|sin",
    "fr": r"sauf|seulement|uniquement|sans|si",
    "it": r"se|soltanto|solamente|solo|tranne|salvo|senza",
    "pt": r"se|somente|só|apenas|exceto|salvo|sem",
    "nl": r"alleen|tenzij|mits|als|indien|zonder",
    "ru": r"если|только|кроме|без",
    "zh": r"除非|只有|仅|如果|除",
}
"""Words with which a sentence says more than yes or no."""


class Permission(NamedTuple):
    """What grants or denies in a sentence."""

    start: int
    end: int
    affirms: bool


class _Patterns(NamedTuple):
    denies: re.Pattern[str]
    grants: re.Pattern[str]
    opens: re.Pattern[str]


@cache
def _patterns(language: str, *, obligation: bool) -> _Patterns:
    words = (_SPARES, _REQUIRES, _OPEN) if obligation else (_DENIES, _GRANTS, _OPEN)
    edges = ("", "") if language == "zh" else (r"(?<![^\W_])", r"(?![^\W_])")
    return _Patterns(
        *(re.compile(f"{edges[0]}(?:{each[language]}){edges[1]}", re.IGNORECASE) for each in words)
    )


def permission(sentence: str, language: str, *, obligation: bool) -> Permission | None:
    """What a sentence says to "may I" or, of an ``obligation``, to "must I".

    ``None`` unless exactly one of its words or phrases does, without a condition.
    """
    if language not in _GRANTS:
        return None
    own = _patterns(language, obligation=obligation)
    others = _patterns(language, obligation=not obligation)
    if own.opens.search(sentence) or (obligation and others.denies.search(sentence)):
        return None
    denied = list(own.denies.finditer(sentence))
    # "may not" holds "may", and "must not" holds "must".
    left = _without(own.denies, sentence)
    granted = list(own.grants.finditer(left))
    left = _without(own.grants, left)
    if len(denied) + len(granted) != 1 or others.denies.search(left) or others.grants.search(left):
        return None
    match = (denied or granted)[0]
    return Permission(*match.span(), not denied)


def _without(pattern: re.Pattern[str], text: str) -> str:
    """A text of the same length without what a pattern finds."""
    return pattern.sub(lambda match: "\n" * len(match[0]), text)
