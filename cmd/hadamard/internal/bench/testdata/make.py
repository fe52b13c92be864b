#!/usr/bin/env python3
"""Writes cases.json, small cases of each dtype and kind of layout, and checks.json, what
NumPy says of their checks. NumPy lacks bfloat16; those values are exact in float32. It lacks
unorm8 and unorm16, too: integers of which the product is divided by full scale and rounded.

    python3 make.py
"""

import json

import numpy as np

cases = []


def packed(shape):
    strides, step = [], 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent
    return strides


def operand(dtype, shape, strides=None, offset=0, buflen=None, **fill):
    strides = packed(shape) if strides is None else strides
    if buflen is None:
        buflen = offset + 1 + sum((n - 1) * s for n, s in zip(shape, strides) if s > 0)
    return {"dtype": dtype, "shape": list(shape), "strides": list(strides), "offset": offset, "buflen": buflen, **fill}


def add(name, out, *inputs, op="mul", inplace_of=None):
    for k, i in enumerate(inputs):
        i.setdefault("fill", "pattern")
        i.setdefault("seed", 5 * k)
    elements = int(np.prod(out["shape"]))
    cases.append({
        "name": name, "group": name.split()[0], "op": op, "out": out, "inplace_of": inplace_of, "inputs": inputs,
        "elements": elements, "bytes": 3 * elements, "dram": elements > 1000, "batch_ns": 1000, "repeats": 3,
    })  # fmt: skip


FULL = {"unorm8": 255, "unorm16": 65535}  # what stands for 1
STORED = {"bfloat16": "float32", "unorm8": "uint8", "unorm16": "uint16"}


def filled(o):
    dtype = np.dtype(STORED.get(o["dtype"], o["dtype"]))
    i = np.arange(o["buflen"])
    if o["fill"] == "ones":
        return np.ones(o["buflen"], dtype)
    if o["fill"] != "pattern":
        x = (i // 64 if o["fill"] == "runs50" else i).astype(np.uint32) * np.uint32(2654435761)
        x ^= x >> np.uint32(16)
        x *= np.uint32(73244475)
        x ^= x >> np.uint32(16)
        return (x & np.uint32(255) < {"rand50": 128, "rand98": 251, "runs50": 128}[o["fill"]]).astype(dtype)
    j = i + o["seed"]
    values = {"b": j % 3 == 0, "u": j % 13, "i": j % 13 - 6, "f": (j % 13 - 6) / 4}
    values["c"] = values["f"] + 1j * (j % 7 - 3) / 4
    if o["dtype"] in FULL:
        return (values["u"] * (FULL[o["dtype"]] // 13)).astype(dtype)
    return values[dtype.kind].astype(dtype)


def view(o, buffer):
    strides = [s * buffer.itemsize for s in o["strides"]]
    return np.ndarray(o["shape"], buffer.dtype, buffer, o["offset"] * buffer.itemsize, strides)


def numbers(o, alike):
    """The elements; fractions as such, unless all operands are of their dtype."""
    x = view(o, filled(o))
    if o["dtype"] in FULL and not alike:
        x = x.astype(np.float32) / np.float32(FULL[o["dtype"]])
    return x


def check(c):
    factors = c["inputs"][:2] if c["op"] == "mul_where" else c["inputs"]
    alike = all(i["dtype"] == c["out"]["dtype"] for i in factors)
    product, *rest = [numbers(i, alike) for i in factors]
    full = FULL.get(c["out"]["dtype"])
    if full is not None:
        product = product.astype(np.int64)
    if not alike:  # all become elements of the dtype that they promote to together
        product = product.astype(np.result_type(product, *rest))
    for x in rest:
        product = product * x if full is None else (2 * product * x + full) // (2 * full)
    product = np.broadcast_to(product, c["out"]["shape"])
    if not alike:
        product = product.astype(c["out"]["dtype"])
    if c["op"] == "mul_where":
        before = 0 if c["inplace_of"] is None else view(c["inputs"][c["inplace_of"]], filled(c["inputs"][c["inplace_of"]]))
        product = np.where(view(c["inputs"][2], filled(c["inputs"][2])), product, before)
    product = product.ravel().astype(complex)
    weight = np.arange(product.size) % 31 + 1
    return float((product.real * weight).sum() + 2 * (product.imag * weight).sum())


for t in (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 unorm8 unorm16 "
    "float16 bfloat16 float32 float64 complex64 complex128"
).split():
    add(f"dtype {t}", operand(t, (3, 50)), operand(t, (3, 50)), operand(t, (50,)))

f = "float32"
add("layout scalar", operand(f, (4, 5)), operand(f, ()), operand(f, (4, 5)))
add("layout rank 0", operand(f, ()), operand(f, ()), operand(f, ()))
add("layout empty", operand(f, (0, 5), buflen=0), operand(f, (0, 5), buflen=0), operand(f, (5,)))
add("layout outer", operand(f, (6, 7)), operand(f, (6, 1)), operand(f, (1, 7)))
add("layout transposed", operand(f, (6, 7)), operand(f, (6, 7), (1, 6)), operand(f, (6, 7)))
add("layout reversed", operand(f, (6, 7)), operand(f, (6, 7), (-7, -1), 41, 42), operand(f, (6, 7), (7, -1), 6, 42))
add("layout steps", operand(f, (6, 7), (28, 2), 1, 168), operand(f, (6, 7), (21, 3)), operand(f, (6, 7)))
add("layout deep", operand(f, (2, 1, 3, 4, 2, 2)), operand(f, (2, 1, 3, 4, 2, 2)), operand(f, (3, 1, 2, 1)))
add("layout large", operand(f, (1100, 1000)), operand(f, (1100, 1000)), operand(f, (1100, 1)))
for t in ("bool", "int16"):
    for fill in ("ones", "rand50", "rand98", "runs50"):
        add(f"fill {fill} {t}", operand(t, (300,)), operand(t, (300,)), operand(t, (300,), fill=fill))
add("inplace first", operand(f, (6, 7)), operand(f, (6, 7)), operand(f, (7,), fill="ones"), inplace_of=0)
add("inplace second", operand(f, (6, 7)), operand(f, (7,), fill="ones"), operand(f, (6, 7)), inplace_of=1)
add("inplace last of 3", operand(f, (6, 7)), operand(f, (6, 1), fill="ones"), operand(f, (7,), fill="ones"), operand(f, (6, 7)),
    op="mul3", inplace_of=2)  # fmt: skip
add("chain of 3", operand(f, (6, 7)), operand(f, (6, 1)), operand(f, (1, 7)), operand(f, (6, 7)), op="mul3")
add("chain of 4", operand("int8", (6, 7)), *(operand("int8", s) for s in ((6, 7), (6, 1), (), (6, 7))), op="mul4")
for a, b, t in (
    ("uint8", "float32", "float32"), ("float32", "uint8", "float32"), ("int16", "float32", "float32"),
    ("float32", "float64", "float64"), ("float32", "complex64", "complex64"), ("int32", "float32", "float64"),
    ("uint8", "int16", "int16"), ("float16", "float32", "float32"), ("uint64", "int8", "float64"), ("bool", "int8", "int8"),
    ("bfloat16", "float32", "float32"), ("unorm8", "float32", "float32"), ("int8", "float16", "float32"),
    ("float64", "int64", "float16"),
):  # fmt: skip
    add(f"mixed {a} {b} {t}", operand(t, (3, 50)), operand(a, (3, 50)), operand(b, (50,)))
add("mixed pixels", operand(f, (4, 5, 3)), operand("uint8", (4, 5, 3)), operand(f, (3,)))
add("mixed inplace", operand(f, (6, 7)), operand(f, (6, 7)), operand("int8", (6, 7), (1, 6)), inplace_of=0)
add("mixed chain", operand(f, (6, 7)), operand("uint8", (6, 7)), operand(f, (6, 1)), operand("int16", (7,)), op="mul3")
for t in ("float32", "uint8", "bool", "complex128"):
    for fill in ("rand50", "rand98", "runs50"):
        add(f"where {fill} {t}", operand(t, (300,)), operand(t, (300,)), operand(t, (300,)), operand("bool", (300,), fill=fill),
            op="mul_where")  # fmt: skip
add("where of pixels", operand(f, (4, 5, 3)), operand(f, (4, 5, 3)), operand(f, (3,)), operand("bool", (4, 5, 1)), op="mul_where")
add("where inplace", operand(f, (6, 7)), operand(f, (6, 7)), operand(f, (7,)), operand("bool", (6, 7), (-7, 1), 35, 42),
    op="mul_where", inplace_of=0)  # fmt: skip
add("where mixed", operand(f, (6, 7)), operand("uint8", (6, 7)), operand(f, (7,)), operand("bool", (6, 7)), op="mul_where")
numpy_knows = {c["name"]: check(c) for c in cases}

with open("cases.json", "w", encoding="utf-8") as file:
    file.write('{"cases": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n")
with open("checks.json", "w", encoding="utf-8") as file:
    json.dump(numpy_knows, file, indent=1)
    file.write("\n")
