#!/usr/bin/env python3
"""Times NumPy on a file of cases and prints one JSON object a case, as hadamard bench does.

    python3 drive_numpy.py --cases FILE [--filter TEXT] [--dram] [--quick] [--label NAME]

The timed loop is Python calling np.multiply, so the interpreter's and the library's
overhead of a call are in ns_per_call, as they are for NumPy's users.
"""

import argparse
import gc
import itertools
import json
import sys
import time

import numpy as np

MAX_CALLS = 1 << 22  # in a batch
PERIOD = 13 * 7 * 3  # the length after which every pattern repeats


def hashed(i):
    x = i.astype(np.uint32) * np.uint32(2654435761)
    x ^= x >> np.uint32(16)
    x *= np.uint32(73244475)
    return x ^ x >> np.uint32(16)


def filled(o):
    """A buffer with the values that an operand asks for."""
    n, dtype = o["buflen"], np.dtype(o["dtype"])
    if o["fill"] == "ones":
        return np.ones(n, dtype)
    if o["fill"] != "pattern":
        i = np.arange(n, dtype=np.uint32)
        below = {"rand50": 128, "rand98": 251, "runs50": 128}[o["fill"]]
        return (hashed(i // 64 if o["fill"] == "runs50" else i) & np.uint32(255) < below).astype(dtype)
    j = np.arange(PERIOD) + o["seed"]
    values = {
        "b": j % 3 == 0,
        "u": j % 13,
        "i": j % 13 - 6,
        "f": (j % 13 - 6) / 4,
        "c": (j % 13 - 6) / 4 + 1j * ((j % 7 - 3) / 4),
    }[dtype.kind]
    return np.resize(values.astype(dtype), n)


def view(o, buffer):
    size = buffer.itemsize
    return np.ndarray(o["shape"], buffer.dtype, buffer, o["offset"] * size, [s * size for s in o["strides"]])


def check(out):
    """Adds up the elements in C order, each weighted by its place; exact in any order."""
    flat, total = out.reshape(-1), 0.0
    weight = np.tile(np.arange(1.0, 32), 4096)
    for start in range(0, flat.size, weight.size):
        x = flat[start : start + weight.size]
        w = weight[: x.size]
        total += float((x.real.astype(np.float64) * w).sum())
        if x.dtype.kind == "c":
            total += 2 * float((x.imag.astype(np.float64) * w).sum())
    return total


def timed(c, inputs, out):
    """A function that makes n calls and returns the nanoseconds they took."""
    a, b, *more = inputs

    def mul(n, f=np.multiply, clock=time.perf_counter_ns, again=itertools.repeat):
        start = clock()
        for _ in again(None, n):
            f(a, b, out=out)
        return clock() - start

    def where(n, f=np.multiply, clock=time.perf_counter_ns, again=itertools.repeat):
        mask = more[0]
        start = clock()
        for _ in again(None, n):
            f(a, b, out=out, where=mask)
        return clock() - start

    def chain(n, f=np.multiply, clock=time.perf_counter_ns, again=itertools.repeat):
        # Products gather in out, unless that is an operand which is still to come.
        first = np.empty_like(out) if (c["inplace_of"] or 0) > 1 else out
        start = clock()
        for _ in again(None, n):
            f(a, b, out=first)
            for x in more[:-1]:
                f(first, x, out=first)
            f(first, more[-1], out=out)
        return clock() - start

    return {"mul": mul, "mul_where": where}.get(c["op"], chain)


def measure(c, quick):
    """The fastest and the median time of a call, and the check of the result of one."""
    buffers = [filled(o) for o in c["inputs"]]
    inputs = [view(o, buffer) for o, buffer in zip(c["inputs"], buffers)]
    if c["inplace_of"] is None:
        result = np.empty(c["out"]["buflen"], c["out"]["dtype"])
        result[:] = 0  # touches every page, which np.zeros does not
    else:
        result = buffers[c["inplace_of"]]
    out = view(c["out"], result)

    run = timed(c, inputs, out)
    run(1)
    checked = check(out)
    calls, ns = 1, run(1)
    while ns < c["batch_ns"] and calls < MAX_CALLS:
        calls *= 2
        ns = run(calls)
    times = sorted(run(calls) / calls for _ in range(3 if quick else c["repeats"]))
    return times[0], times[len(times) // 2], checked


def main():
    parser = argparse.ArgumentParser(description="Times NumPy on a file of cases.")
    parser.add_argument("--cases", required=True, help="file of cases (.json), - for standard input")
    parser.add_argument("--filter", default="", help="run only this group, or cases with this in their name")
    parser.add_argument("--dram", action="store_true", help="run only the cases that are larger than caches")
    parser.add_argument("--quick", action="store_true", help="repeat little, to see whether results are right")
    parser.add_argument("--label", default=f"numpy-{np.__version__}", help="name of the peer to print")
    args = parser.parse_args()

    with sys.stdin if args.cases == "-" else open(args.cases, encoding="utf-8") as f:
        cases = json.load(f)["cases"]
    gc.disable()
    for c in cases:
        if args.filter not in c["name"] and args.filter != c["group"] or args.dram and not c["dram"]:
            continue
        try:
            best, median, checked = measure(c, args.quick)
        except (TypeError, ValueError) as e:  # a dtype or an overlap that NumPy does not take
            print(f"{c['name']}: {e}", file=sys.stderr)
            continue
        line = {
            "case": c["name"], "peer": args.label, "ns_per_call": round(best, 2), "gb_per_s": round(c["bytes"] / best, 3),
            "elements": c["elements"], "med_ns": round(median, 2), "check": checked,
        }  # fmt: skip
        print(json.dumps(line), flush=True)


main()
