"""What kind of value a question asks for, if that is plain, in eleven languages.

A question that begins with none of these words asks for no value that is compared.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from qa.answering.agreement.units import MONEY, TIMES, is_unit_word
from qa.values import ValueKind


class Asked(NamedTuple):
    """What a question asks for."""

    kinds: tuple[ValueKind, ...]
    """Any of these; the first passage decides."""
    unit: str | None = None
    """The unit that it names, as in "how many days"."""
    counts: bool = False
    """Whether it asks how many of something there are."""
    part: str = ""
    """``year`` if no more of a date is asked for."""
    is_obligation: bool = False
    """Whether it asks if something is required, not if it is permitted."""
    subject: str = ""
    """The question without the words that ask; all of it where they are not apart."""


_NUMBER, _DURATION, _DATE = ValueKind.NUMBER, ValueKind.DURATION, ValueKind.DATE

_COUNT = (
    r"how many",
    r"(?:what|which) (?:is|was|are) the (?:total )?number of",
    r"wie ?viele?",
    r"cuánt[oa]s",
    r"combien",
    r"quant[ie]",
    r"quant[oa]s",
    r"hoeveel",
    r"hur många",
    r"ilu|ile",
    r"сколько",
)
_MUCH = (
    r"how (?:much|far|tall|high|large|big|fast|heavy|wide|deep|hot|cold)\b(?! of)",
    r"(?:what|which) (?:percentage|percent|proportion|share|fraction)",
    r"wie(?:viel| viel| hoch| groß| weit| schwer| schnell| teuer| breit| tief)",
    r"wieviel prozent",
    r"cuánto|cuánta|qué porcentaje",
    r"quel pourcentage",
    r"quanto|quanta|che percentuale|qual percentual|que percentagem",
    r"hoe (?:hoog|groot|ver|snel|zwaar|diep|breed|duur)|welk percentage",
    r"hur (?:mycket|stor|stort|hög|högt|långt)",
)
_TIME = (
    r"how long",
    r"how old",
    r"wie (?:lange?|alt)",
    r"cuánto tiempo|cuánto dura",
    r"combien de temps",
    r"quanto tempo",
    r"hoe (?:lang|oud)",
    r"hur (?:länge|lång|gammal)",
    r"jak długo",
    r"как долго|сколько времени",
)
_WHEN = (
    r"(?:since |until |till |by )?when",
    r"(?:on |by |until |from )?(?:what|which) (?:exact )?(?:date|day)(?! of the week)",
    r"(?:seit |bis |ab )?wann|an welchem (?:tag|datum)",
    r"(?:desde |hasta )?cuándo|(?:en )?qué (?:fecha|día)",
    r"(?:depuis |jusqu['’]à )?quand|à quelle date|quel jour",
    r"(?:da |fino a )?quando|in che data|in quale data|desde quando|até quando|em que (?:data|dia)",
    r"(?:sinds |tot |vanaf )?wanneer|op welke (?:datum|dag)",
    r"(?:sedan )?när|vilket datum",
    r"(?:od |do )?kiedy",
    r"(?:с |до )?(?:когда|каких пор)|какого числа",
)
_WHICH_YEAR = (
    r"(?:in |since |by |until |during )?(?:what|which) year",
    r"(?:in|seit|ab|bis) welchem jahr|welches jahr",
    r"(?:en |desde |hasta )?qué año",
    r"(?:en |depuis )?quelle année",
    r"(?:in )?(?:che|quale) anno",
    r"(?:em |desde )?que ano|em qual ano",
    r"(?:in |sinds )?welk jaar",
    r"vilket år",
    r"w którym roku",
    r"в каком году|какой год",
)
_WHO = (
    r"who(?:m)?(?! (?:are|were|can|may|must|should)\b)",
    r"wer(?! (?:darf|kann|muss|sind|waren)\b)|wen",
    r"quién",
    r"qui(?= (?:est|a|fut|était|dirige|préside|fonda|écrivit|inventa)\b)|qui est-ce qui",
    r"chi(?= \w)",
    r"quem",
    r"wie(?= (?:is|was|heeft|werd|wordt|schreef|leidt|stichtte)\b)",
    r"vem",
    r"kto",
    r"кто",
)
_OF_TIME = (
    r"(?:notice|incubation|trial|probation\w*|retention|cooling-off|waiting|grace|validity) "
    r"(?:period|time)|duration|time ?limit|statute of limitations|life ?(?:time|span|expectancy)|"
    r"half-life|term of office|age"
)
_OF_DATES = r"deadline|due date|date|year"
_OF_NUMBERS = (
    r"price|cost|fee|fine|penalty|salary|wage|population|amount|percentage|rate|height|length|"
    r"width|depth|weight|temperature|speed|distance|size|capacity|area|budget|rent|deposit|limit|"
    r"maximum(?: \w+)?|minimum(?: \w+)?|average(?: \w+)?|number|total|value|proportion|"
    r"(?:case )?fatality rate|mortality rate"
)
_WHAT = (
    r"(?:what(?:'s|’s| is| was| are| were| will be)|which is) "
    r"(?:the |an? |my |your |our |its |their )(?:[\w-]+ ){{0,3}}?(?:{})(?= (?:of|for|in|to|at|on|"
    r"per|if|when|under|from|that|between|by|a|an|he|she|it|they|you|we|i|is|was)\b|\s*\??$)"
)
_ELSEWHERE = {
    "time": (
        r"welche(?:r|s)? (?:\w+)?(?:frist|dauer|laufzeit)|was ist die \w*(?:frist|dauer)",
        r"cuál es (?:el|la) (?:plazo|duración|vigencia)(?: \w+)?",
        r"quel(?:le)? est (?:le délai|la durée)",
        r"qual (?:è|é) (?:il termine|la durata|o prazo|a duração)",
        r"wat is de (?:\w*termijn|duur)",
        r"каков срок|какова продолжительность|какой срок",
    ),
    "number": (
        r"cuál es (?:el|la) (?:precio|coste|costo|importe|cuantía|número|porcentaje|población|"
        r"edad|multa|cuota)",
        r"quel(?:le)? est (?:le (?:prix|montant|nombre|coût|taux)|la (?:taille|population))",
        r"qual (?:è|é) (?:il (?:prezzo|costo|numero)|o (?:preço|custo|valor|número)|a população)",
        r"wat (?:is|zijn|kost) (?:de (?:prijs|kosten)|het (?:bedrag|aantal|percentage))",
        r"какова (?:стоимость|цена|численность|площадь|высота|длина)|каков (?:размер|объём)",
    ),
}
_CHINESE = {
    "time": (
        r"多久|多长时间|多少(?:个)?(?:天|日|年|个月|月|小时|分钟|周|工作日)|"
        r"几(?:天|年|个月|小时|个工作日)|期限是多"
    ),
    "year": r"哪一?年|哪年",
    "when": r"什么时候|什么时间|何时|几月几日|哪一?天",
    "much": r"多少(?:元|钱|米|公里|平方|公斤|克|吨|毫|度)|百分之几|多少%|多高|多大|多远|多重",
    "count": r"多少|几(?:个|名|人|次|种|条|位|座|所|支)",
    "who": r"谁",
}
_PORTUGUESE_INFINITIVE = r"(?= (?!(?:far|aver|esser)\b)[^\W\d_]+r\b)"
"""``posso`` and ``devo`` are Italian, too, whose infinitives end in ``-re``."""
_PERMITTED = {
    "en": r"(?:may|can|could|am|is|are)\b(?=.{0,60}\b(?:allowed|permitted)\b)|may\b|"
    r"can (?:i|we|you|one|employees|students|members|tenants|visitors|guests|residents|users|dogs|"
    r"children)\b",
    "de": r"darf|dürfen|(?:ist|sind)\b(?=.{0,60}\b(?:erlaubt|zulässig|gestattet)\b)",
    "es": r"(?:se )?puede[ns]?|puedo|podemos|(?:está|es)\b(?=.{0,60}\b(?:permitid[oa]|lícito)\b)",
    "fr": r"peut-on|puis-je|est-il (?:permis|autorisé)|a-t-on le droit|est-ce qu['’]on peut",
    "pt": rf"pode-se|é permitido|posso{_PORTUGUESE_INFINITIVE}",
    "it": r"si può|posso|è (?:permesso|consentito)",
    "nl": r"mag|mogen|is het toegestaan",
    "ru": r"можно ли|разрешено ли|разрешается ли",
}
_REQUIRED = {
    "en": r"must\b|(?:do|does) .{1,40}\b(?:have|need) to\b|(?:is|are)\b(?=.{0,60}\b(?:required|"
    r"mandatory|compulsory|obligatory|obliged)\b)",
    "de": r"muss|müssen|(?:ist|sind)\b(?=.{0,60}\b(?:verpflichtet|vorgeschrieben|erforderlich)\b)",
    "es": r"(?:se )?debe[ns]?|hay que|es (?:obligatori[oa]|necesari[oa])",
    "fr": r"doit-on|faut-il|est-il obligatoire|dois-je",
    "pt": rf"deve-se|é obrigatóri[oa]|devo{_PORTUGUESE_INFINITIVE}",
    "it": r"si deve|devo|bisogna|è obbligatori[oa]",
    "nl": r"moet|moeten|is het verplicht",
    "ru": r"обязан[аы]?? ли|нужно ли|обязательно ли",
}
_ASKS_IF = re.compile(
    r"(?<![^\W_])(?:allowed|permitted|required|mandatory|compulsory|obligatory|obliged|erlaubt|"
    r"zulässig|gestattet|verpflichtet|vorgeschrieben|erforderlich|permitid[oa]s?|lícito|"
    r"obligatori[oa]s?|permise?s?|autorisée?s?|obligatoires?|permess[oaie]|consentit[oaie]|"
    r"obrigatóri[oa]s?|toegestaan|verplicht|разрешено)(?![^\W_])",
    re.IGNORECASE,
)
"""What asks if something is permitted or required is not what the question is about: "is smoking
allowed on the balcony" is answered by a sentence that forbids it."""
_CHOICE = {
    "en": r"or",
    "de": r"oder",
    "es": r"o|u",
    "fr": r"ou",
    "pt": r"ou",
    "it": r"od?|oppure",
    "nl": r"of",
    "ru": r"или",
}
"""By the language whose words the question begins with: ``of`` and ``o`` are others elsewhere."""
_BEGINNING = r"\A[\W_]*(?:(?:and|so|und|also|y|et|но|а)[ ,]+)?"
_START = _BEGINNING + (
    r"(?:(?:about|approximately|roughly|for|at|to|by|of|in|from|within|etwa|ungefähr|für|bei|mit|"
    r"por|en|à|de|a|di|con|voor|na|за|через|с|в|во|при)\s+)?"
)


@cache
def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile(rf"{_START}(?:{'|'.join(parts)})(?![^\W_])", re.IGNORECASE)


def _named(by_language: Mapping[str, str]) -> re.Pattern[str]:
    """The pattern whose ``lastgroup`` is the language that matched.

    Without a preposition before it: "In May" is a month.
    """
    words = "|".join(f"(?P<{language}>{words})" for language, words in by_language.items())
    return re.compile(rf"{_BEGINNING}(?:{words})(?![^\W_])", re.IGNORECASE)


def asked(question: str) -> Asked | None:
    """What a question asks for; ``None`` if the kind is not plain."""
    text = " ".join(question.split())
    if re.search("[\u4e00-\u9fff]", text):
        found = _asked_in_chinese(text)
        return found and found._replace(subject=text)
    for pattern, told in _spaced().items():
        if match := pattern.match(text):
            rest = text[match.end() :]
            found = _counted(rest) if told is None else told
            if ValueKind.YES_NO in found.kinds and _is_choice(text, match.lastgroup or ""):
                return None
            subject = text if pattern in _whole() else rest
            if ValueKind.YES_NO in found.kinds:
                subject = _ASKS_IF.sub(" ", subject)
            return found._replace(subject=subject)
    return None


def _is_choice(question: str, language: str) -> bool:
    """Whether a question that begins with words of this language asks which of several."""
    return re.search(rf"\b(?:{_CHOICE[language]})\b", question, re.IGNORECASE) is not None


@cache
def _spaced() -> dict[re.Pattern[str], Asked | None]:
    """What questions that begin so ask for, the most telling first; ``None`` for a count."""
    time, dates, amounts = (_whats(head) for head in (_OF_TIME, _OF_DATES, _OF_NUMBERS))
    lengths, whens, sums = (_DURATION, _NUMBER), (_DATE, _DURATION), (_NUMBER, _DURATION)
    return {
        _pattern(*_WHICH_YEAR): Asked((_DATE,), part="year"),
        _pattern(*_WHEN): Asked(whens),
        _pattern(*_TIME): Asked(lengths),
        _pattern(*_ELSEWHERE["time"]): Asked(lengths),
        time: Asked(lengths),
        _pattern(*_COUNT): None,
        _pattern(*_MUCH): Asked(sums),
        _pattern(*_ELSEWHERE["number"]): Asked(sums),
        amounts: Asked(sums),
        dates: Asked(whens),
        _pattern(*_WHO): Asked((ValueKind.NAME,)),
        _named(_PERMITTED): Asked((ValueKind.YES_NO,)),
        _named(_REQUIRED): Asked((ValueKind.YES_NO,), is_obligation=True),
    }


@cache
def _whole() -> frozenset[re.Pattern[str]]:
    """The patterns whose match also says what the question is about."""
    heads = (_OF_TIME, _OF_DATES, _OF_NUMBERS)
    return frozenset((*map(_whats, heads), *(_pattern(*each) for each in _ELSEWHERE.values())))


@cache
def _whats(head: str) -> re.Pattern[str]:
    return re.compile(_START + _WHAT.format(head), re.IGNORECASE)


def _counted(rest: str) -> Asked:
    """What is counted: days and the like, other units, or things."""
    words = re.findall(r"[^\W\d_]+", rest)[:3]
    words = words[1:] if words[:1] in (["de"], ["d"]) else words
    if {"times", "mal", "veces", "fois", "volte", "vezes", "раз"} & set(words[:1]):
        return Asked((), counts=True)
    modified = words[0].casefold() in _ADJECTIVES if words else False
    unit = is_unit_word(words[1 if modified and len(words) > 1 else 0]) if words else None
    if unit in TIMES:
        return Asked((_DURATION,), unit)
    if unit is not None and (unit in MONEY or len(words[0]) > 2):
        return Asked((_NUMBER,), unit)
    return Asked((_NUMBER,), counts=True)


_ADJECTIVES = {"working", "business", "calendar", "consecutive", "more", "square"}


def _asked_in_chinese(text: str) -> Asked | None:
    kinds = {
        "time": Asked((_DURATION,)),
        "year": Asked((_DATE,), part="year"),
        "when": Asked((_DATE, _DURATION)),
        "much": Asked((_NUMBER,)),
        "count": Asked((_NUMBER,), counts=True),
        "who": Asked((ValueKind.NAME,)),
    }
    for name, told in kinds.items():
        if re.search(_CHINESE[name], text):
            return told
    if re.search(r"是否(?:可以|允许)|可以.{0,30}吗|能否|可否", text):
        return Asked((ValueKind.YES_NO,))
    if re.search(r"是否(?:必须|应当|需要)|必须.{0,30}吗", text):
        return Asked((ValueKind.YES_NO,), is_obligation=True)
    return None
