#!/usr/bin/env python3
"""Makes the README's table of what bench/run.sh has measured on CPUs of each kind.

    python3 bench/readme.py docs/measurements/*-run-*.md

Each FILE is a record of bench/run.sh. A column is a kind of CPU, by its last record, and a
row a group of cases: how many times as fast as NumPy, and the fraction of the limit.
"""

import pathlib
import re
import sys

# What is worth a line in a README, in words.
GROUPS = {
    "contig-L2": "contiguous, from the second-level cache",
    "contig-DRAM": "contiguous, from memory",
    "row": "a table by a row",
    "col": "a table by a column",
    "outer": "outer product",
    "transposed": "transposed operands",
    "strided": "every n-th element",
    "image": "pictures by masks and factors",
    "mixed": "two dtypes",
    "where": "under a mask",
    "chain": "three and four arrays",
    "tiny": "up to 16 elements",
}

# Kinds of CPU by family and model. Others are called by these numbers.
KINDS = {(25, 1): "Zen 3", (25, 17): "Zen 4", (26, 2): "Zen 5", (6, 207): "Emerald Rapids", (6, 167): "Granite Rapids"}


class Record:
    """The groups of a file, and what they were measured on."""

    def __init__(self, path):
        text = path.read_text(encoding="utf-8")
        measured = " ".join(text.partition("Measured on ")[2].partition("\n\n")[0].split())
        cpu = re.search(r"family (\d+) model (\d+)", measured)
        level, day = re.search(r", level (\w+),", measured), re.search(r"; (\d{4}-\d\d-\d\d), commit", measured)
        if not (cpu and level and day):
            sys.exit(f"readme.py: {path}: says no CPU, level and day behind 'Measured on'")
        family, model = map(int, cpu.groups())
        self.kind = f"{KINDS.get((family, model), f'family {family} model {model}')}, {level[1]}"
        self.day, self.path = day[1], path
        rows = (line.strip("| \n").split(" | ") for line in text.splitlines() if line.startswith("| "))
        self.groups = {row[0]: (row[-2], row[-1]) for row in rows if len(row) == 5 and row[0] in GROUPS}
        if not self.groups:
            sys.exit(f"readme.py: {path}: has no table of groups")

    def cell(self, group):
        times, limit = self.groups.get(group, ("-", "-"))
        return times if limit == "-" else f"{times} ({limit})"


def main():
    latest = {}
    for record in sorted((Record(pathlib.Path(path)) for path in sys.argv[1:]), key=lambda r: r.day):
        latest[record.kind] = record
    if not latest:
        sys.exit("readme.py: no records were given")
    columns = list(latest.values())
    print("| layout | " + " | ".join(f"[{r.kind}](docs/measurements/{r.path.name})" for r in columns) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for group, words in GROUPS.items():
        print("| " + " | ".join([words, *(r.cell(group) for r in columns)]) + " |")


main()
