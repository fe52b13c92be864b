#!/usr/bin/env python3
"""Writes golden.json: shapes and strides as NumPy works them out.

    python3 golden.py > golden.json

Elements are single bytes, so that NumPy's strides count elements.
"""

import random

import numpy as np
from numpy.lib.stride_tricks import as_strided

SHAPES, LAYOUTS = 300, 600
random.seed(20)
memory = np.zeros(200_000, np.int8)


def shapes():
    """Shapes to broadcast, most of them compatible, and the result or null."""
    rank = random.choice([0, 1, 2, 3, 4, 8, 32])
    full = [random.choice([0, 1, 2, 3, 4]) for _ in range(rank)]
    operands = []
    for _ in range(random.randint(1, 4)):
        shape = [n if random.random() < 0.7 else 1 for n in full]
        shape = shape[random.choice([0, 0, random.randint(0, rank)]):]
        if shape and random.random() < 0.1:
            shape[random.randrange(len(shape))] = 5
        operands.append(shape)
    try:
        result = list(np.broadcast_shapes(*map(tuple, operands)))
    except ValueError:
        result = None
    return operands, result


def packed(shape):
    """Strides of a packed array with its axes in random order."""
    order, step, strides = list(range(len(shape))), 1, [0] * len(shape)
    random.shuffle(order)
    for axis in order:
        strides[axis] = step
        step *= max(shape[axis], 1)
    return strides


def operand(shape):
    """Strides of an operand already stretched to shape."""
    kind = random.random()
    if kind < 0.3:
        return [random.choice([0, 1, 2, 3, 4, 6, 12, 24, -1, -3, -12]) for _ in shape]
    strides = packed(shape)
    if kind < 0.6:
        strides = [s * random.choice([1, 1, 2]) * random.choice([1, -1]) for s in strides]
    if kind < 0.8:
        strides = [random.choice([s, s, 0]) for s in strides]
    return strides


def layout():
    """Operand strides and those of the product, order='K'.

    No extent is 0: NumPy then answers with strides of 0, where ours stay positive.
    """
    shape = [random.choice([1, 2, 2, 3, 3, 4, 4]) for _ in range(random.randint(0, 6))]
    operands = [operand(shape) for _ in range(2)]
    a, b = (as_strided(memory[100_000:], shape, strides) for strides in operands)
    return shape, operands, list(np.multiply(a, b).strides)


def table(name, rows):
    lines = ",\n".join("    " + row for row in rows)
    return f'  "{name}": [\n{lines}\n  ]'


def dump(value):
    if value is None:
        return "null"
    return str(value).replace(" ", "")


print("{")
print(",\n".join([
    table("shapes", (f'{{"of": {dump(of)}, "want": {dump(want)}}}'
                     for of, want in (shapes() for _ in range(SHAPES)))),
    table("layouts", (f'{{"shape": {dump(shape)}, "of": {dump(of)}, "want": {dump(want)}}}'
                      for shape, of, want in (layout() for _ in range(LAYOUTS)))),
]))
print("}")
