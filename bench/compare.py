#!/usr/bin/env python3
"""Lays the results of drivers beside each other and beside the physical limit.

    python3 compare.py [--table | --sizes | --lines] [--base PEER] [--peers A,B] [--common]
                       [--group GROUP] [--cases FILE] [--results DIR] [FILE ...]

FILEs hold a driver's JSON lines; without any, all of DIR/*.jsonl are read (DIR is the
folder results beside this script). The cases are DIR/cases.json, or those that --cases
and --group choose, and DIR/limits*.json the output of limits.c. Of lines with the same
peer and case the fastest counts, so that rounds can be added to a file. A peer whose name
ends in -2t has two threads.

For each group and peer:

    x BASE      how many times as fast as the base (NumPy, if nothing else is asked)
    of limit    fraction of the limit that is reached
    x fastest   how many times as fast as the fastest peer of another library with no
                more threads, and in how many of the cases it is at 0.95 of that or
                above; with three libraries or more

all of them geometric means over the cases that the peer and the base ran, or with
--common over those that all peers ran. The limit is the time in which the fastest loop
known reads and writes the same cache lines, at a working set of the same size, with as
many threads; a working set below 512 bytes has none.

--table prints a line for each case instead; --sizes a line for each shape, of the last
peer, with columns for each dtype; --lines the fastest of each peer's lines and the limits, as
a driver prints them. A result whose check is not that of the base is named, left out, and
makes the exit code 1.
"""

import argparse
import bisect
import collections
import json
import math
import pathlib
import re
import sys

SMALLEST = 512  # bytes of a working set for which there is a limit
NEAR = 0.95  # of the fastest peer: as fast, within noise


class Limit:
    """Nanoseconds for each byte written, by pattern and working set."""

    def __init__(self, rows):
        least = collections.defaultdict(dict)
        for row in rows:
            pattern, size = least[row["pattern"]], row["kib"] * 1024
            pattern[size] = min(pattern.get(size, math.inf), row["ns_per_byte"])
        self.curves = {}
        for pattern, points in least.items():
            curve, best = [], math.inf
            for size in sorted(points, reverse=True):  # less memory is at least as fast
                best = min(best, points[size])
                curve.insert(0, (size, best))
            self.curves[pattern] = curve

    def at(self, pattern, size):
        curve = self.curves[pattern]
        i = bisect.bisect_left(curve, (size,))
        if i in (0, len(curve)):
            return curve[max(i - 1, 0)][1]
        (x0, y0), (x1, y1) = curve[i - 1 : i + 1]
        return y0 + (y1 - y0) * math.log(size / x0) / math.log(x1 / x0)

    def ns(self, case):
        """The least time of a case, or None."""
        read, written, size = case["line_bytes_read"], case["line_bytes_written"], case["working_set"]
        if size < SMALLEST:
            return None
        patterns = ["W", "RW", "RRW", "RRRW"] if case["inplace_of"] is None else ["IW", "IRW"]
        times = [self.at(p, size) for p in patterns]
        ratio = read / written
        i = min(int(ratio), len(times) - 2)
        return written * (times[i] + (times[i + 1] - times[i]) * (ratio - i))


def load_limits(files, cases):
    """The limits of the cases, by threads."""
    rows = collections.defaultdict(list)
    for path in files:
        measured = json.loads(path.read_text())
        rows[measured["threads"]] += measured["rows"]
    limits = {n: Limit(r) for n, r in rows.items()}
    return collections.defaultdict(dict, {n: {c: limit.ns(case) for c, case in cases.items()} for n, limit in limits.items()})


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def threads(peer):
    suffix = re.search(r"-(\d+)t$", peer)
    return int(suffix[1]) if suffix else 1


def library(peer):
    return peer.split("-")[0]


def load(files, cases):
    """The fastest time, the checks and what lines say of where they are from, by peer and case."""
    ns, checks, origins = (collections.defaultdict(dict) for _ in range(3))
    for path in files:
        for text in path.read_text().splitlines():
            line = json.loads(text)
            case, peer = line["case"], line["peer"]
            if case in cases:
                if line["ns_per_call"] < ns[peer].get(case, math.inf):
                    ns[peer][case], origins[peer][case] = line["ns_per_call"], line.get("on")
                checks[peer][case] = line.get("check")
    return ns, checks, origins


def drop_wrong(ns, checks, base):
    """Removes results that are not the base's, and returns how many they were."""
    wrong = 0
    for peer in ns:
        for case, check in checks[peer].items():
            truth = checks[base].get(case)
            if None not in (check, truth) and check != truth:
                print(f"compare.py: {peer}, {case}: check is {check}, that of {base} {truth}", file=sys.stderr)
                del ns[peer][case]
                wrong += 1
    return wrong


def percent(x):
    return "-" if x is None else f"{100 * x:.0f}%"


def times(x):
    return "-" if x is None else f"{x:.2f}" if x < 10 else f"{x:.1f}"


def duration(ns):
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if ns >= 0.9995 * size:
            return f"{ns / size:#.3g}".rstrip(".") + f" {unit}"
    return f"{ns:#.3g}".rstrip(".") + " ns"


def print_row(cells):
    print("| " + " | ".join(cells) + " |")


def print_head(cells):
    print_row(cells)
    print("|---" * len(cells) + "|")


def print_table(cases, ns, base, peers, limits):
    print_head(["case", *(f"{p}: time, x {base}, of limit" for p in peers)])
    for name in cases:
        row = []
        for p in peers:
            t, limit = ns[p].get(name), limits[threads(p)].get(name)
            if t is None:
                row.append("-")
                continue
            speed = times(ns[base][name] / t if name in ns[base] else None)
            row.append(f"{duration(t)}, {speed}, {percent(limit and limit / t)}")
        if any(cell != "-" for cell in row):
            print_row([name, *row])


def print_sizes(cases, ns, base, peer, limits):
    """The table of the seed benchmark."""
    rows = collections.defaultdict(dict)
    for name, c in cases.items():
        rows[str(tuple(c["out"]["shape"]))][c["out"]["dtype"]] = name
    dtypes = list(dict.fromkeys(c["out"]["dtype"] for c in cases.values()))
    print_head(["shape", *(title for d in dtypes for title in (f"{d}: time", "GB/s", "of limit", f"x {base}"))])
    for shape, names in rows.items():
        row = [shape]
        for d in dtypes:
            name = names.get(d)
            if name not in ns[peer]:
                row += ["-"] * 4
                continue
            t, limit = ns[peer][name], limits[threads(peer)].get(name)
            speed = ns[base][name] / t if name in ns[base] else None
            row += [duration(t), f"{cases[name]['bytes'] / t:.0f}", percent(limit and limit / t), times(speed)]
        print_row(row)


def fraction_of_limit(ns, limits, names):
    values = [limit / ns[n] for n in names if n in ns and (limit := limits.get(n))]
    return geometric_mean(values) if values else None


def print_lines(cases, ns, peers, limits, origins):
    for n in sorted(set(map(threads, peers))):
        ns["limit" if n == 1 else f"limit-{n}t"] = {name: t for name, t in limits[n].items() if t}
    for peer, results in ns.items():
        for name, t in results.items():
            c = cases[name]
            line = {"case": name, "peer": peer, "ns_per_call": t, "gb_per_s": c["bytes"] / t, "elements": c["elements"]}
            if on := origins[peer].get(name):
                line["on"] = on
            print(json.dumps(line))


def print_groups(cases, ns, base, peers, limits):
    titles = [f"{base} of limit"]
    columns = ["of limit", "x fastest", "near it"] if len(set(map(library, peers))) > 2 else ["of limit"]
    for p in peers:
        if p != base:
            titles += [f"{p}: x {base}", *columns]
    groups = list(dict.fromkeys(c["group"] for c in cases.values()))
    members = {g: [n for n, c in cases.items() if c["group"] == g] for g in groups}
    members["all"] = list(cases)
    members["all but tiny"] = [n for n, c in cases.items() if c["group"] != "tiny"]

    print_head(["group", "cases", *titles])
    for group, names in members.items():
        names = [n for n in names if n in ns[base]]
        if not names:
            continue

        def fraction(p):
            return fraction_of_limit(ns[p], limits[threads(p)], names)

        row = [group, str(len(names)), percent(fraction(base))]
        for p in peers:
            if p == base:
                continue
            ran = [n for n in names if n in ns[p]]
            if not ran:
                row += ["-"] * (1 + len(columns))
                continue
            row += [times(geometric_mean([ns[base][n] / ns[p][n] for n in ran])), percent(fraction(p))]
            if len(columns) > 1:
                rivals = [q for q in peers if library(q) != library(p) and threads(q) <= threads(p)]
                fastest = [(min(ns[q][n] for q in rivals if n in ns[q]), n) for n in ran if any(n in ns[q] for q in rivals)]
                speeds = [t / ns[p][n] for t, n in fastest]
                row += [times(geometric_mean(speeds)), f"{sum(x >= NEAR for x in speeds)} of {len(speeds)}"] if speeds else ["-", "-"]
        print_row(row)


def main():
    parser = argparse.ArgumentParser(description="Lays the results of drivers beside each other.")
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="JSON lines of drivers (default DIR/*.jsonl)")
    parser.add_argument("--results", metavar="DIR", type=pathlib.Path, default=pathlib.Path(__file__).parent / "results")
    parser.add_argument("--base", metavar="PEER", help="peer to compare with (default the first NumPy)")
    parser.add_argument("--peers", metavar="A,B", help="peers to show, in this order (default all)")
    parser.add_argument("--common", action="store_true", help="only cases that all peers ran")
    parser.add_argument("--group", help="only this group of cases")
    parser.add_argument("--cases", metavar="FILE", type=pathlib.Path, help="file of cases (default DIR/cases.json)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--table", action="store_true", help="print each case")
    form.add_argument("--sizes", action="store_true", help="print each shape, of the last peer")
    form.add_argument("--lines", action="store_true", help="print JSON lines, for hadamard-plot")
    args = parser.parse_args()

    cases = json.loads((args.cases or args.results / "cases.json").read_text())["cases"]
    cases = {c["name"]: c for c in cases if args.group in (None, c["group"])}
    ns, checks, origins = load(args.files or sorted(args.results.glob("*.jsonl")), cases)
    base = args.base or next((p for p in sorted(ns) if p.startswith("numpy")), None)
    if base not in ns:
        sys.exit(f"compare.py: no results of {base or 'NumPy'}; there are {', '.join(sorted(ns)) or 'none'}")
    peers = args.peers.split(",") if args.peers else [base, *sorted(p for p in ns if p != base)]
    if unknown := [p for p in peers if p not in ns]:
        sys.exit(f"compare.py: no results of {', '.join(unknown)}; there are {', '.join(sorted(ns))}")

    wrong = drop_wrong(ns, checks, base)
    limits = load_limits(sorted(args.results.glob("limits*.json")), cases)
    if args.common:
        cases = {name: c for name, c in cases.items() if all(name in ns[p] for p in peers)}
    if args.lines:
        print_lines(cases, {p: ns[p] for p in peers}, peers, limits, origins)
    elif args.sizes:
        print_sizes(cases, ns, base, peers[-1], limits)
    else:
        (print_table if args.table else print_groups)(cases, ns, base, peers, limits)
    sys.exit(wrong > 0)


main()
