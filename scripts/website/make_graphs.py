"""Exports the architecture of the base and of the assistant to ONNX, without weights, for the site's page of models.

``python -m scripts.website.make_graphs``, by hand after a change of either: it needs the packages onnx and onnxscript,
which nothing else of the course does. A graph takes the ids of a text and gives the logits of the next token; its
weights stand outside it, in the order in which it names them, as `models` packs them.
"""

import json
from pathlib import Path

from course_utils.session import ASSETS

FOLDER = Path(__file__).parent / "models"
WEIGHTS = "weights"  # the name under which a graph looks for them
PREFIX = "m."  # what the exporter writes before a weight's own name


def _export(name: str) -> None:
    import torch
    from onnx.external_data_helper import set_external_data
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(ASSETS / name, dtype=torch.float32, attn_implementation="eager")

    class NextToken(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.m = model

        def forward(self, input_ids):
            return self.m(input_ids=input_ids, use_cache=False, logits_to_keep=1).logits[:, 0]

    length = torch.export.Dim("length", min=2, max=model.config.max_position_embeddings)
    exported = torch.onnx.export(
        NextToken().eval(),
        (torch.ones(1, 37, dtype=torch.long),),
        dynamo=True,
        dynamic_shapes={"input_ids": {1: length}},
        input_names=["input_ids"],
        output_names=["logits"],
        external_data=False,
        optimize=False,  # which would fold weights into new constants
        verbose=False,
    )
    graph = exported.model_proto
    order, offset, weights = [], 0, model.state_dict()
    for tensor in graph.graph.initializer:
        if tensor.name.removeprefix(PREFIX) in weights:
            order.append(tensor.name.removeprefix(PREFIX))
            size = len(tensor.raw_data)
            set_external_data(tensor, location=WEIGHTS, offset=offset, length=size)
            tensor.ClearField("raw_data")
            offset += size
    for node in graph.graph.node:  # where each step came from, which would name this machine's folders
        del node.metadata_props[:]
        node.ClearField("doc_string")
    del graph.graph.metadata_props[:]
    del graph.metadata_props[:]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.onnx").write_bytes(graph.SerializeToString())
    (FOLDER / f"{name}.json").write_text(json.dumps(order, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for name in ("base", "assistant"):
        _export(name)
