#!/usr/bin/env python3
"""What NumPy says of pairs of dtypes, as JSON: lane golden compares it with dtypes.json.

Results of promotion, of promotion with a Python number (NEP 50), and the casting rules. Any
NumPy from 1.24 on prints the same: of 1.24 the state "weak" is asked for, which is NumPy 2's.
What NumPy has no dtype for is written down here: bfloat16 as package ml_dtypes has it, and unorm
as the documentation of package ndarray says.
"""

import json

import numpy as np

if np.__version__.startswith("1."):
    np._set_promotion_state("weak")

REAL = "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()
NUMPY = [*REAL, "complex64", "complex128"]
ALL = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 unorm8 unorm16 "
    "float16 bfloat16 float32 float64 complex64 complex128"
).split()
NUMBERS = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}


def fill(keys, value):
    return dict.fromkeys(keys.split(), value)


# Promotion with each other dtype. Of ml_dtypes: result_type for bool, int8, uint8 and floats; for
# wider integers the type of the loop that multiply takes.
BFLOAT16 = {
    **fill("bool int8 uint8 bfloat16", "bfloat16"),
    **fill("int16 uint16 float16 float32", "float32"),
    **fill("int32 uint32 int64 uint64 float64", "float64"),
    "complex64": "complex64",
    "complex128": "complex128",
}
UNORM = {
    **fill("int8 uint8 int16 uint16 float16 bfloat16 float32", "float32"),
    **fill("int32 uint32 int64 uint64 float64", "float64"),
    "complex64": "complex64",
    "complex128": "complex128",
}
OTHERS = {
    "bfloat16": BFLOAT16 | fill("unorm8 unorm16", "float32"),
    "unorm8": UNORM | {"bool": "unorm8", "unorm8": "unorm8", "unorm16": "unorm16"},
    "unorm16": UNORM | fill("bool unorm8 unorm16", "unorm16"),
}
WEAK = {
    "bfloat16": {"bool": "bfloat16", "int": "bfloat16", "float": "bfloat16", "complex": "complex64"},
    "unorm8": {"bool": "unorm8", "int": "float32", "float": "float32", "complex": "complex64"},
    "unorm16": {"bool": "unorm16", "int": "float32", "float": "float32", "complex": "complex64"},
}
WIDE = ["float32", "float64", "complex64", "complex128"]
SAFE = {
    "bfloat16": ["bfloat16", *WIDE],
    "unorm8": ["unorm8", "unorm16", *WIDE],
    "unorm16": ["unorm16", *WIDE],
}
# Within a kind: bfloat16 is a float as float16 is, and fractions may be any float.
SAME_KIND = {
    "bfloat16": ["bfloat16", "float16", *WIDE],
    "unorm8": ["unorm8", "unorm16", "bfloat16", "float16", *WIDE],
    "unorm16": ["unorm8", "unorm16", "bfloat16", "float16", *WIDE],
}
INTO = {
    "safe": {"bfloat16": ["bool", "int8", "uint8"], "unorm8": ["bool"], "unorm16": ["bool"]},
    "same_kind": {"bfloat16": REAL, "unorm8": ["bool"], "unorm16": ["bool"]},
}


def promote(a, b):
    for x, y in ((a, b), (b, a)):
        if x in OTHERS:
            return OTHERS[x][y]
    return (np.ones(1, a) * np.ones(1, b)).dtype.name


def weak(a, number):
    return WEAK[a][number] if a in WEAK else (np.ones(1, a) * NUMBERS[number]).dtype.name


def can_cast(a, b, casting):
    if a in OTHERS:
        return b in (SAFE if casting == "safe" else SAME_KIND)[a]
    if b in OTHERS:
        return a in INTO[casting][b]
    return np.can_cast(a, b, casting)


def main():
    parts = {
        "promote": {a: {b: promote(a, b) for b in ALL} for a in ALL},
        "weak": {a: {n: weak(a, n) for n in NUMBERS} for a in ALL},
    }
    for casting in ("safe", "same_kind"):
        parts[casting] = {a: [b for b in ALL if can_cast(a, b, casting)] for a in ALL}
    lines = []
    for name, rows in parts.items():
        body = ",\n".join(f"  {json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items())
        lines.append(f"{json.dumps(name)}: {{\n{body}\n}}")
    print("{" + ",\n".join(lines) + "}")


main()
