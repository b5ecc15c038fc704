"""Worlds for the claims of lesson 08."""

STRICT = {"whole model": [0.96, 0.97, 0.96], "rank 16": [0.96, 0.97, 0.95]}
PRECISION = {
    "float32": {"MB of weights": 8.6, "loss": 3.0},
    "bfloat16": {"MB of weights": 4.3, "loss": 3.001},
    "float16": {"MB of weights": 4.3, "loss": 3.0},
}
LOADED = {
    'model_init_kwargs={"dtype": "bfloat16"}': "bfloat16",
    'model_init_kwargs={"torch_dtype": "bfloat16"}': "float32",
}

CASES = {
    "C49": {
        "TRUE": {
            "strict": STRICT,
            "ranks": {16: 200_000},
            "everything": 2_160_000,
            "base_moved": 0.0,
            "live": {1: {"strict": 0.9}},
            "share_of_file": 0.1,
            "same": 1.0,
        },
        "LoRA scores far lower": {"strict": STRICT | {"rank 16": [0.5, 0.6, 0.5]}},
        "the adapter learned nothing": {"live": {1: {"strict": 0.0}}},
        "the whole model is trained": {"ranks": {16: 2_160_000}, "base_moved": 0.01, "share_of_file": 1.0},
        "the base is trained along with the adapter": {"base_moved": 0.001},
        "the shared adapter writes other texts": {"same": 0.3},
    },
    "C50": {
        "TRUE": {"largest": 0.0354, "m": 0.0354, "still": 0.0, "low": 0.01, "high": 0.05},
        "the noise does harm": {"low": -0.03, "high": -0.003},
        "the seeds don't agree": {"low": -0.01, "high": 0.02},
        "no noise was added": {"largest": 0.0},
        "the noise stays on when the model answers": {"still": 0.03},
    },
    "C51": {
        "TRUE": {
            "precision": PRECISION,
            "loaded_as": LOADED,
            "unchanged": {"float32": 0.0, "bfloat16": 0.45},
        },
        "the setting is ignored": {
            "loaded_as": LOADED | {'model_init_kwargs={"dtype": "bfloat16"}': "float32"},
            "precision": PRECISION | {"bfloat16": {"MB of weights": 8.6, "loss": 3.0}},
        },
        "half precision spoils the loss": {"precision": PRECISION | {"float16": {"MB of weights": 4.3, "loss": 3.5}}},
        "bfloat16 weights move as well": {"unchanged": {"float32": 0.0, "bfloat16": 0.0}},
    },
}
