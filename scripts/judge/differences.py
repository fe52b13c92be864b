"""Where NumPy 1.24 has another answer than NumPy 2 (NEP 50), and than this library, one by one.

NumPy 1 looks at the values of numbers and of arrays without axes; NumPy 2 looks at dtypes alone, and
numbers of Python take the dtype that they meet. The rows are those of docs/numpy.md.
"""

import pathlib
import sys

import numpy as np

# a, b, the product's dtype by NumPy 1.24, and by NumPy 2 and this library.
ROWS = [
    ("np.ones(2, 'int8')", "300", "int16", "OverflowError"),
    ("np.ones(2, 'int8')", "2**40", "int64", "OverflowError"),
    ("np.ones(2, 'uint8')", "-1", "int16", "OverflowError"),
    ("np.array(100, 'int8')", "300", "int64", "OverflowError"),
    ("np.ones(2, 'float16')", "70000", "float64", "float16"),
    ("np.ones(2, 'float16')", "70000.0", "float32", "float16"),
    ("np.ones(2, 'float32')", "1e300", "float64", "float32"),
    ("np.ones(2, 'float32')", "1e300j", "complex128", "complex64"),
    ("np.ones(2, 'uint8')", "np.array(300)", "uint16", "int64"),
    ("np.ones(2, 'uint8')", "np.int64(2)", "uint8", "int64"),
    ("np.ones(2, 'uint8')", "np.int8(-1)", "int16", "int16"),
    ("np.ones(2, 'uint8')", "np.int8(1)", "uint8", "int16"),
    ("np.ones(2, 'uint8')", "np.array(1, 'uint16')", "uint8", "uint16"),
    ("np.ones(2, 'float32')", "np.float64(2.5)", "float32", "float64"),
    ("np.ones(2, 'float32')", "np.array(2.5)", "float32", "float64"),
    ("np.ones(2, 'float16')", "np.float32(1)", "float16", "float32"),
    ("np.ones(2, 'int32')", "np.float32(1)", "float64", "float64"),
    ("np.ones(2, 'complex64')", "np.complex128(1j)", "complex64", "complex128"),
    ("np.ones(2, 'complex64')", "np.float64(1)", "complex64", "complex128"),
]


def product(a, b):
    try:
        return np.multiply(a, b).dtype.name
    except OverflowError:
        return "OverflowError"


def table():
    lines = ["| product | NumPy 1.24 | NumPy 2 and here |", "|---|---|---|"]
    lines += [f"| `{a} * {b}` | {old} | {new} |" for a, b, old, new in ROWS if old != new]
    return "\n".join(lines) + "\n"


def check(library, operand):
    """Runs the rows: by this library, by NumPy as it is, and by NumPy 1.24 as NumPy 2."""
    wrong = []
    for a, b, old, new in ROWS:
        x, y = eval(a), eval(b)  # noqa: S307
        answers = [("NumPy 2", new, product)]
        if np.__version__.startswith("1."):
            np._set_promotion_state("legacy")
            answers = [("NumPy 1.24", old, product)]
        answers.append(("this library", new, lambda x, y: ours(library, operand, x, y)))
        for who, want, multiply in answers:
            got = multiply(x, y)
            if got != want:
                wrong.append(f"{a} * {b} is {got} by {who}, want {want}")
    guide = pathlib.Path(__file__).parent.parent.parent / "docs" / "numpy.md"
    if guide.exists() and table() not in guide.read_text():
        wrong.append(f"{guide} does not have this table:\n{table()}")
    print("\n".join(wrong), f"NumPy {np.__version__}: {len(ROWS)} rows of differences, {len(wrong)} wrong", sep="\n" * bool(wrong))
    if wrong:
        sys.exit(1)


def ours(library, operand, x, y):
    got = library.call(Op="multiply", Casting="same_kind", Order="K", A=operand(x), B=operand(y))
    if isinstance(got, tuple):
        return "OverflowError" if got[0] == "number" else got[1]
    return got.dtype.name
