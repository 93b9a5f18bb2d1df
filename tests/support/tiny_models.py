"""sentence-transformers models of a few kilobytes: random weights, every kind of pipeline."""

import json
from pathlib import Path
from typing import Any

from qa_index.encoding.reference import quiet

WORDS = "the a cat dog sat ran on mat home . , ! ? and or not 1 2 big small red blue ##s ##ing"


def tiny_model(
    folder: Path,
    *,
    pooling: str = "mean",
    normalize: bool = True,
    dense: bool = False,
    prompts: dict[str, str] | None = None,
    include_prompt: bool = True,
    max_tokens: int = 32,
    seed: int = 0,
) -> Path:
    """Save a two-layer BERT with the modules asked for into ``folder``, and return it."""
    with quiet():
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.base.modules import Dense, Normalize, Transformer
        from sentence_transformers.sentence_transformer.modules import Pooling

        torch.manual_seed(seed)
        transformer = Transformer(str(_tiny_bert(folder / "bert")), max_seq_length=max_tokens)
        modules: list[Any] = [transformer, Pooling(24, pooling, include_prompt=include_prompt)]
        if dense:
            modules.append(Dense(24, 16))
        if normalize:
            modules.append(Normalize())
        model = SentenceTransformer(modules=modules, prompts=prompts, device="cpu")
        model.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def _tiny_bert(folder: Path) -> Path:
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir(parents=True)
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split(), *letters[1:]]
    vocabulary += [f"##{letter}" for letter in letters]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(str(folder))
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=40,
        max_position_embeddings=64,
        # Random vectors of the usual scale would make all texts similar.
        initializer_range=0.5,
    )
    BertModel(config).save_pretrained(str(folder))
    return folder


def edit_json(path: Path, **changes: Any) -> None:
    """Set top-level keys of a JSON file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
