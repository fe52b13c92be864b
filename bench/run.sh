#!/usr/bin/env bash
# Measures hadamard beside NumPy and the physical limit, and prints the comparison.
#
#   bench/run.sh           every group of cases
#   bench/run.sh GROUP     one of them, or the cases with GROUP in their name
#
#   ROUNDS=3     how often all take their turn; the fastest counts
#   THREADS=1    processors for hadamard and for the limit; NumPy has one thread
#   LEVELS=''    levels of hadamard to run, such as "avx2 avx512"; the best one if empty
#   PYTHON=...   a Python with NumPy
#   QUICK=1      repeat little: whether it works, not how fast
#
# The comparison is on standard output; results stay in bench/results, which starts
# empty. compare.py shows them again, case by case with --table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
filter=${1-} rounds=${ROUNDS:-3} threads=${THREADS:-1}
results=$PWD/results suffix=
((threads == 1)) || suffix=-${threads}t

die() {
	echo "run.sh: $*" >&2
	exit 1
}

(($# <= 1)) || die "takes one group, got $#: $*"
if [[ $filter == -* ]]; then
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' run.sh
	exit
fi
python=
for candidate in ${PYTHON:-python3 /usr/bin/python3}; do
	if "$candidate" -c 'import numpy' 2>/dev/null; then
		python=$candidate
		break
	fi
done
[[ $python ]] || die "no Python has NumPy (Debian: apt-get install python3-numpy)"

rm -rf "$results"
mkdir "$results"
python3 gen_cases.py "$results/cases.json"
go build -o "$results/hadamard" ../cmd/hadamard

if [[ $filter ]]; then
	grep -qE "\"(name|group)\": \"[^\"]*$filter" "$results/cases.json" || die "no group and no case is called $filter"
	groups=("$filter")
else
	mapfile -t groups < <(sed -n 's/.*"group": "\([^"]*\)".*/\1/p' "$results/cases.json" | uniq)
fi

# One processor keeps a thread in one cache; the last one has the fewest interrupts.
pin=()
if command -v taskset >/dev/null; then
	last=$(($(nproc) - 1)) first=$(($(nproc) - threads))
	pin=(taskset -c "$((first < 0 ? 0 : first))-$last")
fi

limits() {
	[[ $(uname -m) == x86_64 ]] || { echo "no limits: limits.c is for x86-64" >&2; return; }
	command -v gcc >/dev/null || { echo "no limits: no gcc" >&2; return; }
	gcc -O3 -march=native -fopenmp limits.c -o "$results/limits"
	for n in $(printf '%s\n' 1 "$threads" | sort -u); do
		"${pin[@]}" "$results/limits" "$n" >"$results/limits-${n}t.json"
	done
}

if [[ ${QUICK-} ]]; then
	quick=(--quick) rounds=1
else
	quick=()
	echo limits >&2
	limits
fi

# Group by group and in turn: what else the machine does then slows all alike.
hadamard=("$results/hadamard" bench --cases "$results/cases.json" --threads "$threads" "${quick[@]}")
for ((round = 1; round <= rounds; round++)); do
	for group in "${groups[@]}"; do
		echo "round $round: $group" >&2
		"${pin[@]}" "$python" drive_numpy.py --cases "$results/cases.json" "${quick[@]}" --filter "$group" >>"$results/numpy.jsonl"
		if [[ ${LEVELS-} ]]; then
			for level in $LEVELS; do
				"${pin[@]}" "${hadamard[@]}" --filter "$group" --level "$level" --label "hadamard-$level$suffix" >>"$results/hadamard.jsonl"
			done
		else
			"${pin[@]}" "${hadamard[@]}" --filter "$group" >>"$results/hadamard.jsonl"
		fi
	done
done
python3 compare.py
