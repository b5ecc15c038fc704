"""Values as JSON and back, exactly: what the stored cases of the assignments are written in.

JSON knows no tuple, set, NaN, tensor or file, so these become a dict with one key that begins with "$". The way there
is strict: an object whose class is not listed here can't be written, however equal to others it says it is. Nothing
here knows about tasks or checks.
"""

import base64
import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import Any


class NotStorable(TypeError):
    """A value of a class that stored cases don't hold."""


def encode(value: Any, names: dict[str, Any] | None = None) -> Any:
    """A value as JSON's own types; raises NotStorable for what has no such form.

    Subclasses count as what they are at heart, read with the base class's own methods: a Counter is a dict, NumPy's
    int64 an int. A `Path` stands for the file's contents.

    Args:
        names: objects that are stored by their name alone, such as a tokenizer; recognised by identity.
    """
    for name, known in (names or {}).items():
        if value is known:
            return {"$name": name}
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        value = value.item()
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__index__(value)
    if isinstance(value, float):
        number = float.__float__(value)
        return number if math.isfinite(number) else {"$float": repr(number)}
    if isinstance(value, list):
        return [encode(item, names) for item in list.__iter__(value)]
    if isinstance(value, tuple):
        return {"$tuple": [encode(item, names) for item in tuple.__iter__(value)]}
    if isinstance(value, set | frozenset):
        items = [encode(item, names) for item in frozenset(value)]
        return {"$set": sorted(items, key=json.dumps)}
    if isinstance(value, dict):
        return _encode_dict(value, names)
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return {"$file": value.read_bytes().decode("utf-8", "surrogateescape")}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: encode(getattr(value, field.name), names) for field in dataclasses.fields(value)}
        return {"$object": [type(value).__name__, fields]}
    for module, kind in (("torch", "Tensor"), ("numpy", "ndarray")):
        if module in sys.modules and isinstance(value, getattr(sys.modules[module], kind)):
            held = value.detach().cpu() if kind == "Tensor" else value
            return {f"${kind}": [str(held.dtype).removeprefix("torch."), encode(held.tolist())]}
    raise NotStorable(f"a {type(value).__name__} can't be stored")


def _encode_dict(value: dict, names: dict[str, Any] | None) -> dict:
    items = [(encode(key, names), encode(item, names)) for key, item in dict.items(value)]
    if all(isinstance(key, str) and not key.startswith("$") for key, _ in items):
        return dict(items)
    return {"$dict": sorted(([key, item] for key, item in items), key=lambda pair: json.dumps(pair[0]))}


def decode(value: Any, names: dict[str, Any] | None = None, folder: Path | None = None) -> Any:
    """The value that `encode` has written; a new one at each call.

    Args:
        names: the objects and the dataclasses that are stored by their names.
        folder: where a stored file is written, under a number as its name.
    """
    if isinstance(value, list):
        return [decode(item, names, folder) for item in value]
    if not isinstance(value, dict):
        return value
    mark, held = next(iter(value.items()), ("", None))
    if mark == "$name":
        return names[held]
    if mark == "$float":
        return float(held)
    if mark == "$tuple":
        return tuple(decode(held, names, folder))
    if mark == "$set":
        return set(decode(held, names, folder))
    if mark == "$dict":
        return {decode(key, names, folder): decode(item, names, folder) for key, item in held}
    if mark == "$bytes":
        return base64.b64decode(held)
    if mark == "$file":
        path = folder / f"{len(list(folder.iterdir()))}.txt"
        path.write_bytes(held.encode("utf-8", "surrogateescape"))
        return path
    if mark == "$object":
        return names[held[0]](**decode(held[1], names, folder))
    if mark == "$Tensor":
        import torch

        return torch.tensor(decode(held[1]), dtype=getattr(torch, held[0]))
    if mark == "$ndarray":
        import numpy

        return numpy.array(decode(held[1]), dtype=held[0])
    return {key: decode(item, names, folder) for key, item in value.items()}


def kind(encoded: Any) -> str:
    """The name of the class of an encoded value, as a learner knows it."""
    mark = next(iter(encoded), "") if isinstance(encoded, dict) else ""
    if mark == "$object":
        return encoded[mark][0]
    return mark[1:] if mark.startswith("$") else "None" if encoded is None else type(encoded).__name__


def difference(got: Any, wanted: Any, tolerance: float) -> tuple[str, Any, Any] | None:
    """Where two encoded values differ first: a place such as "[0]['text']" and what stands there in each; None if
    nowhere.

    An int may stand where a float is wanted, never the reverse, and a bool is no number. Floats may differ by the share
    `tolerance`, or by a thousandth of it near zero. The order of a dict's keys doesn't count, tensors may have another
    precision.
    """
    if kind(wanted) == "float" and kind(got) in ("int", "float"):
        a, b = decode(got), decode(wanted)
        same = a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance * 1e-3)
        return None if same else ("", got, wanted)
    if kind(got) != kind(wanted):
        return "", got, wanted
    if isinstance(wanted, list):
        pairs = [(f"[{i}]", a, b) for i, (a, b) in enumerate(zip(got, wanted))]
    elif kind(wanted) in ("Tensor", "ndarray"):
        (kept, a), (right, b) = (next(iter(value.values())) for value in (got, wanted))
        if kept.rstrip("0123456789") != right.rstrip("0123456789"):
            return "", kept, right
        return difference(a, b, tolerance)
    elif kind(wanted) == "dict" and "$dict" in wanted:
        keys = [[key for key, _ in value["$dict"]] for value in (got, wanted) if "$dict" in value]
        if len(keys) < 2 or keys[0] != keys[1]:
            return "", got, wanted
        pairs = [(f"[{k!r}]", a, b) for (k, a), (_, b) in zip(got["$dict"], wanted["$dict"])]
    elif kind(wanted) == "set":
        return None if got == wanted else ("", got, wanted)
    elif isinstance(wanted, dict):
        if got.keys() != wanted.keys():
            return "", got, wanted
        pairs = [("" if key.startswith("$") else f"[{key!r}]", got[key], wanted[key]) for key in wanted]
    else:
        return None if got == wanted else ("", got, wanted)
    for place, a, b in pairs:
        found = difference(a, b, tolerance)
        if found:
            return place + found[0], *found[1:]
    return None if len(got) == len(wanted) else ("", got, wanted)
