"""The network as it is trained, and as the graph that is shipped."""

import math
import tempfile
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from qa.reader.rows import ROW_TOKENS
from qa_index.encoding.models import packaged
from qa_index.encoding.onnx_engine import optimise
from qa_index.encoding.reference import quiet


class Network(nn.Module):
    """The packaged model's layers with a head for whether the text answers the question.

    A second head for where the answer begins and ends only trains the layers, and is not shipped.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model = AutoModel.from_pretrained(
            packaged(),
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            add_pooling_layer=False,
            # 1.6 times as fast to train on a processor as the fused kernel.
            attn_implementation="eager",
        )
        # At run time the word embeddings come from the packaged model.
        for parameter in self.model.embeddings.parameters():
            parameter.requires_grad = False
        size = self.model.config.hidden_size
        self.answered = nn.Linear(size, 1)
        self.place = nn.Linear(size, 2)

    def forward(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of rows of word pieces, shape (n, length), padded with 0.

        Returns the logit that the text answers, shape (n,), and of each piece being the first and
        the last of the answer, shape (n, length, 2).
        """
        mask = rows != 0
        states = self.model(input_ids=rows, attention_mask=mask.long()).last_hidden_state
        places = self.place(states).float().masked_fill(~mask[..., None], -1e4)
        return self.answered(states[:, 0])[:, 0].float(), places


class _Shipped(nn.Module):
    """From the word vectors of one row to its logit. The last layer is computed for the first piece
    only, the one state that the head uses."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        embeddings = network.model.embeddings
        self.positions = nn.Parameter(embeddings.position_embeddings.weight[:ROW_TOKENS].clone())
        self.kind = nn.Parameter(embeddings.token_type_embeddings.weight[0])
        self.norm = embeddings.LayerNorm
        self.layers = network.model.encoder.layer
        self.heads = network.model.config.num_attention_heads
        self.scale = math.sqrt(network.model.config.hidden_size // self.heads)
        self.weight = nn.Parameter(network.answered.weight[0])
        self.bias = nn.Parameter(network.answered.bias[0])

    def forward(self, words: Tensor) -> Tensor:
        states = self.norm(words + self.positions[: words.shape[0]] + self.kind)
        for layer in self.layers[:-1]:
            states = self._layer(layer, states, states)
        state = self._layer(self.layers[-1], states[:1], states)[0]
        # Not a matrix product, which would be quantised to 8 bits.
        return (state * self.weight).sum() + self.bias

    def _layer(self, layer: nn.Module, asking: Tensor, states: Tensor) -> Tensor:
        own, output = layer.attention.self, layer.attention.output
        query, key, value = (
            each.view(each.shape[0], self.heads, -1).transpose(0, 1)
            for each in (own.query(asking), own.key(states), own.value(states))
        )
        shares = torch.softmax(query @ key.transpose(1, 2) / self.scale, dim=-1)
        seen = (shares @ value).transpose(0, 1).reshape(asking.shape)
        seen = output.LayerNorm(output.dense(seen) + asking)
        inner = nn.functional.gelu(layer.intermediate.dense(seen))
        return layer.output.LayerNorm(layer.output.dense(inner) + seen)


def ship(network: Network, target: Path) -> None:
    """Write a network as an ONNX graph, with 8-bit weights in the same file.

    Seven of the eight bits are used: processors without VNNI saturate with more.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        traced, rounded = Path(folder, "traced.onnx"), Path(folder, "rounded.onnx")
        with quiet():
            torch.onnx.export(
                _Shipped(network).eval(),
                (torch.zeros(20, network.model.config.hidden_size),),
                str(traced),
                input_names=["words"],
                output_names=["logit"],
                dynamic_axes={"words": {0: "length"}},
                opset_version=17,
                dynamo=False,
            )
            quantize_dynamic(
                traced, rounded, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True
            )
        optimise(rounded, target, weights_beside=False)
