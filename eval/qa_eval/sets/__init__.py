"""Question sets in four formats, all read into ``QuestionSet``.

Loading checks the format; ``qa_eval.gold.resolve`` checks the labels against the sources.
"""

from qa_eval.sets.beir import beir_documents, load_beir
from qa_eval.sets.native import load_questions
from qa_eval.sets.squad import load_squad, squad_documents
from qa_eval.sets.trec import load_trec

__all__ = [
    "beir_documents",
    "load_beir",
    "load_questions",
    "load_squad",
    "load_trec",
    "squad_documents",
]
