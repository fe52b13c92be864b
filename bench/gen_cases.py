#!/usr/bin/env python3
"""Writes the cases that every driver runs: 256 multiplies in 18 groups.

    python3 gen_cases.py [--seed | --draw N] [FILE]          (standard output without FILE)

With --seed they are those of the seed benchmark: (x,2048) * (x,2048) at all sizes. With
--draw they are 200 cases of shapes and layouts that nobody has chosen, the same ones for
the same N.

An operand is described by its dtype, shape, strides, offset and the length of its
buffer, all in elements, so that any language can build it:

    element (i0, i1, ...) = buffer[offset + i0*strides[0] + i1*strides[1] + ...]

Shapes are those before broadcasting. The key "protocol" of the file says how buffers
are filled, how a result is checked and how it is timed. The standard library is enough.
"""

import argparse
import json
import math
import random
import sys

SIZES = {
    "bool": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8,
    "uint8": 1, "uint16": 2, "uint32": 4, "uint64": 8,
    "float16": 2, "float32": 4, "float64": 8, "complex64": 8, "complex128": 16,
}  # fmt: skip
SHORT = {
    "bool": "b1", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
    "uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64",
    "float16": "f16", "float32": "f32", "float64": "f64", "complex64": "c64", "complex128": "c128",
}  # fmt: skip
FOUR = ["float32", "float64", "uint8", "int32"]
TWO = ["float32", "uint8"]
LINE = 64  # bytes of a cache line

PROTOCOL = {
    "layout": "element (i0,i1,..) = buffer[offset+sum(i_k*strides[k])]; strides, offset, buflen in elements; output buffer starts as zeros",
    "ops": "mul: in0*in1. mul3, mul4: product of 3, 4 inputs left to right. mul_where: out=in0*in1 where in2 (bool) is true, else out is left as it was. inplace_of=k: the output is input k (same buffer)",
    "types": "operands are promoted as NumPy does; integers wrap; bool*bool is AND; complex product is (ac-bd, ad+bc)",
    "fill": {
        "pattern": "with j = buffer index + seed: float (j%13-6)/4; signed j%13-6; unsigned j%13; bool j%3==0; complex ((j%13-6)/4, (j%7-3)/4)",
        "ones": "1",
        "rand50": "h(j)&255 < 128, j = buffer index",
        "rand98": "h(j)&255 < 251",
        "runs50": "h(j/64)&255 < 128",
        "h": "uint32: x*=2654435761; x^=x>>16; x*=73244475; x^=x>>16",
    },
    "check": "over the output in C order, k = flat index: sum(real(out)*(k%31+1)) + 2*sum(imag(out)*(k%31+1)); exact in float64 in any order",
    "timing": "double the calls per batch until a batch takes batch_ns, then `repeats` batches; ns_per_call = min(batch)/calls. dram=true cases: one call per batch is normal",
    "bytes": "distinct bytes read + bytes written (broadcast operands once); gb_per_s = bytes/ns",
    "limit": "line_bytes_* count whole 64-byte lines; compare.py turns them into a physical limit with the output of limits.c",
}


# Operands.


def packed(shape):
    """The strides of a C-contiguous array."""
    strides, step = [], 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= extent
    return strides


def operand(dtype, shape, strides, offset=0, buflen=None, layout=""):
    if buflen is None:
        buflen = offset + 1 + sum((n - 1) * s for n, s in zip(shape, strides) if s > 0)
    return {
        "dtype": dtype, "shape": list(shape), "strides": list(strides),
        "offset": offset, "buflen": buflen, "layout": layout,
    }  # fmt: skip


def C(dtype, *shape):
    """C order: the last axis is contiguous."""
    return operand(dtype, shape, packed(shape), layout="C")


def F(dtype, *shape):
    """Fortran order: the transpose of an array in C order."""
    return operand(dtype, shape, packed(shape[::-1])[::-1], layout="F")


def scalar(dtype):
    return operand(dtype, [], [], buflen=1, layout="scalar")


def step(dtype, shape, k, offset=0):
    """base[..., offset::k], where base is in C order."""
    base = [*shape[:-1], shape[-1] * k]
    strides = packed(base)
    strides[-1] *= k
    return operand(dtype, shape, strides, offset, math.prod(base), f"step{k}")


def reverse(dtype, shape, axes):
    """base[::-1] on the given axes."""
    strides, offset = packed(shape), 0
    for axis in axes:
        offset += strides[axis] * (shape[axis] - 1)
        strides[axis] *= -1
    return operand(dtype, shape, strides, offset, math.prod(shape), "reversed")


def subview(dtype, shape, pad, lead):
    """base[..., lead:lead+n], where rows of base are n+pad long."""
    base = [*shape[:-1], shape[-1] + pad]
    return operand(dtype, shape, packed(base), lead, math.prod(base), "subview")


def shifted(dtype, n, k):
    """base[k:k+n]: contiguous, but not at a boundary of vectors."""
    return operand(dtype, [n], [1], k, n + k, f"offset{k}")


def permuted(dtype, base, order):
    """base.transpose(order)"""
    strides = packed(base)
    return operand(dtype, [base[i] for i in order], [strides[i] for i in order], 0, math.prod(base), "permuted")


def channel(dtype, height, width, which):
    """image[:, :, which] of an RGB image."""
    return operand(dtype, (height, width), (width * 3, 3), which, height * width * 3, "channel")


# Cases.


def broadcast(shapes):
    rank = max(map(len, shapes))
    aligned = [[1] * (rank - len(s)) + s for s in shapes]
    return [max(extents) for extents in zip(*aligned)]


def distinct_bytes(o):
    """Bytes of the distinct elements of an operand."""
    return SIZES[o["dtype"]] * math.prod(n for n, s in zip(o["shape"], o["strides"]) if s != 0)


def line_bytes(o):
    """Bytes of the distinct cache lines that one pass over an operand touches."""
    size = SIZES[o["dtype"]]
    block, blocks = size, 1  # a block of lines without gaps, and how many of them there are
    for s, n in sorted((abs(s) * size, n) for n, s in zip(o["shape"], o["strides"]) if n > 1 and s != 0):
        if blocks == 1 and s <= math.ceil(block / LINE) * LINE:
            block += (n - 1) * s
        else:
            blocks *= n
    return blocks * math.ceil(block / LINE) * LINE


cases = []


def add(name, group, inputs, dtype=None, op="mul", out=None, inplace_of=None, fills=None, note=None):
    shape = broadcast([i["shape"] for i in inputs])
    for k, i in enumerate(inputs):
        i["fill"] = (fills or {}).get(k, "pattern")
        i["seed"] = 5 * k
    if inplace_of is not None:
        out = {k: v for k, v in inputs[inplace_of].items() if k not in ("fill", "seed")}
    elif out is None:
        out = C(dtype or inputs[0]["dtype"], *shape)
    assert out["shape"] == shape, (name, out["shape"], shape)
    assert all(name != c["name"] for c in cases), name

    read = [i for k, i in enumerate(inputs) if k != inplace_of]
    line_read, line_written = sum(map(line_bytes, read)), line_bytes(out)
    dram = line_read + line_written > 48 << 20
    case = {
        "name": name, "group": group, "op": op, "out": out, "inplace_of": inplace_of, "inputs": inputs,
        "elements": math.prod(shape),
        "bytes": sum(map(distinct_bytes, read)) + distinct_bytes(out) * (1 if inplace_of is None else 2),
        "line_bytes_read": line_read, "line_bytes_written": line_written, "working_set": line_read + line_written,
        "dram": dram, "batch_ns": 2000000, "repeats": 15 if dram else 40,
    }  # fmt: skip
    if note:
        case["note"] = note
    cases.append(case)


def contiguous():
    """At four levels of the memory."""
    for t in SIZES:
        add(f"contig_1x2048_{SHORT[t]}", "contig-small", [C(t, 1, 2048), C(t, 1, 2048)])
    for t in SIZES:
        add(f"contig_16x2048_{SHORT[t]}", "contig-L2", [C(t, 16, 2048), C(t, 16, 2048)])
    for t in FOUR + ["complex64"]:
        add(f"contig_256x2048_{SHORT[t]}", "contig-L3", [C(t, 256, 2048), C(t, 256, 2048)])
    for t in SIZES:
        add(f"contig_4096x2048_{SHORT[t]}", "contig-DRAM", [C(t, 4096, 2048), C(t, 4096, 2048)])
    for t in ("float32", "float64"):
        note = "headline case" if t == "float32" else None
        add(f"contig_8388608_{SHORT[t]}", "contig-DRAM", [C(t, 8388608), C(t, 8388608)], note=note)
    add("contig_100M_f32", "contig-DRAM", [C("float32", 100000000), C("float32", 100000000)])


def constants():
    """One operand repeats: a scalar, a row, a column, or each of both."""
    for t in SIZES:
        add(f"scalar_16x2048_{SHORT[t]}", "scalar", [C(t, 16, 2048), scalar(t)])
    for t in FOUR:
        add(f"scalar_4096x2048_{SHORT[t]}", "scalar", [C(t, 4096, 2048), scalar(t)])
    add("scalar_first_16x2048_f32", "scalar", [scalar("float32"), C("float32", 16, 2048)])

    for t in SIZES:
        add(f"row_256x2048_{SHORT[t]}", "row", [C(t, 256, 2048), C(t, 2048)])
    for t in TWO:
        add(f"row_4096x2048_{SHORT[t]}", "row", [C(t, 4096, 2048), C(t, 2048)])
    for t in FOUR:
        add(f"row_narrow_4096x16_{SHORT[t]}", "row", [C(t, 4096, 16), C(t, 16)])

    for t in SIZES:
        add(f"col_256x2048_{SHORT[t]}", "col", [C(t, 256, 2048), C(t, 256, 1)])
    for t in TWO:
        add(f"col_4096x2048_{SHORT[t]}", "col", [C(t, 4096, 2048), C(t, 4096, 1)])
    for t in ("float32", "float64"):
        add(f"col_narrow_65536x16_{SHORT[t]}", "col", [C(t, 65536, 16), C(t, 65536, 1)])

    for t in FOUR + ["complex64"]:
        add(f"outer_1024x1024_{SHORT[t]}", "outer", [C(t, 1024, 1), C(t, 1, 1024)])
    add("outer_64x64_f32", "outer", [C("float32", 64, 1), C("float32", 1, 64)])
    add("outer_4096x2048_f32", "outer", [C("float32", 4096, 1), C("float32", 1, 2048)])


def transposed():
    n = 1024
    for t in FOUR:
        add(f"aT_b_1024_{SHORT[t]}", "transposed", [F(t, n, n), C(t, n, n)])
        add(f"aT_bT_1024_{SHORT[t]}", "transposed", [F(t, n, n), F(t, n, n)])
        add(f"aT_bT_outF_1024_{SHORT[t]}", "transposed", [F(t, n, n), F(t, n, n)], out=F(t, n, n))
    add("aT_b_64_f32", "transposed", [F("float32", 64, 64), C("float32", 64, 64)])
    add("aT_b_4096x2048_f32", "transposed", [F("float32", 4096, 2048), C("float32", 4096, 2048)])
    for t in TWO:
        nchw = permuted(t, (8, 28, 28, 64), (0, 3, 1, 2))
        add(f"nhwc_as_nchw_{SHORT[t]}", "transposed", [nchw, C(t, 8, 64, 28, 28)])


def strided():
    n = 65536
    for t in FOUR:
        add(f"step2_both_{SHORT[t]}", "strided", [step(t, (n,), 2), step(t, (n,), 2, offset=1)])
        add(f"step3_contig_{SHORT[t]}", "strided", [step(t, (n,), 3), C(t, n)])
        add(f"subview_512x1024_{SHORT[t]}", "strided", [subview(t, (512, 1024), 476, 8), subview(t, (512, 1024), 476, 3)])
    for t in TWO:
        add(f"cols_step2_256x1024_{SHORT[t]}", "strided", [step(t, (256, 1024), 2), C(t, 256, 1024)])
        add(f"out_step2_{SHORT[t]}", "strided", [C(t, n), C(t, n)], out=step(t, (n,), 2))
        add(f"misaligned_{SHORT[t]}", "strided", [shifted(t, 32768, 1), shifted(t, 32768, 3)])
    add("step2_both_c64", "strided", [step("complex64", (n,), 2), step("complex64", (n,), 2)])
    add("step2_4M_f32", "strided", [step("float32", (4194304,), 2), step("float32", (4194304,), 2)])


def reversed_():
    n = 65536
    for t in FOUR:
        add(f"rev_contig_{SHORT[t]}", "reversed", [reverse(t, (n,), (0,)), C(t, n)])
        add(f"rev_rev_{SHORT[t]}", "reversed", [reverse(t, (n,), (0,)), reverse(t, (n,), (0,))])
    for t in TWO:
        add(f"fliplr_512x1024_{SHORT[t]}", "reversed", [reverse(t, (512, 1024), (1,)), C(t, 512, 1024)])
        add(f"flipud_512x1024_{SHORT[t]}", "reversed", [reverse(t, (512, 1024), (0,)), C(t, 512, 1024)])


def images():
    h, w = 480, 640
    for t in FOUR:
        add(f"mask1_over3_480x640_{SHORT[t]}", "image", [C(t, h, w, 3), C(t, h, w, 1)])
        add(f"mask1_over4_480x640_{SHORT[t]}", "image", [C(t, h, w, 4), C(t, h, w, 1)])
        add(f"img3_x_3_480x640_{SHORT[t]}", "image", [C(t, h, w, 3), C(t, 3)])
    for t in TWO:
        add(f"img4_x_4_480x640_{SHORT[t]}", "image", [C(t, h, w, 4), C(t, 4)])
        add(f"channel_of_3_480x640_{SHORT[t]}", "image", [channel(t, h, w, 0), channel(t, h, w, 1)])
        add(f"mask1_over3_1080p_{SHORT[t]}", "image", [C(t, 1080, 1920, 3), C(t, 1080, 1920, 1)])
        add(f"mask1_over4_1080p_{SHORT[t]}", "image", [C(t, 1080, 1920, 4), C(t, 1080, 1920, 1)])


def batches():
    b, c, h, w = 8, 64, 28, 28
    for t in FOUR:
        add(f"nchw_x_1c11_{SHORT[t]}", "batch", [C(t, b, c, h, w), C(t, 1, c, 1, 1)])
        add(f"nchw_x_b1hw_{SHORT[t]}", "batch", [C(t, b, c, h, w), C(t, b, 1, h, w)])
    t = "float32"
    add("nchw_x_b111_f32", "batch", [C(t, b, c, h, w), C(t, b, 1, 1, 1)])
    add("nchw7_x_1c11_f32", "batch", [C(t, 8, 256, 7, 7), C(t, 1, 256, 1, 1)])
    add("attn_8x12x128x128_x_b11w_f32", "batch", [C(t, 8, 12, 128, 128), C(t, 8, 1, 1, 128)])
    add("btd_x_d_f32", "batch", [C(t, 8, 128, 768), C(t, 768)])
    add("btd_x_bt1_f32", "batch", [C(t, 8, 128, 768), C(t, 8, 128, 1)])
    add("bc11_x_11hw_f32", "batch", [C(t, b, c, 1, 1), C(t, 1, 1, h, w)])


def tiny():
    for t in FOUR:
        for shape in ((1,), (4,), (16,), (3, 3), (4, 4)):
            add(f"tiny_{'x'.join(map(str, shape))}_{SHORT[t]}", "tiny", [C(t, *shape), C(t, *shape)])
    add("tiny_3x3_row_f64", "tiny", [C("float64", 3, 3), C("float64", 3)])
    add("tiny_4x4_col_f32", "tiny", [C("float32", 4, 4), C("float32", 4, 1)])
    add("tiny_3_scalar_f64", "tiny", [C("float64", 3), scalar("float64")])
    add("tiny_4x4T_4x4_f64", "tiny", [F("float64", 4, 4), C("float64", 4, 4)])
    add("tiny_4_c128", "tiny", [C("complex128", 4), C("complex128", 4)])


def mixed():
    """Two dtypes, by NumPy's promotion."""
    for a, b, out in (
        ("uint8", "float32", "float32"),
        ("int16", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float32", "complex64", "complex64"),
        ("int32", "float32", "float64"),
        ("int64", "float64", "float64"),
        ("uint8", "int16", "int16"),
        ("bool", "float32", "float32"),
        ("float16", "float32", "float32"),
    ):
        add(f"mixed_{SHORT[a]}_{SHORT[b]}_256x2048", "mixed", [C(a, 256, 2048), C(b, 256, 2048)], out)
    f = "float32"
    add("mixed_u8img3_f32scalar_1080p", "mixed", [C("uint8", 1080, 1920, 3), scalar(f)], f)
    add("mixed_u8img3_f32x3_480x640", "mixed", [C("uint8", 480, 640, 3), C(f, 3)], f)
    add("mixed_u8img4_f32mask_480x640", "mixed", [C("uint8", 480, 640, 4), C(f, 480, 640, 1)], f)
    add("mixed_i16_f32scalar_16x2048", "mixed", [C("int16", 16, 2048), scalar(f)], f)


def in_place():
    def one(name, inputs):  # by ones, so that values stay what they are over many calls
        add(name, "inplace", inputs, inplace_of=0, fills={1: "ones"})

    for t in FOUR:
        one(f"inplace_16x2048_{SHORT[t]}", [C(t, 16, 2048), C(t, 16, 2048)])
    t = "float32"
    one("inplace_scalar_16x2048_f32", [C(t, 16, 2048), scalar(t)])
    one("inplace_row_256x2048_f32", [C(t, 256, 2048), C(t, 2048)])
    one("inplace_4096x2048_f32", [C(t, 4096, 2048), C(t, 4096, 2048)])
    one("inplace_mask1_over3_480x640_u8", [C("uint8", 480, 640, 3), C("uint8", 480, 640, 1)])


def chains():
    def chain(n, name, *inputs):
        add(f"mul{n}_{name}", "chain", list(inputs), op=f"mul{n}")

    for t in ("float32", "float64"):
        chain(3, f"16x2048_{SHORT[t]}", *(C(t, 16, 2048) for _ in range(3)))
        chain(3, f"4096x2048_{SHORT[t]}", *(C(t, 4096, 2048) for _ in range(3)))
    t = "float32"
    chain(3, "row_col_256x2048_f32", C(t, 256, 2048), C(t, 2048), C(t, 256, 1))
    chain(4, "4096x2048_f32", *(C(t, 4096, 2048) for _ in range(4)))
    chain(4, "16x2048_f64", *(C("float64", 16, 2048) for _ in range(4)))


def where():
    """The last input is the mask."""

    def masked(name, t, fill, shape, mask):
        add(f"where_{name}_{SHORT[t]}", "where", [C(t, *shape), C(t, *shape), C("bool", *mask)], op="mul_where", fills={2: fill})

    for t in FOUR:
        masked("rand50_256x2048", t, "rand50", (256, 2048), (256, 2048))
    masked("runs50_256x2048", "float32", "runs50", (256, 2048), (256, 2048))
    masked("rand98_256x2048", "float32", "rand98", (256, 2048), (256, 2048))
    masked("pixelmask_480x640x3", "float32", "rand50", (480, 640, 3), (480, 640, 1))


def seed():
    """From 2,048 elements to 100 million, and two long vectors. Tables show the group seed."""
    for t in ("float32", "float64"):
        for k, x in enumerate([*(1 << k for k in range(16)), 48829]):
            add(f"seed_{x}x2048_{SHORT[t]}", "seed" if k % 2 == 0 else "seed-between", [C(t, x, 2048), C(t, x, 2048)])
        add(f"seed_8388608_{SHORT[t]}", "seed", [C(t, 8388608), C(t, 8388608)])


def drawn(number, count=200):
    """Any dtypes, shapes and layouts, from a few elements to what caches do not hold. The group says
    what the operands have that is hardest to walk."""
    draw = random.Random(number)

    def extents(rank, size):
        shares = [draw.random() + 0.05 for _ in range(rank)]
        return [max(1, round(size ** (share / sum(shares)) * draw.uniform(0.8, 1.25))) for share in shares]

    def view(t, shape, kind):
        """An array of the kind. Of permuted ones, too, some axes may be stretched from 1."""
        shape, rank = list(shape), len(shape)
        if kind == "broadcast" or kind == "permuted" and draw.random() < 0.5:
            for axis in {draw.randrange(rank), draw.randrange(rank)}:
                shape[axis] = 1
        order = list(range(rank))
        while kind == "permuted" and order == sorted(order):
            draw.shuffle(order)
        steps, signs, pads = ([1] * rank for _ in range(3))
        if kind == "strided":
            steps[-1] = draw.choice((1, 2, 2, 3, 4, 5, 7))
            pads = [draw.choice((1, 1, 3, 16)) for _ in shape[1:]] + [2]
        if kind == "reversed":
            signs = [draw.choice((1, -1)) for _ in shape]
            signs[draw.randrange(rank)] = -1
        base = [shape[axis] * steps[axis] + pads[axis] - 1 for axis in order]  # in memory
        strides, offset = [0] * rank, 0
        for axis, stride in zip(order, packed(base)):
            strides[axis] = stride * steps[axis] * signs[axis]
            offset += stride * steps[axis] * (shape[axis] - 1) if signs[axis] < 0 else 0
        return operand(t, shape, strides, offset, math.prod(base), kind)

    kinds = ("contiguous", "broadcast", "strided", "permuted", "reversed")
    while len(cases) < count:
        t, kind = draw.choice(list(SIZES)), kinds[len(cases) % len(kinds)]
        size = 2 ** draw.uniform(5, 23) / SIZES[t]
        shape = extents(draw.choice((2, 2, 3, 4) if kind == "permuted" else (1, 2, 2, 3, 3, 4)), size)
        inputs = [view(t, shape, kind), view(t, shape, draw.choice(("contiguous", kind)))]
        draw.shuffle(inputs)
        out = broadcast([i["shape"] for i in inputs])
        add(f"drawn_{len(cases)}_{kind}_{'x'.join(map(str, out))}_{SHORT[t]}", f"drawn-{kind}", inputs)


def everything():
    for group in (contiguous, constants, transposed, strided, reversed_, images, batches, tiny, mixed, in_place, chains, where):
        group()


def main():
    parser = argparse.ArgumentParser(description="Writes the cases that every driver runs.")
    parser.add_argument("file", nargs="?", help="where to (default standard output)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", action="store_true", help="the cases of the seed benchmark")
    which.add_argument("--draw", metavar="N", type=int, help="cases drawn at random, by a number")
    args = parser.parse_args()

    head = {"protocol": PROTOCOL}
    if args.seed:
        seed()
        head = {"title": "(x, 2048) * (x, 2048)", **head}
    elif args.draw is not None:
        drawn(args.draw)
    else:
        everything()
    text = json.dumps(head, indent=1)[:-2] + ',\n"cases": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n"
    with open(args.file, "w", encoding="utf-8") if args.file else sys.stdout as f:
        f.write(text)


main()
