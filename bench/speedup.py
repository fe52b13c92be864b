#!/usr/bin/env python3
"""Makes a table of what "go test -bench Speedup" prints: kernels against plain loops.

    go test -run xxx -bench Speedup . | python3 bench/speedup.py

A row is the code of a rule, with the dtypes that it serves; of these the smallest gain
counts. A column is a level. Portable kernels are the plain loop, and left out.
"""

import re
import sys

LINE = re.compile(r"BenchmarkSpeedup/(\w+)/(\w+)-vv-(\w+)/.* ([\d.e+]+) x-plain")


def times(x):
    return "-" if x is None else f"{x:.1f}" if x < 10 else f"{x:.0f}"


dtypes, gains, levels = {}, {}, {}
for line in sys.stdin:
    if (match := LINE.match(line)) and match[3] != "purego":
        dtype, kernel, level, gain = match.groups()
        dtypes.setdefault(kernel, {})[dtype] = levels[level] = True
        gains[kernel, level] = min(float(gain), gains.get((kernel, level), float("inf")))
if not gains:
    sys.exit("speedup.py: no line of BenchmarkSpeedup with an assembly kernel")
print("| dtype | " + " | ".join(f"{level}, times faster" for level in levels) + " |")
print("|---" * (1 + len(levels)) + "|")
for kernel, names in dtypes.items():
    print("| " + " | ".join([", ".join(names), *(times(gains.get((kernel, level))) for level in levels)]) + " |")
