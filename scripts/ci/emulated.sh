# shellcheck shell=bash
# The lanes that run on CPUs which this machine need not have. .ci/run sources it after
# lanes.sh. A guest's log is kept when all was right, and checked again in place of a new
# run while nothing changes that makes it: programs, digests, arguments, emulator.
: "${root:?}" "${work:?}"

# Every AVX-512 kernel, on two CPUs at once. On the first AVX-512 is not the default. On
# the second, where those tests are enough that reach each instruction, no garbage is
# collected: Go's collector, from 1.26 on, scans with instructions that Bochs 2.7 gets wrong.
lane-emulated-avx512() {
	emulator
	record_digests avx512
	both kernels skylake-x corei7_skylake_x avx512 "${all_tests[*]}" HADAMARD_LEVEL=avx512 \
		-- kernels ice-lake corei7_icelake_u avx512 "Values Guard" GOGC=off
	tested_kernels skylake-x avx512 "${all_tests[*]}" 'active=avx512 best=avx512'
	tested_kernels ice-lake avx512 "Values Guard" 'active=avx512 best=avx512'
	tested_all ice-lake avx512-vbmi Values Guard
}

# The tests that each kernel has.
all_tests=(Lengths InPlace Nests Values Guard)

# Every AVX2 kernel on a CPU that has nothing beyond, and what a user is told there.
lane-emulated-avx2() {
	emulator
	record_digests avx2
	both kernels haswell corei7_haswell_4770 avx2 "${all_tests[*]}" \
		-- guest refused -c corei7_haswell_4770 -e HADAMARD_LEVEL=avx512 ./hadamard info
	tested_kernels haswell avx2 "${all_tests[*]}" 'active=avx2 best=avx2'

	says refused 'HADAMARD_LEVEL="avx512": unsupported level, missing AVX512F, AVX512BW, AVX512DQ, AVX512VL; this machine accepts purego, avx2$'
	says refused '^level +none: HADAMARD_LEVEL is avx512$'
	says refused '^levels +purego, avx2$'
	says refused '^exit [1-9]'
	keep refused
	passed 4
}

# What runs on a CPU that lowers its clock: the default, and one above is at hand.
lane-emulated-default() {
	emulator
	guest default -c corei7_skylake_x ./hadamard info
	says default '^level +avx2: avx512 would lower the clock of this CPU$'
	says default '^exit 0$'
	keep default
	passed 1
}

# emulator gets the emulator ready and builds what guests run.
emulator() {
	in_turn emulator_parts
	cat "$work/emulator"
	# The same sources make the same files, so that logs can be used again.
	go test -c -trimpath -o "$work/runtime.test" ./runtime
	go build -trimpath -buildvcs=false -o "$work/hadamard" ./cmd/hadamard
	cp -r runtime/testdata "$work"
	: >"$work/digests"
}

emulator_parts() {
	local packages=(bochs bochs-term bochsbios vgabios xorriso)
	dpkg-query -L "${packages[@]}" >/dev/null 2>&1 || debian_install "${packages[@]}"
	scripts/emulate >"$work/emulator" 2>/dev/null || {
		apt_get update
		scripts/emulate >"$work/emulator"
	}
}

# record_digests LEVEL has the oracle compute, on the real CPU, what every kernel of
# LEVEL should give.
record_digests() {
	(cd "$work" && ./runtime.test -test.short -test.run="^TestKernels\$/^(Lengths|InPlace|Nests)\$/-$1\$" -record=digests >record.log) ||
		{ tail -20 "$work/record.log"; die "cannot compute digests"; }
}

# kernels NAME CPU LEVEL TESTS [NAME=VALUE]... starts the guest that runs these tests of all
# kernels of LEVEL, those for features that it has included, and the public API with NumPy's
# products. There are no digests for features.
kernels() {
	local name=$1 cpu=$2 level=$3 tests=$4 variable options=()
	shift 4
	for variable in "HADAMARD_REQUIRE_LEVEL=$level" "$@"; do options+=(-e "$variable"); done
	guest "$name" -c "$cpu" -f digests -f testdata "${options[@]}" ./runtime.test -test.v -test.short \
		-replay=digests -test.run="^TestKernels\$/^(Table|${tests// /|})\$/-$level(-[a-z0-9]+)?\$|^Test(Golden|RequiredLevel|Detect|Features)\$"
}

# both COMMAND... -- COMMAND... runs two commands at once.
both() {
	local first=() status=0
	while [[ $1 != -- ]]; do
		first+=("$1")
		shift
	done
	shift
	"${first[@]}" &
	"$@" || status=$?
	wait $! || status=$?
	((status == 0)) || die "a guest failed"
}

# guest NAME ARGUMENT... runs scripts/emulate in $work and leaves the output in NAME.log,
# with a last line "exit STATUS"; or takes a log that was kept.
guest() {
	local name=$1 log=$work/$1.log status=0 start=$SECONDS
	shift
	(
		cd "$work" || exit
		cat emulator runtime.test hadamard digests testdata/golden/* "$root/scripts/emulate"
		printf '%s\n' "$@"
	) | sha256sum | cut -d' ' -f1 >"$work/$name.key"
	if [[ -e $(kept "$name") ]]; then
		cp "$(kept "$name")" "$log"
		echo "$name: not run, nothing has changed since it passed on $(date -r "$(kept "$name")" +%F); below is what that run said, $(kept "$name")"
		return
	fi
	(cd "$work" && "$root/scripts/emulate" -t 2700 "$@") >"$log" 2>&1 || status=$?
	echo "exit $status" >>"$log"
	echo "$name: $((SECONDS - start)) s, exit $status"
}

kept() { echo "${XDG_CACHE_HOME:-$HOME/.cache}/hadamard/passed-$(<"$work/$1.key").log"; }

# keep NAME keeps the log of a guest that was found right.
keep() { [[ -e $(kept "$1") ]] || cp "$work/$1.log" "$(kept "$1")"; }

# says NAME REGEXP asserts that a line of the guest's log matches.
says() {
	grep -E "$2" "$work/$1.log" || { tail -20 "$work/$1.log"; die "$1 does not say: $2"; }
}

# tested_kernels NAME LEVEL TESTS ACTIVE asserts that every kernel of LEVEL was run in each of
# these tests, that there are as many digests, and that nothing failed or was skipped.
tested_kernels() {
	local name=$1 level=$2 tests log=$work/log recorded
	read -ra tests <<<"$3"
	cp "$work/$name.log" "$log"
	if ! grep -qx 'exit 0' "$log" || grep -qE '^ *--- (FAIL|SKIP):|^(panic|fatal error):' "$log"; then
		sed -nE '/^ *--- (FAIL|SKIP):|^(panic|fatal error):|^ +level_test.go:|^ +kerneltest.go:.* (want|out|operand|bytes|fault|digests) /p' "$log"
		tail -5 "$log"
		die "$name failed"
	fi
	says "$name" "hadamard-level $4\$"
	tested_all "$name" "$level" "${tests[@]}"
	recorded=$(grep -c '^TestKernels/Lengths/' "$work/digests")
	((recorded == $(announced kernels "$level"))) || die "$name: digests of $recorded kernels, the table lists $(announced kernels "$level")"
	ran_golden "$level"
	keep "$name"
}

# tested_all NAME LEVEL TEST... asserts that every kernel of LEVEL, or of one with a feature, was run
# in each of these tests by the guest whose log was looked at last.
tested_all() {
	local name=$1 level=$2 test listed tested
	shift 2
	listed=$(announced kernels "$level")
	((listed > 0)) || die "$name: no kernel of level $level is in this build"
	for test; do
		tested=$(passed_kernels "$level" "$test")
		((tested == listed)) || die "$name: TestKernels/$test ran $tested of $listed kernels of level $level"
		passed "$tested"
	done
	echo "$name: all $listed kernels of $level executed, each in $# tests"
}
