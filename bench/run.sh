#!/usr/bin/env bash
# Measures hadamard beside NumPy, plain Go and the physical limit: the figures in the
# README and a file in docs/measurements. Some twelve minutes on a machine that does
# nothing else.
#
#   bench/run.sh           everything
#   bench/run.sh GROUP     a group of cases, or the cases with GROUP in their name
#
#   PUBLISH=1    with everything: write a file in docs/measurements, the plot docs/seed.png
#                and the figures of README.md
#   ROUNDS=3     how often all take their turn; the fastest counts
#   THREADS=1    processors for hadamard and for the limit; NumPy has one thread
#   LEVELS=''    levels of hadamard to run, such as "avx2 avx512"; the best one if empty
#   PYTHON=...   a Python with NumPy
#   DRAW=N       cases drawn at random by a number, in place of those of the groups
#   QUICK=1      repeat little, once, without limits: whether it works, not how fast
#
# The figures are printed as Markdown on standard output; the plot and all results are in
# bench/results, which starts empty. compare.py shows them again, case by case with
# --table. It needs Go, Python with NumPy and, for the limit, gcc on an x86-64 with AVX2.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
filter=${1-} rounds=${ROUNDS:-3} threads=${THREADS:-1}
built_in=$PWD/../cmd/hadamard/internal/bench
results=$PWD/results seed=$built_in/seed.json suffix=
((threads == 1)) || suffix=-${threads}t

die() {
	echo "run.sh: $*" >&2
	exit 1
}
progress() { printf '%3d:%02d  %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }

if [[ $filter == -* ]]; then
	sed -n '2,/^[^#]/s/^# \{0,1\}//p' run.sh
	exit
fi
(($# <= 1)) || die "takes one group, got $#: $*"
if [[ ${PUBLISH-} ]]; then
	[[ ! $filter && ! ${QUICK-} && ! ${LEVELS-} && ! ${DRAW-} && ! $suffix ]] ||
		die "PUBLISH=1 takes all figures, at one thread and the best level"
fi
command -v go >/dev/null || die "there is no Go"
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
"$python" gen_cases.py ${DRAW:+--draw "$DRAW"} "$results/cases.json"
progress "go build"
go build -o "$results/" ../cmd/hadamard ../cmd/hadamard/hadamard-plot

cases() { # GROUP: the file that it is in
	if [[ $1 == seed* ]]; then echo "$seed"; else echo "$results/cases.json"; fi
}
if [[ $filter ]]; then
	grep -qE "\"(name|group)\": \"[^\"]*$filter" "$(cases "$filter")" || die "no group and no case is called $filter"
	groups=("$filter")
else
	mapfile -t groups < <(sed -n 's/.*"group": "\([^"]*\)".*/\1/p' "$results/cases.json" | uniq)
	groups=(seed "${groups[@]}")
fi

# One processor keeps a thread in one cache; the last one has the fewest interrupts.
pin=()
if command -v taskset >/dev/null; then
	last=$(($(nproc) - 1)) first=$(($(nproc) - threads))
	pin=(taskset -c "$((first < 0 ? 0 : first))-$last")
fi

quick=()
limits=
if [[ ${QUICK-} ]]; then
	quick=(--quick) rounds=1
elif [[ $(uname -m) != x86_64 ]]; then
	progress "no limits: limits.c is for x86-64"
elif ! command -v gcc >/dev/null; then
	progress "no limits: there is no gcc"
else
	gcc -O3 -march=native -fopenmp limits.c -o "$results/limits"
	limits=$(printf '%s\n' 1 "$threads" | sort -u)
fi

drive() { # FILE COMMAND ...: adds the lines of a driver to a file
	"${pin[@]}" "${@:2}" --cases "$(cases "$group")" --filter "$group" "${quick[@]}" >>"$results/$1.jsonl"
}

# Group by group and in turn: what else the machine does then slows all alike.
for ((round = 1; round <= rounds; round++)); do
	for n in $limits; do
		progress "round $round of $rounds: limit of $n thread(s)"
		"${pin[@]}" "$results/limits" "$n" >"$results/limits-${n}t-$round.json"
	done
	for group in "${groups[@]}"; do
		progress "round $round of $rounds: $group"
		drive numpy "$python" "$built_in/drive_numpy.py"
		if [[ ${LEVELS-} ]]; then
			for level in $LEVELS; do
				drive hadamard "$results/hadamard" bench --threads "$threads" --level "$level" --label "hadamard-$level$suffix"
			done
		else
			drive hadamard "$results/hadamard" bench --threads "$threads"
		fi
	done
done

compare() { "$python" compare.py "$@"; }

if [[ ! $filter || $filter == seed* ]]; then
	compare --cases "$seed" --lines >"$results/seed.lines"
	"$results/hadamard-plot" -cases "$seed" -o "$results/seed.png" "$results/seed.lines"
fi
if [[ $filter == seed* ]]; then
	compare --cases "$seed" --sizes
	exit
elif [[ $filter ]]; then
	compare
	exit
fi

progress "plain Go"
(cd .. && "${pin[@]}" go test -run xxx -bench Speedup -benchtime "$([[ ${QUICK-} ]] && echo 100x || echo 2000x)" .) >"$results/speedup.txt"

# fact NAME ...: what hadamard info says, by the keys of its JSON
fact() {
	"$results/hadamard" info --json | "$python" -c '
import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = value[key]
print(value)' "$@"
}

day=$(date +%F)
level=$(fact level active)
name=$day-run-$(fact cpu vendor | tr '[:upper:]' '[:lower:]')-$(fact cpu family)-$(fact cpu model)-$level

measured() { # on what, and when
	local numpy compiler
	numpy=$("$python" -c 'import numpy; print(numpy.__version__)')
	compiler=$(gcc -dumpfullversion 2>/dev/null || echo "none")
	fold -s -w 94 <<-END | sed 's/ *$//'
		Measured on $("$results/hadamard" info | sed -n 's/^CPU  *//p'), caches $("$results/hadamard" info | sed -n 's/^caches  *//p'), level $level, threads $threads; $day, commit $(git rev-parse --short HEAD 2>/dev/null || echo "unknown"), $(go env GOVERSION), NumPy $numpy, gcc $compiler for the limit.
	END
}

# picture FOLDER: the plot, seen from a document whose way to docs is FOLDER
picture() { echo "![GB/s of hadamard, NumPy and the limit against the number of elements]($1seed.png)"; }

# All figures: a file of docs/measurements.
report() {
	cat <<-END
		# bench/run.sh, $day

		$(measured)

		$(picture ../)

		Two arrays of shape (x,2048), and two of 8,388,608 elements, beside NumPy in the same run. GB/s
		count what is read and written. The limit is the time in which the fastest loops known read and
		write as much memory.

		$(compare --cases "$seed" --group seed --sizes)

		Other layouts, by group: geometric means over the cases of
		[bench/gen_cases.py](../../bench/gen_cases.py).

		$(compare --common)

		One row of 4,096 elements in cache, against the loop that a Go programmer would write:

		$("$python" speedup.py <"$results/speedup.txt")

		For the half-precision types the plain loop converts in Go, and for bool it branches. Elements
		of 8 bytes and more no longer fit the first-level cache at this size, which is what limits
		them.
	END
}

# The figures of README.md: those of all CPUs that were measured, and which the plot is of.
summary() {
	cat <<-END

		$(picture docs/)

		$(measured)

		$("$python" readme.py ../docs/measurements/*-run-*.md)

	END
}

report | tee "$results/report"
if [[ ${PUBLISH-} ]]; then
	cp "$results/seed.png" ../docs/seed.png
	cp "$results/report" "../docs/measurements/$name.md"
	cp "$results/seed.lines" "../docs/measurements/$name.jsonl"
	summary >"$results/summary"
	sed -i -e '/^<!-- bench/,/^<!-- end/{/^<!--/!d}' -e "/^<!-- bench/r $results/summary" ../README.md
fi
progress "done; the plot is $results/seed.png"
