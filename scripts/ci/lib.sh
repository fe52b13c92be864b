# shellcheck shell=bash
# What the lanes are made of. Sourced by .ci/run, which sets root.

# Lanes set these themselves; a caller's values would change what they test.
unset HADAMARD_LEVEL HADAMARD_REQUIRE_LEVEL GOARCH GOOS GOAMD64 GODEBUG GOWORK
export CGO_ENABLED=0 LC_ALL=C

: "${root:?}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
table=()
total_passed=0
total_failed=0

die() {
	echo "ci: $*" >&2
	exit 1
}

# run_lane NAME runs lane-NAME in a subshell where any failure ends it. The lane
# counts what it checked with `passed`; a lane that counts nothing has failed.
run_lane() {
	local name=$1 start=$SECONDS status=0 passed failed=0 verdict=ok
	printf '\n=== %s\n' "$name"
	echo 0 >"$work/passed"
	echo 0 >"$work/failed"
	rm -f "$work/skip"
	set +e
	(
		set -e
		"lane-$name"
	)
	status=$?
	set -e
	passed=$(total <"$work/passed")
	failed=$(total <"$work/failed")
	if ((status != 0 && failed == 0)); then failed=1; fi
	if ((status == 0 && passed == 0)) && [[ ! -e $work/skip ]]; then
		echo "ci: lane $name checked nothing" >&2
		failed=1
	fi
	if ((failed > 0)); then verdict=FAILED; elif [[ -e $work/skip ]]; then verdict='not run'; fi
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	table+=("$(printf '%-16s %7d s %8d passed %4d failed  %s' "$name" $((SECONDS - start)) "$passed" "$failed" "$verdict")")
	printf -- '--- %s: %s, %d passed, %d s\n' "$name" "$verdict" "$passed" $((SECONDS - start))
}

summary() {
	printf '\n'
	printf '%s\n' "${table[@]}"
	printf '\nlanes: %d, seconds: %d\n' "${#table[@]}" "$SECONDS"
	printf '%d passed, %d failed\n' "$total_passed" "$total_failed"
	((total_failed == 0))
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
# sub-test that passed, such as TestKernelLengths/float32-vv-avx2.
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

# passed_kernels LEVEL [TEST] counts the kernels of LEVEL that passed a test, or TEST.
passed_kernels() {
	sed -nE "s/^ *--- PASS: TestKernel${2-[A-Za-z]*}\/([a-z0-9_]+-[a-z0-9]+-$1)( .*)?$/\1/p" "$work/log" | sort -u | wc -l
}

# has_cpu FLAG ... says whether the CPU has all the features, by the kernel's names.
has_cpu() {
	local flag
	for flag; do
		grep -m1 '^flags' /proc/cpuinfo | grep -qw "$flag" || return 1
	done
}

# debian COMMAND=PACKAGE ... installs the packages whose command is missing.
debian() {
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
