# shellcheck shell=bash
# What the lanes are made of. Sourced by .ci/run, which sets root.

# Lanes set these themselves; a caller's values would change what they test.
unset HADAMARD_LEVEL HADAMARD_REQUIRE_LEVEL GOARCH GOOS GOAMD64 GODEBUG GOWORK
export CGO_ENABLED=0 LC_ALL=C

: "${root:?}"
top=$(mktemp -d)
work=$top # in a lane, a folder of its own
jobs=${JOBS:-$(($(nproc) < 4 ? $(nproc) : 4))}
declare -A running=() # lanes by process
trap stop EXIT
trap 'exit 130' HUP INT TERM

die() {
	echo "ci: $*" >&2
	exit 1
}

# stop ends what is still running, and leaves nothing.
stop() {
	local pid
	for pid in "${!running[@]}"; do kill -- "-$pid" 2>/dev/null || true; done
	rm -rf "$top"
}

# named NAME ROW... prints the rows of the lane, or of the group, NAME.
named() { printf '%s\n' "${@:2}" | awk -v name="$1" '{ for (i = 1; i <= NF; i++) if ($i == name) print }'; }

# run_lanes ROW... runs lanes, as many at once as jobs says, and ends with the table.
run_lanes() {
	local row name alone=
	for row; do
		name=${row%% *}
		mkdir "$top/$name"
		if ((jobs == 1 || $# == 1)); then
			run_lane "$name"
			continue
		fi
		[[ ! $alone && " $row " != *' alone '* ]] || await 0
		[[ " $row " == *' alone '* ]] && alone=yes || alone=
		await $((jobs - 1))
		start "$name"
	done
	await 0
	summary "$@"
}

# start LANE runs it in a process group of its own, so that all of it can be stopped.
start() {
	echo "... $1"
	set -m
	run_lane "$1" </dev/null >"$top/$1/output" 2>&1 &
	set +m
	running[$!]=$1
}

# await N waits until at most N lanes run, and shows what those that ended have said.
await() {
	local pid
	while ((${#running[@]} > $1)); do
		wait -n -p pid "${!running[@]}" || true
		cat "$top/${running[$pid]}/output"
		unset "running[$pid]"
	done
}

# run_lane NAME runs lane-NAME in a subshell where any failure ends it. The lane
# counts what it checked with `passed`; a lane that counts nothing has failed.
run_lane() {
	local name=$1 work=$top/$1 start=$SECONDS status=0 passed failed verdict=ok
	printf '\n=== %s\n' "$name"
	echo 0 >"$work/passed"
	echo 0 >"$work/failed"
	echo 0m0s 0m0s >"$work/times" # a lane that is killed leaves none
	set +e
	(
		set -e
		trap 'times >"$work/times"' EXIT
		"lane-$name"
	)
	status=$?
	set -e
	passed=$(total <"$work/passed") failed=$(total <"$work/failed")
	if ((status != 0 && failed == 0)); then failed=1; fi
	if ((status == 0 && passed == 0)) && [[ ! -e $work/skip ]]; then
		echo "ci: lane $name checked nothing" >&2
		failed=1
	fi
	if ((failed > 0)); then verdict=FAILED; elif [[ -e $work/skip ]]; then verdict='not run'; fi
	printf '%-16s %6d s %6d s of CPU %8d passed %4d failed  %s\n' "$name" $((SECONDS - start)) "$(cpu_seconds)" "$passed" "$failed" "$verdict" >"$work/result"
	printf -- '--- %s: %s, %d passed, %d s\n' "$name" "$verdict" "$passed" $((SECONDS - start))
}

# cpu_seconds adds up what the processors of the machine did for the lane.
cpu_seconds() { awk -F '[ms ]+' '{ sum += 60 * $1 + $2 + 60 * $3 + $4 } END { printf "%d", sum }' "$work/times"; }

# summary ROW... prints the table. A lane that left no result has failed.
summary() {
	local row table=$top/table
	for row; do
		cat "$top/${row%% *}/result" 2>/dev/null || echo "${row%% *}: 0 passed 1 failed  FAILED: it has not come to an end"
	done >"$table"
	printf '\n'
	cat "$table"
	printf '\nlanes: %d, seconds: %d\n' $# "$SECONDS"
	awk '{ for (i = 2; i <= NF; i++) if ($i == "passed") passed += $(i - 1); else if ($i == "failed") failed += $(i - 1) }
		END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 }' "$table"
}

# total adds up the numbers it reads.
total() { awk '{ sum += $1 } END { print sum + 0 }'; }

# passed N counts N checks of the running lane as passed.
passed() { echo "$1" >>"$work/passed"; }

# not_here REASON says that this machine cannot run the lane. Only lanes whose
# hardware may be missing use it.
not_here() {
	echo "not run: $*"
	: >"$work/skip"
}

# go_test ARGS runs `go test`, shows one line a package (all of the output of tests
# that fail), counts the tests, and leaves the whole log in $work/log.
go_test() {
	local status=0 passes fails skips
	echo "\$ ${prefix-}go test $*"
	go test -v -count=1 -timeout=20m "$@" >"$work/log" 2>&1 || status=$?
	grep -E '^(ok|FAIL|\?|---? FAIL|panic)[[:space:]]' "$work/log" | grep -v 'no test files' || true
	if ((status != 0)); then
		grep -vE '^ *(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|SKIP)|PASS$)|^(ok|\?)[[:space:]]' "$work/log" | tail -200
	fi
	passes=$(grep -cE '^ *--- PASS:' "$work/log" || true)
	fails=$(grep -cE '^ *--- FAIL:' "$work/log" || true)
	skips=$(grep -cE '^ *--- SKIP:' "$work/log" || true)
	((skips == 0)) || grep -B1 -E '^ *--- SKIP:' "$work/log" | grep -v -e '^--$' -e '=== RUN' || true
	echo "tests: $passes passed, $fails failed, $skips skipped"
	passed "$passes"
	echo "$fails" >>"$work/failed"
	((passes > 0)) || die "go test ran no test"
	return "$status"
}

# ran_golden LEVEL asserts that golden vectors were checked with LEVEL active: the
# test logs hadamard-golden level=LEVEL count=N.
ran_golden() {
	local count
	count=$(announced golden "$1")
	((count > 0)) || die "no golden vector checked at level $1"
	echo "golden vectors at $1: $count"
}

# ran_kernels LEVEL asserts that every kernel of LEVEL was tested. The test prints
# hadamard-kernels level=LEVEL count=N, and as many kernels must be the name of a
# sub-test that passed, such as TestKernels/Lengths/float32-vv-avx2.
ran_kernels() {
	local listed tested
	listed=$(announced kernels "$1")
	tested=$(passed_kernels "$1")
	((listed > 0)) || die "no kernel of level $1 is in this build"
	((tested == listed)) || die "$tested of $listed kernels of level $1 tested"
	echo "kernels of $1 tested: $tested"
}

# lacks_kernels LEVEL asserts that the build has no kernel of LEVEL.
lacks_kernels() {
	(($(announced kernels "$1") + $(passed_kernels "$1") == 0)) || die "kernels of level $1 tested"
}

announced() { sed -n "s/.*hadamard-$1 level=$2 count=\([0-9]*\).*/\1/p" "$work/log" | total; }

# passed_kernels LEVEL [TEST] counts the kernels of LEVEL that passed TEST, or Lengths; one that
# two packages test is announced twice, too.
passed_kernels() {
	sed -nE "s/^ *--- PASS: TestKernels\/${2-Lengths}\/([a-z0-9_]+-[a-z0-9]+-$1)( .*)?$/\1/p" "$work/log" | wc -l
}

# has_cpu FLAG ... says whether the CPU has all the features, by the kernel's names.
has_cpu() {
	local flag
	for flag; do
		grep -m1 '^flags' /proc/cpuinfo | grep -qw "$flag" || return 1
	done
}

# in_turn COMMAND... runs what lanes must not run at once.
in_turn() { (
	flock 9
	"$@"
) 9>"$top/lock"; }

# debian COMMAND=PACKAGE ... installs the packages whose command is missing.
debian() { in_turn debian_commands "$@"; }

debian_commands() {
	local pair missing=()
	for pair; do
		command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
	done
	((${#missing[@]} == 0)) || debian_install "${missing[@]}"
}

debian_install() {
	echo "installing $*"
	apt_get update
	apt_get install -y --no-install-recommends "$@"
}

apt_get() {
	local sudo=()
	((EUID == 0)) || sudo=(sudo)
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@" >"$work/apt" 2>&1 || {
		tail -20 "$work/apt" >&2
		return 1
	}
}

# tool NAME PACKAGE@VERSION builds a Go program, once, and prints its path.
tool() {
	local bin=$work/bin
	GOBIN=$bin GOFLAGS='' GOWORK=off go install "$2" || die "cannot install $2"
	echo "$bin/$1"
}
