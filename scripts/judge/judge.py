#!/usr/bin/env python3
"""Calls package ndarray and NumPy on the same random arrays, and stops where they disagree.

    judge.py LIBRARY [-calls N] [-seconds S] [-seed N] [-only CALL] [-table]

LIBRARY is scripts/judge, built as its documentation says. Values (NaN as a class), dtypes, shapes,
strides of fresh results, memory that is not to be touched, and classes of errors must agree. Call
number N of a seed is the same on its own (-only) as after all others.

NumPy 2 is what is compared with. Of NumPy 1.24 its state "weak" is asked for, which has the
promotion of NumPy 2 (NEP 50). -table runs the rows of differences.py instead: what NumPy 1.24 does
otherwise when it is not asked, one by one.
"""

import argparse
import ctypes
import json
import os
import random
import sys
import time

# NumPy from 1.25 on fuses a product and a sum of complex numbers where the CPU can.
os.environ["NPY_DISABLE_CPU_FEATURES"] = "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL"

import numpy as np  # noqa: E402

NUMPY1 = np.__version__.startswith("1.")
DTYPES = "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split()
CASTINGS = ["no", "equiv", "safe", "same_kind", "unsafe"]
NUMBERS = [0, 1, 2, -1, 7, 127, 128, 255, 300, -129, 65535, 70000, 2**31, -(2**40), 2**63 - 1]
NUMBERS += [0.0, 2.5, -0.5, 70000.0, 1e30, 1e300, float("inf"), float("nan"), 0.1, 1 + 2j, -2.5j, 1e200 + 1j, True, False]
MOST = 3000  # elements


class Library:
    """The Go side: a call is JSON there and back."""

    def __init__(self, path):
        self.call_ = ctypes.CDLL(path).Call
        self.answer = ctypes.create_string_buffer(1 << 16)
        self.into = np.zeros(1 << 20, "u1")

    def call(self, **fields):
        fields["Into"] = memory(self.into)
        text = json.dumps(fields).encode()
        n = self.call_(text, len(text), self.answer, len(self.answer))
        answer = json.loads(self.answer.raw[:n])
        if answer["Error"]:
            return answer["Error"], answer["Text"]
        if not answer["DType"]:
            return None
        dtype = np.dtype(answer["DType"])
        return np.lib.stride_tricks.as_strided(self.into.view(dtype)[:0] if 0 in answer["Shape"] else self.into.view(dtype),
                                               answer["Shape"], answer["Strides"])


def memory(buffer):
    return {"Address": buffer.ctypes.data, "Bytes": buffer.nbytes}


class Operand:
    """An array in a buffer of bytes, as both sides see it."""

    def __init__(self, dtype, shape, strides, buffer, offset, read_only=False):
        self.dtype, self.shape, self.strides = np.dtype(dtype), tuple(shape), tuple(strides)
        self.buffer, self.offset, self.read_only = buffer, offset, read_only

    def numpy(self, buffer=None):
        x = np.ndarray(self.shape, self.dtype, self.buffer if buffer is None else buffer, self.offset, self.strides)
        if self.read_only:
            x.flags.writeable = False
        return x

    def go(self, buffer=None):
        return {"DType": self.dtype.str, "Memory": memory(self.buffer if buffer is None else buffer), "Offset": self.offset,
                "Shape": self.shape, "Strides": self.strides, "ReadOnly": self.read_only}


class Number:
    """One of Python's."""

    dtype = None

    def __init__(self, value):
        self.value = value

    def numpy(self, buffer=None):
        return self.value

    def go(self, buffer=None):
        v = self.value
        if isinstance(v, bool):
            return {"Bool": v}
        if isinstance(v, int):
            return {"Int": v}
        if isinstance(v, complex):
            return {"Complex": [v.real, v.imag]}
        return {"Float": v} if v == v and abs(v) != float("inf") else None


KEPT = []  # arrays that the other side has an address of


def operand_of(x):
    """An array, or a number, of either side's as the other sees it."""
    if isinstance(x, (bool, int, float, complex)) and not isinstance(x, np.generic):
        return Number(x).go()
    x = np.array(x)
    KEPT.append(x)
    return {"DType": x.dtype.str, "Memory": memory(x), "Offset": 0, "Shape": x.shape, "Strides": x.strides}


class Case:
    """A random call. All of its arrays lie in one buffer, apart or not."""

    def __init__(self, seed, number):
        self.rng = rng = random.Random(f"{seed}/{number}")
        rank = rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6])
        self.shape = self.extents(rank)
        self.op = rng.choices(["multiply", "multiply_to", "convert", "convert_to"], [5, 5, 1, 1])[0]
        self.casting = rng.choices(["same_kind", "unsafe", "safe", "equiv", "no", "saturate"], [12, 4, 2, 1, 1, 3])[0]
        if self.op.startswith("convert") and rng.random() < 0.7:
            self.casting = rng.choice(["unsafe", "saturate"])
        self.order = rng.choice("KKKCFA")
        self.threads = rng.choice([0, 0, 0, 1, 2])
        self.dtype = rng.choice(DTYPES) if self.op == "convert" or rng.random() < 0.15 and self.op != "convert_to" else ""
        self.apart = rng.random() < 0.6
        self.room = 0
        plans = [self.plan() for _ in range(2)]
        if self.op.startswith("convert"):
            plans.pop()
        elif rng.random() < 0.25:
            plans[rng.randrange(2)] = Number(rng.choice(NUMBERS))
        self.masked = self.op != "convert" and rng.random() < 0.3
        mask = self.plan("b1") if self.masked else None
        out = None
        if self.op.endswith("_to"):
            out = self.plan(out=True)
            if rng.random() < 0.15:
                plans[rng.randrange(len(plans))] = out  # in place
        self.buffer = self.fill(self.room)
        place = lambda p: self.place(*p) if isinstance(p, tuple) else p  # noqa: E731
        self.operands = [place(p) for p in plans]
        self.mask, self.out = place(mask), place(out)
        if self.out:
            self.out.read_only = rng.random() < 0.01
        self.tame()

    def extents(self, rank):
        rng, shape, size = self.rng, [], 1
        for _ in range(rank):
            n = rng.choices([0, 1, 2, 3, 4, 5, 8, 17, 33, 100, 700], [1, 6, 8, 8, 6, 4, 4, 3, 3, 2, 1])[0]
            n = n if size * n <= MOST else 1
            size *= max(n, 1)
            shape.append(n)
        return shape

    def plan(self, dtype=None, out=False):
        """A dtype, a shape that (mostly) broadcasts, and strides."""
        rng = self.rng
        dtype = np.dtype(dtype or rng.choice(DTYPES))
        if rng.random() < 0.15:
            dtype = dtype.newbyteorder(">")
        shape = list(self.shape)
        if out:
            if rng.random() < 0.1:
                shape = [rng.choice([2, 3])] + shape
        else:
            shape = [1 if rng.random() < 0.15 else n for n in shape]
            if rng.random() < 0.25:
                shape = shape[rng.randint(0, len(shape)):]
        if shape and rng.random() < 0.02:
            shape[rng.randrange(len(shape))] += 1
        size = dtype.itemsize
        axes = list(range(len(shape)))[::-1]  # innermost first
        kind = rng.choice("CCCFFP")
        if kind == "F":
            axes.reverse()
        elif kind == "P":
            rng.shuffle(axes)
        strides, step = [0] * len(shape), size
        loose = rng.random() < 0.4
        for axis in axes:
            if loose and rng.random() < 0.4:
                step += size * rng.randint(1, 3) if step == size else step * rng.randint(0, 1) + size
            if rng.random() < 0.03:
                step += rng.randint(1, 7)  # no whole element
            strides[axis] = step
            if shape[axis] > 1:
                step *= shape[axis]
        if sum(abs(s) * max(n - 1, 0) for s, n in zip(strides, shape)) > 1 << 18:
            strides = list(np.zeros(shape, "u1").strides)
            strides = [s * size for s in strides]
        for axis in range(len(shape)):
            if rng.random() < 0.15:
                strides[axis] = -strides[axis]
            if not out and rng.random() < 0.05:
                strides[axis] = 0
        low = sum(min(s * (n - 1), 0) for s, n in zip(strides, shape) if n)
        high = sum(max(s * (n - 1), 0) for s, n in zip(strides, shape) if n) + size
        slack = rng.randint(0, 40) if rng.random() < 0.3 else 16 * rng.randint(0, 3)
        if self.apart:
            offset = self.room + slack - low
            self.room = -(-(offset + high) // 16) * 16
        else:
            offset = slack - low
            self.room = max(self.room, offset + high)
        return dtype, shape, strides, offset

    def place(self, dtype, shape, strides, offset):
        return Operand(dtype, shape, strides, self.buffer, offset)

    def fill(self, n):
        return np.frombuffer(bytearray(self.rng.randbytes(n)), "u1")

    def tame(self):
        """Values: any bits, common numbers, or, where a float becomes an integer and C has no word
        for what is out of range, small ones."""
        rng = self.rng
        small = self.casting == "unsafe"
        for x in self.operands + ([self.mask] if self.mask else []):
            if isinstance(x, Number):
                if small and x.value == x.value and abs(x.value) > 11:
                    x.value = type(x.value)(2)
                x.value = x.value if isinstance(x.value, (bool, complex)) else abs(x.value)
                continue
            how = rng.random()
            if how < 0.3 and not small and not self.apart:
                continue
            view = x.numpy()
            if x is self.mask or x.dtype.kind == "b":
                if how < 0.7:
                    view[...] = np.frombuffer(rng.randbytes(view.size), "u1").reshape(view.shape) < rng.choice([3, 64, 128, 250])
                continue
            if not small and how < 0.6:
                continue
            tiny = np.frombuffer(rng.randbytes(view.size), "u1").reshape(view.shape) % 12
            if not small and x.dtype.kind in "fci":
                tiny = tiny.astype("i1") - 6
            if not small and x.dtype.kind in "fc":
                tiny = tiny * 0.37
            view[...] = tiny.astype(x.dtype)
        if small and not self.apart:  # bytes that another operand has written to are any numbers
            self.casting = "same_kind"

    def __str__(self):
        def show(x):
            if isinstance(x, Number):
                return repr(x.value)
            if x is None:
                return "none"
            return f"{x.dtype.str}{x.shape} strides {x.strides} at {x.offset}"

        names = "ab"
        rows = [f"{self.op} casting={self.casting} dtype={self.dtype or 'none'} order={self.order} threads={self.threads}"]
        rows += [f"  {names[i]}: {show(x)}" for i, x in enumerate(self.operands)]
        rows += [f"  out: {show(self.out)}", f"  where: {show(self.mask)}"]
        return "\n".join(rows)


def failure(e):
    """The class of one of NumPy's exceptions."""
    text = str(e)
    if isinstance(e, OverflowError):
        return "number"
    if isinstance(e, TypeError):
        return "cast"
    if isinstance(e, ValueError) and ("broadcast" in text or "shape" in text):
        return "shape"
    if isinstance(e, ValueError) and "read-only" in text:
        return "read-only"
    return f"{type(e).__name__}: {text}"


def saturated(x, dtype):
    """The elements rounded half to even and clamped."""
    if dtype.kind not in "iu" or x.dtype.kind == "b":
        return x.astype(dtype)
    limits = np.iinfo(dtype)
    out = np.zeros(x.shape, dtype)
    flat = out.reshape(-1)
    if x.dtype.kind == "f":
        x = np.rint(x.astype("f8"))
    for i, v in enumerate(x.reshape(-1).tolist()):
        if v == v:
            flat[i] = min(max(int(v) if abs(v) != float("inf") else (2**70 if v > 0 else -(2**70)), limits.min), limits.max)
    return out


def by_numpy(case, buffer):
    """What NumPy makes of a call on arrays in the buffer: an array, None, or a class of error."""
    xs = [x.numpy(buffer) for x in case.operands]
    out = case.out.numpy(buffer) if case.out else None
    extra = {"where": case.mask.numpy(buffer)} if case.masked else {}
    if case.masked and out is not None:
        # NumPy writes to out where the mask is false, too, if it has to copy out for an operand
        # that overlaps it.
        xs = [x if np.isscalar(x) else x.copy("K") for x in xs]
        extra["where"] = extra["where"].copy()
    casting = case.casting
    try:
        if case.op == "multiply" and casting != "saturate":
            return np.asarray(np.multiply(*xs, casting=casting, dtype=case.dtype or None, order=case.order, **extra))
        if case.op == "multiply_to" and casting != "saturate":
            np.multiply(*xs, out, casting=casting, dtype=case.dtype or None, **extra)
            return None
        if case.op == "convert":
            if casting == "saturate":
                if xs[0].dtype.kind == "c" and np.dtype(case.dtype).kind != "c":
                    return "cast"
                like = np.empty_like(xs[0], dtype=case.dtype, order="K")
                like[...] = saturated(xs[0], like.dtype)
                return like
            return xs[0].astype(case.dtype, casting=casting, order="K")
        if case.op == "convert_to":
            # NumPy overwrites elements of one axis that it has still to read, if dtypes differ.
            xs[0] = xs[0].copy("K")
            if casting == "saturate":
                if xs[0].dtype.kind == "c" and out.dtype.kind != "c":
                    return "cast"
                xs[0] = saturated(xs[0], out.dtype.newbyteorder("="))
            np.copyto(out, xs[0], casting="unsafe" if casting == "saturate" else casting, **extra)
            return None
        # Saturating: what is multiplied in, by NumPy; what becomes of it, by saturated.
        dtype = np.dtype(case.dtype) if case.dtype else np.multiply(*[x if np.isscalar(x) else x.reshape(-1)[:1] for x in xs]).dtype
        for x in xs:
            if type(x) is int and dtype.kind in "iu" and not np.iinfo(dtype).min <= x <= np.iinfo(dtype).max:
                return "number"
        if out is None:
            laid = np.asarray(np.multiply(*xs, dtype=dtype, casting="unsafe", order=case.order, **extra))
        for i, x in enumerate(xs):
            if np.isscalar(x):
                weak = np.dtype({bool: "b1", int: "i8", float: "f8", complex: "c16"}[type(x)])
                x = np.array(x, weak)
            if x.dtype.kind == "c" and dtype.kind != "c":
                return "cast"
            xs[i] = saturated(x, dtype)
        product = np.multiply(*xs, order=case.order, **extra)
        if out is None:
            laid[...] = product
            return laid
        if dtype.kind == "c" and out.dtype.kind != "c":
            return "cast"
        np.copyto(out, saturated(np.asarray(product), out.dtype.newbyteorder("=")), casting="unsafe", **extra)
        return None
    except (TypeError, ValueError, OverflowError) as e:
        return failure(e)


def alike(x, y):
    """Whether elements are the same bits, NaN as a class; parts of complex numbers apart."""
    x, y = np.ascontiguousarray(x), np.ascontiguousarray(y)
    if x.dtype.kind == "b":  # any byte but 0 is true
        return (x.view("u1") != 0) == (y.view("u1") != 0)
    if x.dtype.kind == "c":
        part = np.dtype(f"{x.dtype.byteorder}f{x.dtype.itemsize // 2}")
        x, y = x.view(part), y.view(part)
    same = x.view(f"u{x.dtype.itemsize}") == y.view(f"u{y.dtype.itemsize}")
    if x.dtype.kind == "f":
        same |= np.isnan(x) & np.isnan(y)
    return same


def differing(same, got, want):
    parts = same.size // max(got.size, 1)
    at = [i // parts for i in np.flatnonzero(~same)[:5]]
    rows = [f"  at {i}: {got.reshape(-1)[i]!r}, NumPy {want.reshape(-1)[i]!r}" for i in at]
    return "\n".join([f"{(~same).sum()} of {same.size} numbers differ, the first in C order:", *rows])


def steps(x):
    """The strides that mean something: not those of an empty array, nor of an axis of a single
    element, for which NumPy itself has more than one answer."""
    return [s for n, s in zip(x.shape, x.strides) if x.size and n > 1]


def known(case):
    """Whether NumPy is known to do something else, see docs/numpy.md."""
    numbers = any(isinstance(x, Number) for x in case.operands)
    if numbers and case.casting == "equiv":
        return True  # it refuses numbers then, but not by the stricter "no"
    if not NUMPY1:
        return False
    # NumPy 1.24, even when it is asked for NEP 50, lets a number become of a lesser kind by
    # same_kind, and looks at the value of an array without axes that it copies.
    return numbers and case.dtype or case.op == "convert_to" and not case.operands[0].shape


def judge(library, case):
    """Says what is wrong, or nothing."""
    theirs, ours = case.buffer.copy(), case.buffer.copy()
    want = by_numpy(case, theirs)
    fields = {"Op": case.op, "Casting": case.casting, "DType": case.dtype, "Order": case.order, "Threads": case.threads}
    for name, x in zip("AB", case.operands):
        fields[name] = x.go(ours)
    if case.out:
        fields["Out"] = case.out.go(ours)
    if case.mask:
        fields["Where"] = case.mask.go(ours)
    got = library.call(**fields)
    if isinstance(want, str) or isinstance(got, tuple):
        if not isinstance(want, str):
            return f"{got[0]} error: {got[1]}; NumPy has none"
        if not isinstance(got, tuple):
            return f"no error; NumPy: {want}"
        if not np.array_equal(ours, case.buffer):
            return "memory was written to before the error"
        if got[0] != want and not ("shape" in (got[0], want) or "read-only" in (got[0], want)):
            return f"{got[0]} error: {got[1]}; NumPy: {want}"
        return None
    if want is not None:
        if got.dtype != want.dtype or got.shape != want.shape:
            return f"{got.dtype}{got.shape}; NumPy: {want.dtype}{want.shape}"
        # By order A, NumPy also looks at what it has copied operands to that it converts, or that are
        # not aligned.
        copies = any(isinstance(x, Operand) and (x.dtype != want.dtype or not x.numpy().flags.aligned) for x in case.operands)
        if steps(got) != steps(want) and not (case.order == "A" and copies):
            return f"strides {got.strides}; NumPy: {want.strides}"
        same = alike(got, want)
        if case.masked:
            mask = np.broadcast_to(case.mask.numpy().view("u1") != 0, want.shape)
            if want.dtype.kind == "c":
                mask = np.repeat(mask.reshape(-1), 2).reshape(same.shape)
            same |= ~mask.reshape(same.shape)
        if not same.all():
            return differing(same, got, want)
    if case.out:
        x, y = case.out.numpy(ours), case.out.numpy(theirs)
        same = alike(x, y)
        if not same.all():
            return "out: " + differing(same, x, y)
        case.out.read_only = False
        case.out.numpy(ours)[...] = case.out.numpy(theirs)  # NaNs
    if not np.array_equal(ours, theirs):
        return f"memory differs at byte {np.argwhere(ours != theirs)[0]}"
    return None


def main():
    p = argparse.ArgumentParser()
    p.add_argument("shared", help="the shared library that is judged")
    p.add_argument("-calls", type=int, default=20000)
    p.add_argument("-seconds", type=float, default=0)
    p.add_argument("-seed", default=None)
    p.add_argument("-only", type=int)
    p.add_argument("-table", action="store_true")
    args = p.parse_args()
    library = Library(args.shared)
    if args.table:
        import differences

        differences.check(library, operand_of)
        return
    if NUMPY1:
        np._set_promotion_state("weak")
    seed = args.seed or str(random.randrange(1 << 32))
    start, count, errors, wrong = time.time(), 0, {}, 0
    numbers = [args.only] if args.only is not None else range(args.calls)
    for number in numbers:
        if args.seconds and time.time() - start > args.seconds:
            break
        case = Case(seed, number)
        if known(case) or any(isinstance(x, Number) and x.go() is None for x in case.operands):
            continue
        text = judge(library, case)
        count += 1
        if text:
            wrong += 1
            print(f"\ncall {number} of seed {seed} (-seed {seed} -only {number}):\n{case}\n{text}")
            if wrong >= 10:
                break
    print(f"NumPy {np.__version__}: {count} calls, {wrong} mismatches, seed {seed}, {time.time() - start:.0f} s")
    if wrong or not count:
        sys.exit(1)


if __name__ == "__main__":
    np.seterr(all="ignore")
    import warnings

    warnings.simplefilter("ignore")
    main()
