#!/usr/bin/env python3
"""Writes the golden vectors: products computed by NumPy, for every dtype and layout.

    python3 scripts/golden.py [-check]

The result is runtime/testdata/golden/:

    layouts.json    the layouts: name, views a and b (offset, shape and strides, in
                    elements of their pool), and NumPy's result (shape, strides)
    <dtype>.npy     one flat array: pool a, pool b, then the product of every layout
                    in C order, in the order of layouts.json

-check computes everything again and compares it with what is there, writing nothing.

What is computed. NumPy's own multiply is the oracle for its 14 dtypes. For complex
numbers it must be the textbook formula with every product rounded, which NumPy gives
up to 1.24 while its AVX-512 loops are off (they fuse products of strided complex128):
the script computes the formula from real arrays too and stops where NumPy differs.
NumPy has no bfloat16: a float64 holds the product of two exactly, and it is rounded
once, half to even (see `halved`); the same function must give NumPy's float16
products. bfloat16 is stored as uint16 bits. Nor has it unorm8 and unorm16, integers n that
stand for n/255 and n/65535: the exact product of two is rounded to the nearest by integer
division. They are stored as uint8 and uint16.

NaNs are stored as one value, since neither their sign nor their payload is promised.
"""

import io
import json
import os
import pathlib
import sys

# Read by NumPy when it is imported; see above.
os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"

import numpy as np  # noqa: E402

GOLDEN = pathlib.Path(__file__).parent.parent / "runtime" / "testdata" / "golden"
POOL = 1536  # elements in each operand's pool
SPECIALS = 20  # both pools begin with as many special values
POSITIONS = np.arange(POOL)  # the layouts are views of it; their addresses give the offsets

DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 unorm8 unorm16 "
    "float16 bfloat16 float32 float64 complex64 complex128"
).split()
UNORMS = {"unorm8": "uint8", "unorm16": "uint16"}  # dtypes that NumPy lacks, and how they are stored


def layouts():
    """Yields (name, view of a's pool, view of b's pool); the views are of positions."""

    def at(start, *shape):
        """A C-contiguous block of the pool, from the given element."""
        return POSITIONS[start : start + int(np.prod(shape))].reshape(shape)

    def stretch(view, *shape):
        return np.broadcast_to(view, shape)

    # Every special value by every other one.
    yield "specials outer", at(0, SPECIALS, 1), at(0, SPECIALS)
    yield "specials outer, transposed", at(0, 1, SPECIALS), at(0, SPECIALS, 1)
    yield "specials squared", at(0, SPECIALS), at(0, SPECIALS)

    # Contiguous runs: around the vector lengths and the unrolled blocks.
    for n in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257, 513, 1000):
        yield f"run {n}", at(0, n), at(3, n)
    yield "run 100, both unaligned", at(21, 100), at(55, 100)

    # One operand constant.
    for n in (1, 5, 31, 32, 67, 200, 515):
        yield f"run {n} by scalar", at(1, n), at(2)
        yield f"scalar by run {n}", at(4), at(7, n)
    yield "run by one element", at(0, 40), at(30, 1)
    yield "matrix by scalar", at(0, 9, 13), at(40)
    yield "matrix by 1x1", at(0, 9, 13), at(41, 1, 1)

    # No axes, and no elements.
    yield "0-d", at(20), at(21)
    yield "0-d by 1-d of one", at(20), at(21, 1)
    yield "0-d by 5-d of one", at(20), at(21, 1, 1, 1, 1, 1)
    yield "empty", at(5, 0), at(9, 0)
    yield "empty by scalar", at(5, 0), at(9)
    yield "empty by one", at(5, 0), at(9, 1)
    yield "empty rows", at(0, 0, 4), at(0, 4)
    yield "empty columns", at(0, 4, 0), at(0, 4, 1)
    yield "empty middle", at(0, 3, 0, 5), at(0, 5)
    yield "empty outer", at(0, 0, 1), at(0, 1, 6)

    # Rows and columns.
    yield "matrix by matrix", at(0, 7, 11), at(100, 7, 11)
    yield "matrix by row", at(0, 7, 11), at(100, 11)
    yield "row by matrix", at(100, 11), at(0, 7, 11)
    yield "matrix by column", at(0, 7, 11), at(100, 7, 1)
    yield "column by matrix", at(100, 7, 1), at(0, 7, 11)
    yield "wide matrix by row", at(0, 3, 100), at(400, 100)
    yield "wide matrix by column", at(0, 3, 100), at(400, 3, 1)
    yield "tall matrix by row", at(0, 100, 3), at(400, 3)
    yield "tall matrix by column", at(0, 100, 3), at(400, 100, 1)
    yield "image by mask", at(0, 8, 9, 3), at(300, 8, 9, 1)
    yield "image by colour", at(0, 8, 9, 3), at(300, 3)
    yield "image by line", at(0, 8, 9, 3), at(300, 9, 1)
    yield "outer", at(0, 12, 1), at(50, 17)
    yield "outer, long", at(0, 3, 1), at(50, 129)
    yield "outer of rank 4", at(0, 2, 1, 3, 1), at(50, 4, 1, 5)

    # Batches.
    yield "batch by matrix", at(0, 5, 6, 7), at(300, 6, 7)
    yield "batch by batch", at(0, 5, 6, 7), at(300, 5, 6, 7)
    yield "batch by one each", at(0, 5, 6, 7), at(300, 5, 1, 1)
    yield "batch by middle", at(0, 5, 6, 7), at(300, 6, 1)
    yield "batches crossed", at(0, 4, 1, 5, 6), at(300, 3, 1, 6)
    yield "channels by carrier", at(0, 4, 64), at(300, 64)

    # Transposed and Fortran order.
    yield "transposed by matrix", at(0, 11, 7).T, at(100, 7, 11)
    yield "transposed by transposed", at(0, 11, 7).T, at(100, 11, 7).T
    yield "transposed by row", at(0, 11, 7).T, at(100, 11)
    yield "transposed by column", at(0, 11, 7).T, at(100, 7, 1)
    yield "transposed by scalar", at(0, 11, 7).T, at(100)
    yield "transposed square tiles", at(0, 24, 24).T, at(700, 24, 24)
    yield "Fortran rank 3", at(0, 4, 5, 6).T, at(300, 4, 5, 6).T
    yield "Fortran by C, rank 3", at(0, 4, 5, 6).T, at(300, 6, 5, 4)
    yield "axes rolled", at(0, 4, 5, 6).transpose(1, 2, 0), at(300, 5, 6, 4)
    yield "axes rolled twice", at(0, 4, 5, 6).transpose(2, 0, 1), at(300, 4, 6, 5).transpose(1, 0, 2)
    yield "channels last by first", at(0, 8, 9, 3), at(300, 3, 8, 9).transpose(1, 2, 0)

    # Steps.
    yield "every second", at(0, 134)[::2], at(200, 67)
    yield "every second by every third", at(0, 134)[::2], at(200, 201)[::3]
    yield "every third", at(0, 192)[1::3], at(300, 192)[2::3]
    yield "every second by scalar", at(0, 80)[::2], at(200)
    yield "step 5 of 250", at(0, 250)[::5], at(300, 50)
    yield "real-looking pairs", at(0, 50, 2)[:, 0], at(200, 50, 2)[:, 1]
    yield "one colour", at(0, 8, 9, 3)[..., 1], at(300, 8, 9)
    yield "inner window", at(0, 12, 13)[2:9, 3:11], at(200, 12, 13)[1:8, 4:12]
    yield "every second row", at(0, 12, 13)[::2], at(200, 6, 13)
    yield "every second column", at(0, 12, 13)[:, ::2], at(200, 12, 7)
    yield "steps on both axes", at(0, 12, 13)[1::3, ::4], at(200, 12, 13)[2::3, 1::3]
    yield "diagonal", at(0, 12, 12).diagonal(), at(200, 12)

    # Backwards.
    yield "reversed", at(0, 75)[::-1], at(100, 75)
    yield "both reversed", at(0, 75)[::-1], at(100, 75)[::-1]
    yield "reversed by scalar", at(0, 75)[::-1], at(100)
    yield "reversed, step 2", at(0, 75)[::-2], at(100, 75)[::2]
    yield "rows reversed", at(0, 7, 11)[::-1], at(100, 7, 11)
    yield "columns reversed", at(0, 7, 11)[:, ::-1], at(100, 7, 11)
    yield "all reversed", at(0, 7, 11)[::-1, ::-1], at(100, 7, 11)[::-1, ::-1]
    yield "reversed against transposed", at(0, 7, 11)[::-1], at(100, 11, 7).T[:, ::-1]
    yield "reversed row over matrix", at(0, 7, 11), at(100, 11)[::-1]

    # Stretched operands as views of their own, with stride 0.
    yield "stretched scalar", at(0, 5, 9), stretch(at(50), 5, 9)
    yield "stretched row", stretch(at(0, 9), 5, 9), at(50, 5, 9)
    yield "both stretched", stretch(at(0, 9), 5, 9), stretch(at(50, 5, 1), 5, 9)
    yield "same row twice", stretch(at(0, 9), 5, 9), stretch(at(50, 9), 5, 9)
    yield "windows that overlap", np.lib.stride_tricks.sliding_window_view(at(0, 30), 6), at(50, 6)
    yield "Toeplitz", np.lib.stride_tricks.sliding_window_view(at(0, 30), 6)[:, ::-1], at(50, 25, 1)

    # Many axes.
    yield "rank 5", at(0, 2, 3, 2, 3, 2), at(300, 3, 1, 3, 1)
    yield "rank 6, alternating", at(0, 2, 1, 3, 1, 2, 1), at(300, 1, 2, 1, 3, 1, 2)
    yield "rank 7", at(0, 2, 1, 2, 2, 1, 2, 3), at(300, 2, 2, 1, 2, 2, 1, 1)
    yield "rank 8", at(0, 2, 2, 2, 2, 2, 2, 2, 2), at(300, 2, 2, 2, 2, 2, 2, 2, 2).T
    yield "rank 8, stretched", at(0, 2, 1, 2, 1, 2, 1, 2, 1), at(300, 1, 2, 1, 2, 1, 2, 1, 2)
    yield "rank 8, unit axes", at(0, 1, 1, 6, 1, 1, 7, 1, 1), at(300, 6, 1, 1, 1, 1, 1)
    yield "rank 16", at(0, *[2, 1] * 4, *[1, 1] * 4), at(300, *[1, 1] * 4, *[1, 2] * 4)
    yield "rank 32", at(0, *[1] * 27, 2, 3, 1, 2, 3), at(300, *[1] * 28, 3, 4, 1, 1)


def special(dtype):
    """The special values of a real dtype (bfloat16: as float64)."""
    if dtype == "bool":
        return [False, True]
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        half = 1 << limits.bits // 2
        near = [limits.min, limits.max, limits.min + 1, limits.max - 1, 0, 1, 2, 3]
        near += [half, half - 1, half + 1, limits.max // 2, limits.max // 2 + 1, limits.max // 3]
        return near + ([-1, -2, -3, -half, limits.min // 2] if dtype.kind == "i" else [limits.max - 2])
    limits = np.finfo(dtype)
    positive = [0.0, 1.0, 1.0 + float(limits.eps), float(limits.max), float(limits.tiny), np.inf]
    positive += [float(limits.smallest_subnormal), float(limits.tiny - limits.smallest_subnormal), 0.5]
    return positive + [-v for v in positive] + [np.nan, -1.5]


def fill(dtype, count, seed):
    """A pool: the special values, then one third special, ordinary and random bits each."""
    rng = np.random.RandomState(seed)
    bits = np.frombuffer(rng.bytes(count * dtype.itemsize), dtype)
    if dtype == "bool":
        bits = np.frombuffer(rng.bytes(count), np.int8) < 0
    ordinary = rng.standard_normal(count) if dtype.kind == "f" else rng.randint(0, 12, count)
    specials = np.array(special(dtype)).astype(dtype) if dtype.kind == "f" else np.array(special(dtype), dtype)
    choice = rng.randint(0, 3, count)
    choice[:SPECIALS] = 0
    which = rng.randint(0, len(specials), count)
    which[:SPECIALS] = np.arange(SPECIALS) % len(specials)
    return np.choose(choice, [specials[which], ordinary.astype(dtype), bits])


def fill_bfloat16(count, seed):
    """Like fill; the values are float32 that bfloat16 holds exactly."""
    wide = fill(np.dtype("float32"), count, seed)
    tiny, step = 2.0**-126, 2.0**-133
    positive = [0.0, 1.0, 1.0 + 2.0**-7, 2.0**128 - 2.0**120, tiny, np.inf, step, tiny - step, 0.5]
    wide[:SPECIALS] = positive + [-v for v in positive] + [np.nan, -1.5]
    return from_bfloat16(wide.view(np.uint32) >> 16)


def fill_complex(dtype, count, seed):
    part = np.dtype(f"f{dtype.itemsize // 2}")
    real, imag = fill(part, count, seed), fill(part, count, seed + 1)
    # Special beside special, but not always the same two.
    imag[:SPECIALS] = np.roll(real[:SPECIALS], 5 * seed + 3)
    return join(real, imag)


def join(real, imag):
    """A complex array from its parts; `real + 1j*imag` would spoil infinities."""
    out = np.empty(real.shape, np.result_type(real, np.complex64))
    out.real, out.imag = real, imag
    return out


def from_bfloat16(bits):
    return (bits.astype(np.uint32) << 16).view(np.float32)


def to_bfloat16(exact):
    """The bits of float64 values that bfloat16 holds exactly."""
    return (exact.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def halved(exact, digits, min_exponent):
    """Rounds float64 to a shorter format, once, half to even.

    A format of `digits` significant bits has, around a value of binary exponent e, the
    quantum 2**(e-digits+1), and below its smallest normal number the quantum of that.
    Dividing by a power of two is exact, and np.rint rounds half to even.
    """
    _, exponent = np.frexp(exact)  # exact = m * 2**exponent, 0.5 <= |m| < 1
    quantum = np.ldexp(1.0, np.maximum(exponent - 1, min_exponent) - digits + 1)
    quantum = np.where(np.isfinite(exact) & (exact != 0), quantum, 1.0)
    rounded = np.rint(exact / quantum) * quantum
    limit = 2.0 ** (2 - min_exponent)  # the first value too large: emax = 1 - emin
    return np.where(np.abs(rounded) >= limit, np.copysign(np.inf, rounded), rounded)


def multiply(name, a, b):
    """The product of two arrays, and NumPy's strides for it (in elements)."""
    product = np.asarray(np.multiply(a, b))
    strides = [s // product.itemsize for s in product.strides]
    if name in UNORMS:
        full = np.iinfo(UNORMS[name]).max
        twice = 2 * a.astype(np.uint64) * b.astype(np.uint64)
        product = np.asarray((twice + full) // (2 * full)).astype(UNORMS[name])
    elif name == "bfloat16":
        product = halved(a.astype(np.float64) * b.astype(np.float64), 8, -126)
    elif name == "float16":
        expect(name, product, halved(a.astype(np.float64) * b.astype(np.float64), 11, -14).astype(np.float16))
    elif product.dtype.kind == "c":
        ar, ai, br, bi = a.real.copy(), a.imag.copy(), b.real.copy(), b.imag.copy()
        real = ar * br - ai * bi  # each array operation rounds: nothing is fused
        imag = ar * bi + ai * br
        expect(name, product.real, real)
        expect(name, product.imag, imag)
    return product, strides


def expect(name, got, want):
    """Stops unless got is want, bit for bit, NaNs as a class."""
    bits = np.dtype(f"u{want.dtype.itemsize}")
    same = (np.ascontiguousarray(got).view(bits) == np.ascontiguousarray(want).view(bits)).reshape(want.shape)
    if not np.all(same | (np.isnan(got) & np.isnan(want))):
        sys.exit(f"golden.py: NumPy {np.__version__} does not multiply {name} by the formula; use 1.24")


def canonical(values):
    """The values with every NaN replaced by the positive quiet one."""
    values = np.array(values)
    parts = [values.real, values.imag] if values.dtype.kind == "c" else [values]
    for part in parts:
        if part.dtype.kind == "f":
            part[np.isnan(part)] = np.nan
    return values


def view(pool, positions):
    """The view of pool that has the given positions' shape and strides."""
    offset = (positions.ctypes.data - POSITIONS.ctypes.data) // positions.itemsize
    strides = [s // positions.itemsize for s in positions.strides]
    operand = np.lib.stride_tricks.as_strided(
        pool[offset:], positions.shape, [s * pool.itemsize for s in strides], writeable=False
    )
    return operand, {"offset": offset, "shape": list(positions.shape), "strides": strides}


def pools(name):
    if name == "bfloat16":
        return fill_bfloat16(POOL, 7), fill_bfloat16(POOL, 8)
    dtype = np.dtype(UNORMS.get(name, name))
    make = fill_complex if dtype.kind == "c" else fill
    return canonical(make(dtype, POOL, 1)), canonical(make(dtype, POOL, 4))


def main(check):
    files, cases = {}, []
    for name in DTYPES:
        a, b = pools(name)
        arrays = [a, b]
        cases = []
        for title, at_a, at_b in layouts():
            va, describe_a = view(a, at_a)
            vb, describe_b = view(b, at_b)
            product, strides = multiply(name, va, vb)
            arrays.append(canonical(product).ravel())
            result = {"shape": list(product.shape), "strides": strides}
            cases.append({"name": title, "a": describe_a, "b": describe_b, "out": result})
        flat = np.concatenate(arrays)
        if name == "bfloat16":
            flat = to_bfloat16(flat)
        out = io.BytesIO()
        np.lib.format.write_array(out, flat, version=(1, 0))
        files[f"{name}.npy"] = out.getvalue()
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    files["layouts.json"] = f'{{"pool": {POOL}, "cases": [\n{lines}\n]}}\n'.encode()

    stale = [name for name, data in files.items() if not same(GOLDEN / name, data)]
    if check and stale:
        sys.exit(f"golden.py: differ from what NumPy computes: {', '.join(stale)}")
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (GOLDEN / name).write_bytes(files[name])
    size = sum(map(len, files.values()))
    print(f"{len(DTYPES)} dtypes x {len(cases)} layouts, {size} bytes, {len(stale)} files written")


def same(path, data):
    return path.exists() and path.read_bytes() == data


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["-check"]):
        sys.exit(__doc__)
    np.seterr(all="ignore")
    main(check=bool(sys.argv[1:]))
