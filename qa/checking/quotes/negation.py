"""Words that turn a sentence into its opposite, in the languages that stop words are known of."""

from qa.checking.quotes.words import Word

_BY_LANGUAGE = """
no not nor neither never none nobody nothing nowhere cannot without hardly unless except
nicht nichts nie niemals niemand kein keine keinem keinen keiner keines weder ohne außer
ne n' pas jamais aucun aucune rien personne sans ni non sauf
nunca jamás ningún ninguno ninguna nada nadie sin tampoco salvo
não nem nenhum nenhuma ninguém sem nessuno nessuna niente nulla senza né
niet geen nooit niemand niets zonder
inte ej aldrig ingen inget inga utan icke ikke aldri intet ingenting uten uden
ei eivät emme ette älä ilman
nie nigdy nikt nic bez ani żaden žádný nikdy nikdo soha senki nélkül
не нет ни никогда никто ничего без нельзя кроме ні ніколи
niciodată fără değil yok hiç لا لم لن ليس غير بدون δεν μην όχι ποτέ χωρίς לא אין בלי אל नहीं न मत
"""
_NEGATIONS = frozenset(_BY_LANGUAGE.split())
_UNSPACED = frozenset("不没沒未无無非莫勿ない")


def is_negation(folded: str) -> bool:
    """Whether a folded word negates."""
    word = folded.casefold()
    return word in _NEGATIONS or word.endswith("n't") or word in _UNSPACED


def negates(words: list[Word]) -> bool:
    """Whether any of some words does."""
    return any(is_negation(word.folded) for word in words)
