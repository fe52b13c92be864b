# shellcheck shell=bash
# The lanes of .ci/run, in its order. Each is a function lane-NAME that exits
# non-zero when something is wrong, and counts what it checked. .ci/run sources it
# after lib.sh.
: "${root:?}" "${work:?}"

# The packages of the root module and of the command line, without the generator,
# whose tests are the same on every level and architecture.
packages=(./... ./cmd/hadamard/...)

# The levels of this CPU, the best one last.
levels=(purego)
if has_cpu avx2 fma f16c bmi2; then levels+=(avx2); fi
if has_cpu avx2 fma f16c bmi2 avx512f avx512bw avx512dq avx512vl; then levels+=(avx512); fi
best=${levels[-1]}
features=() # levels with those beyond them that kernels use
if [[ $best == avx512 ]] && has_cpu avx512_fp16; then features+=(avx512-fp16); fi
if [[ $best == avx512 ]] && has_cpu avx512vbmi; then features+=(avx512-vbmi); fi
default=$best # but see LowersClock in internal/machine/cpu.go
if grep -qE '^model\s*: 85$' /proc/cpuinfo && grep -q '^vendor_id.*GenuineIntel' /proc/cpuinfo && [[ $best == avx512 ]]; then
	default=avx2
fi

lane-test() {
	local level
	go_test work
	for level in "${levels[@]}" "${features[@]}"; do ran_kernels "$level"; done
	ran_golden "$default"
}

# Every alignment and every value, which the other lanes try a part of: by this build and,
# for portable kernels, by a compiler that fuses multiply and add. Kernels of mixed sizes also
# unrolled less.
lane-exhaustive() {
	export HADAMARD_EXHAUSTIVE=1
	prefix='HADAMARD_EXHAUSTIVE=1 ' go_test ./gen/avo -run '^TestMixed$'
	prefix='HADAMARD_EXHAUSTIVE=1 ' go_test ./runtime -run '^Test(Kernels|FeatureOnAllPairs)$'
	ran_kernels "$best"
	[[ $best != purego ]] || return 0
	export GOAMD64=v3
	prefix='HADAMARD_EXHAUSTIVE=1 GOAMD64=v3 ' go_test ./runtime -run '^TestKernels$/./-purego$'
	(($(passed_kernels purego) > 0)) || die "no portable kernel was tested"
}

# Kernel tests try the kernels of all levels, whichever is active. The lane test has run them
# where the build is the same, and those in assembly where only what Go compiles is not.
no_kernels=(-skip '^TestKernels$/^(Lengths|InPlace|Nests|Values|Guard)$')
no_assembly=(-skip '^TestKernels$/./-avx')

lane-avx2() {
	local short=()
	[[ " ${levels[*]} " == *' avx2 '* ]] || die "this CPU has no AVX2: the gate needs one that has"
	[[ $default != avx2 ]] || short=(-short) # what that leaves out ran at this level in the lane test
	at_level avx2 "${short[@]}"
}

lane-avx512() {
	if [[ $best != avx512 ]]; then
		not_here "this CPU has no AVX-512 (F, BW, DQ and VL)"
		return
	fi
	echo "this CPU has AVX-512: the tests run on it, without the emulator"
	at_level avx512
}

# multiplying lists the packages whose tests link what knows of levels. What others do is the same
# at each.
multiplying() {
	local below=github.com/hadamard-go/hadamard/runtime/kernel
	mapfile -t multiply < <(go list -test -f '{{.ImportPath}}{{range .Deps}} {{.}}{{end}}' "${packages[@]}" |
		sed -nE "s#^([^ ]*)\\.test( .*)? $below( .*)?\$#\\1#p")
	((${#multiply[@]} > 5)) || die "only ${#multiply[@]} packages link $below, which is the wrong name"
}

# at_level LEVEL [-short]
at_level() {
	export HADAMARD_LEVEL=$1 HADAMARD_REQUIRE_LEVEL=$1
	multiplying
	prefix="HADAMARD_REQUIRE_LEVEL=$1 HADAMARD_LEVEL=$1 " go_test "${no_kernels[@]}" "${@:2}" "${multiply[@]}"
	ran_golden "$1"
}

lane-purego() {
	export HADAMARD_LEVEL=purego
	multiplying
	prefix='HADAMARD_LEVEL=purego ' go_test "${no_kernels[@]}" "${multiply[@]}"
	ran_golden purego
}

lane-purego-tag() {
	multiplying
	go_test -tags purego "${multiply[@]}"
	ran_kernels purego
	ran_golden purego
	lacks_kernels avx2
}

lane-amd64-v3() {
	[[ $best != purego ]] || die "this CPU cannot run GOAMD64=v3"
	export GOAMD64=v3
	prefix='GOAMD64=v3 ' go_test "${no_assembly[@]}" "${packages[@]}"
	ran_kernels purego
	ran_golden "$default"
	export HADAMARD_LEVEL=purego
	prefix='GOAMD64=v3 HADAMARD_LEVEL=purego ' go_test "${no_kernels[@]}" ./runtime ./runtime/internal/...
	ran_golden purego
}

lane-race() {
	debian gcc=gcc
	export CGO_ENABLED=1
	# Assembly is nothing to the detector, and neither is counting on a single goroutine.
	go_test -race -short -skip '^TestKernels$/./-avx|^TestCallsTouchLittle$' "${packages[@]}"
	ran_kernels purego
}

lane-cross-arm64() { cross arm64 qemu-aarch64; }
lane-cross-riscv64() { cross riscv64 qemu-riscv64; }
lane-cross-s390x() { cross s390x qemu-s390x; }

cross() {
	debian "$2=qemu-user"
	export GOARCH=$1
	prefix="GOARCH=$1 " go_test -vet=all -short -exec "$2" "${packages[@]}"
	ran_kernels purego
	ran_golden purego
}

lane-vet() {
	vet '' linux/amd64
	vet purego linux/amd64
	echo "go vet ./gen/..."
	go vet ./gen/...
	passed 1
}

# Each system and each architecture: but for internal/machine no file is for one system on one
# architecture, and elsewhere than on amd64 there is no assembly to leave out. What the lanes cross-…
# test, they vet.
lane-vet-others() {
	vet '' linux/386 darwin/arm64 windows/amd64
	vet purego windows/amd64
	GOOS=darwin GOARCH=amd64 go vet ./internal/machine
	passed 1
}

# vet TAGS PLATFORM... runs go vet.
vet() {
	local platform tags=$1
	for platform in "${@:2}"; do
		echo "GOOS=${platform%/*} GOARCH=${platform#*/} go vet -tags='$tags'"
		GOOS=${platform%/*} GOARCH=${platform#*/} go vet -tags="$tags" "${packages[@]}"
		passed 1
	done
}

lane-generate() {
	local before after
	before=$(git status --porcelain)
	# On a checkout that was clean it must stay so; on a working copy nothing may change.
	[[ -z $before || ${CI-} != true ]] || die "the checkout is not clean: $before"
	before+=$(checksums)
	go run ./gen/generate -check # names each difference
	GOWORK=off go -C examples/ownrule run ./gen -check
	passed 1
	go generate .
	after=$(git status --porcelain)$(checksums)
	[[ $before == "$after" ]] || die "go generate changes files:"$'\n'"$(git status --porcelain)"
	passed 1
	echo "generated: $(find "${generated[@]}" -maxdepth 1 -type f | wc -l) files, $(find "${generated[@]}" -maxdepth 1 -type f -print0 | xargs -0 cat | wc -l) lines"
}

generated=(generated rules conversions runtime/kernel examples/ownrule/rules)

checksums() { find "${generated[@]}" -maxdepth 1 -type f -print0 | sort -z | xargs -0 sha256sum; }

lane-golden() {
	local python=/usr/bin/python3 # Debian's, which has Debian's NumPy
	in_turn numpy_installed
	$python scripts/golden.py -check
	passed 1
	$python broadcast/testdata/golden.py | cmp - broadcast/testdata/golden.json
	passed 1
	$python runtime/ndarray/testdata/dtypes.py | cmp - runtime/ndarray/testdata/dtypes.json
	passed 1
	$python cmd/hadamard/internal/npy/testdata/headers.py | cmp - cmd/hadamard/internal/npy/testdata/headers.json
	passed 1
	$python bench/gen_cases.py --seed | cmp - cmd/hadamard/internal/bench/seed.json
	$python bench/gen_cases.py | cmp - cmd/hadamard/internal/bench/cases.json
	passed 1
	cmp <($python bench/readme.py docs/measurements/*-run-*.md) <(sed -n '/^| layout/,/^$/{/^|/p}' README.md)
	passed 1
}

# Package ndarray on random arrays of NumPy's, in NumPy's memory: that of Debian here, and NumPy 2.
# JUDGE_SECONDS says for how long, JUDGE_CALLS how many calls at most, JUDGE_SEED which: the gate always
# makes the same ones.
lane-judge() {
	build_judge
	in_turn numpy_installed
	judged /usr/bin/python3 scripts/judge/judge.py "$work/judge.so"
}

lane-judge-numpy2() {
	local root=${JUDGE_ROOT:-$HOME/.cache/hadamard/trixie} mirror
	build_judge
	if [[ ! -x $root/usr/bin/python3 ]]; then
		debian debootstrap=debootstrap
		echo "debootstrap trixie $root"
		mkdir -p "$(dirname "$root")"
		rm -rf "$root.new"
		mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources 2>/dev/null || true)
		debootstrap --variant=minbase --include=python3,python3-numpy trixie "$root.new" ${mirror:+"$mirror"} >"$work/log" 2>&1 ||
			{ tail "$work/log"; die "no Debian with NumPy 2"; }
		rm -rf "$root"
		mv "$root.new" "$root"
	fi
	mkdir -p "$root/judge/scripts/judge" "$root/judge/docs"
	cp scripts/judge/*.py "$root/judge/scripts/judge"
	cp docs/numpy.md "$root/judge/docs"
	cp "$work/judge.so" "$root/judge"
	judged chroot "$root" python3 /judge/scripts/judge/judge.py /judge/judge.so
}

# NumPy's own tests, with loops of this library in place of those of np.multiply.
lane-numpy-tests() {
	build_judge
	in_turn numpy_installed
	go_test -run '^TestNumPy$' ./cmd/hadamard/internal/bench # elsewhere it is left out without NumPy
	/usr/bin/python3 -c 'import pytest, hypothesis' 2>/dev/null || in_turn debian_install python3-pytest python3-hypothesis
	/usr/bin/python3 -B scripts/judge/numpytests.py "$work/judge.so" | tee "$work/log"
	passed "$(sed -nE 's/.*, ([0-9]+) with this library.*; 0 mismatches$/\1/p' "$work/log")"
}

build_judge() {
	debian gcc=gcc
	CGO_ENABLED=1 go vet -tags judge ./scripts/judge
	CGO_ENABLED=1 go build -tags judge -buildmode=c-shared -o "$work/judge.so" ./scripts/judge
}

numpy_installed() { /usr/bin/python3 -c 'import numpy' 2>/dev/null || debian_install python3-numpy; }

# judged COMMAND... runs the judge: the table of differences, and random calls.
judged() {
	"$@" -table
	"$@" -calls "${JUDGE_CALLS:-1000000}" -seconds "${JUDGE_SECONDS:-100}" -seed "${JUDGE_SEED:-2026}" | tee "$work/log"
	passed "$(sed -nE 's/^NumPy .*: ([0-9]+) calls, 0 mismatches.*/\1/p' "$work/log")"
}

lane-staticcheck() {
	local staticcheck
	staticcheck=$(tool staticcheck honnef.co/go/tools/cmd/staticcheck@v0.8.2)
	for tags in '' purego; do
		echo "staticcheck -tags='$tags' ${packages[*]} ./gen/..."
		"$staticcheck" -tags="$tags" "${packages[@]}" ./gen/...
		passed 1
	done
}

lane-gofumpt() {
	local gofumpt unformatted
	gofumpt=$(tool gofumpt mvdan.cc/gofumpt@v0.12.0)
	unformatted=$("$gofumpt" -l .) # leaves files with a generated header alone
	[[ -z $unformatted ]] || die "not formatted by gofumpt:"$'\n'"$unformatted"
	passed "$(git ls-files '*.go' | wc -l)"
}

# Every shell script, by its first lines.
lane-shellcheck() {
	local scripts
	debian shellcheck=shellcheck
	mapfile -t scripts < <(git grep -lE '^(#!.*sh$|# shellcheck shell=)')
	printf '%s\n' "${scripts[@]}"
	shellcheck -x "${scripts[@]}"
	passed "${#scripts[@]}"
}

# The manual pages, which groff has nothing against, and whose renderer the program lacks.
lane-man() {
	local renderer=github.com/cpuguy83/go-md2man page
	debian groff=groff
	go vet -tags man ./cmd/hadamard
	go run -tags man ./cmd/hadamard "$work/man"
	for page in "$work"/man/*.1; do
		basename "$page"
		groff -Kutf8 -man -ww -Tutf8 "$page" 2>"$work/groff" >/dev/null
		[[ ! -s $work/groff ]] || die "groff: $(cat "$work/groff")"
		passed 1
	done
	apart "$renderer" -tags man ./cmd/hadamard
}

# The workflow that runs the gate elsewhere.
lane-actionlint() {
	local actionlint workflows
	debian shellcheck=shellcheck # which it hands the scripts to
	actionlint=$(tool actionlint github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)
	mapfile -t workflows < <(git ls-files '.github/workflows/*.yml')
	printf '%s\n' "${workflows[@]}"
	"$actionlint" "${workflows[@]}"
	passed "${#workflows[@]}"
}

# apart PACKAGE ARGS asserts that go list ARGS names a program that needs the package, or one
# below it, and that the command line does without.
apart() {
	local needs without
	needs=$(go list -deps "${@:2}")
	without=$(go list -deps ./cmd/hadamard)
	grep -E "^$1(/|$)" <<<"$needs" >/dev/null || die "${*:2} does not need $1"
	! grep -E "^$1(/|$)" <<<"$without" || die "./cmd/hadamard links $1"
	passed 1
}

# A module that imports runtime gets this module and golang.org/x/sys, nothing else.
lane-dependencies() {
	local got want
	scratch_module
	got=$(cd "$work/scratch" && go list -m -f '{{.Path}}' all | sort | xargs)
	want='example.com/scratch github.com/hadamard-go/hadamard golang.org/x/sys'
	echo "modules: $got"
	[[ $got == "$want" ]] || die "want $want"
	passed 1
}

# A program that multiplies float32 carries no kernel of another dtype, nor does one of a type
# declared over it, or of int. The command line carries nothing that draws plots.
lane-linked() {
	local plain size
	apart gonum.org/v1/plot ./cmd/hadamard/hadamard-plot
	apart net/http net/http # it connects to nothing
	scratch_module
	cd "$work/scratch" || exit
	go build -o multiply .
	links_only float32 multiply
	! grep -q "_v[vc]u_" symbols || die "kernels under a mask are linked:"$'\n'"$(grep "_v[vc]u_" symbols)"
	mkdir -p own int
	sed 's/float32/Sample/g; s/^func main/type Sample float32\n\n&/' main.go >own/main.go
	sed 's/float32/int/g' main.go >int/main.go
	go build -o own/multiply ./own
	links_only float32 own/multiply
	go build -o int/multiply ./int
	links_only int64 int/multiply
	mkdir -p bytes
	sed 's/float32/uint8/g' main.go >bytes/main.go
	go build -o bytes/multiply ./bytes
	inlines multiply bytes/multiply

	mkdir -p rule
	cat >rule/main.go <<-END
		package main

		import (
			"fmt"

			"github.com/hadamard-go/hadamard/rules"
		)

		func main() {
			dst := make([]float32, 3)
			fmt.Println(rules.ScaleUint8.ScaleSlice(dst, []uint8{1, 2, 3}, 0.5), dst)
		}
	END
	go build -o rule/multiply ./rule
	links_only scale_uint8 rule/multiply

	mkdir -p plain
	printf 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("hello, world") }\n' >plain/main.go
	go build -o hello ./plain
	plain=$(stat -c %s hello) size=$(stat -c %s multiply)
	echo "hello, world: $plain bytes; multiplying float32: $((size - plain)) more"
	((size - plain <= 512 * 1024)) || die "a program grows by more than 512 KiB"
	passed 1
}

# inlines PROGRAM... asserts that programs have small functions in place of calls of them.
inlines() {
	local program called
	for program; do
		called=$(go tool nm "$program" | grep -oE 'hadamard/(runtime/internal/exec\.(Hidden|HideNest|OneRun|(|Well|SameOr)Apart)|generated\.exactly\w+)$' || true)
		[[ -z $called ]] || die "$program calls what runtime/inline.go is to have it inline:"$'\n'"$called"
		passed 1
	done
}

# links_only RULE PROGRAM asserts that a program carries kernels of one rule alone.
links_only() {
	local own others
	go tool nm "$2" | grep -oE 'hadamard/(generated|rules|runtime/kernel)\.[A-Za-z0-9_]*' | sort -u >symbols || true
	own=$(grep -cE "(generated|rules)\\.$1_[a-z0-9]+_(purego|avx)" symbols || true)
	others=$(grep -E '(generated|rules)\.[a-z0-9_]+_(purego|avx)' symbols | grep -vE "(generated|rules)\\.$1_[a-z0-9]+_(purego|avx)" || true)
	echo "$2: $1 kernels linked: $own"
	((own > 0)) || die "no $1 kernel is linked: the check looks for the wrong names"
	[[ -z $others ]] || die "kernels of other rules are linked:"$'\n'"$others"
	passed "$own"
}

# scratch_module makes a module outside the workspace that multiplies float32.
scratch_module() {
	export GOWORK=off GOFLAGS=-mod=mod
	mkdir -p "$work/scratch"
	cat >"$work/scratch/go.mod" <<-END
		module example.com/scratch

		go 1.25.0

		require github.com/hadamard-go/hadamard v0.0.0

		replace github.com/hadamard-go/hadamard => $root
	END
	cat >"$work/scratch/main.go" <<-END
		package main

		import (
			"fmt"

			"github.com/hadamard-go/hadamard/runtime"
		)

		func main() {
			a, err := runtime.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)
			if err != nil {
				panic(err)
			}
			c, err := runtime.Multiply(a, runtime.Scalar[float32](2))
			fmt.Println(c, err)
		}
	END
	(cd "$work/scratch" && go mod tidy && go run .)
}

lane-examples() {
	local name
	cp -r examples "$work/data"
	for name in examples/*/main.go; do
		name=$(basename "$(dirname "$name")")
		[[ ! -e examples/$name/go.mod ]] || continue # a module of its own
		go build -o "$work/$name" "./examples/$name"
		echo "\$ $name"
		(cd "$work" && ln -sfn data examples && "./$name")
		passed 1
	done
	png_size "$work/masked.png" 768 520
	go_test ./examples/...
	# gonum is no part of the workspace, which would know its modules. The other module has a lane.
	export GOWORK=off
	cd examples/gonum || exit
	go vet .
	go_test .
	go run .
	passed 1
}

# A module with rules of its own, beside a copy of this one and outside of any workspace: what
# is there is what its generator writes, and one more rule is one more line. Tests that could
# not fail would prove nothing, so they must when a rule's expression changes under its kernels.
lane-ownrule() {
	local level own=$work/own copy=$work/hadamard
	mkdir "$copy"
	cp -r go.mod go.sum broadcast gen generated internal rules runtime "$copy"
	cp -r examples/ownrule "$own"
	export GOWORK=off
	cd "$own" || exit
	go mod edit -replace "github.com/hadamard-go/hadamard=$copy" -replace "github.com/hadamard-go/hadamard/gen=$copy/gen"
	go vet ./...
	GOARCH=arm64 go vet ./...
	# The guide shows the same generator.
	# shellcheck disable=SC2016 # the backquotes are Markdown
	sed -n '/^```go$/,/^```$/{/^```/d;p;};/^go get/q' "$root/docs/extending.md" | diff - gen/main.go
	passed 1
	go run ./gen -check
	go generate ./...
	diff -r rules "$root/examples/ownrule/rules"
	passed 1
	for level in "${levels[@]}"; do
		HADAMARD_LEVEL=$level prefix="HADAMARD_LEVEL=$level " go_test ./...
		ran_kernels "$level"
		HADAMARD_LEVEL=$level go run . | tee "$work/program"
		[[ $(tail -1 "$work/program") == *" q15-vv-$level" ]] || die "the program does not run at $level"
		[[ $(head -1 "$work/program") == 'q15 [[ 32767  10000 -10000   8192]' ]] || die "the program prints something else"
		passed 2
	done

	go_test -tags purego ./rules
	lacks_kernels avx2

	sed -i '/Name: "fade"/a {Name: "mean", Out: "uint8", Expr: "uint8((uint16(x) + uint16(y) + 1) >> 1)"},' gen/main.go
	go generate ./...
	go_test ./rules -run 'TestKernels$/./mean-'
	(($(passed_kernels "$best") > 0)) || die "the fourth rule has no kernel at $best"
	sed -i 's/uint16(y) + 1/uint16(y) + 2/' rules/scalar.go
	! go test ./rules -run 'TestKernels$/Values/mean-' >"$work/log" || die "the tests do not see a wrong kernel"
	grep -E '^ *--- FAIL: TestKernels/Values/mean-vv-' "$work/log" >/dev/null || die "the tests failed otherwise: $(cat "$work/log")"
	passed 1
}

# The first command of the README and its program, as they stand there.
lane-readme() {
	local command out=$work/masked.png
	command=$(grep -m1 -E '^(\$ )?go run \./cmd/hadamard multiply ' README.md | sed 's/^\$ //')
	[[ $command == *' -o masked.png' ]] || die "README.md has no command that writes masked.png"
	rm -f masked.png
	echo "\$ $command"
	bash -euc "$command"
	mv masked.png "$out"
	png_size "$out" 768 520
	# It must be the very picture that the example makes with the library alone.
	go run ./examples/mask examples/photo.jpg examples/mask.png "$work/example.png"
	go run scripts/ci/samepixels.go "$out" "$work/example.png"
	passed 2

	scratch_module
	# shellcheck disable=SC2016 # the backquotes are Markdown
	sed -n '/^```go$/,/^```$/{/^```/!p}' README.md >"$work/scratch/main.go"
	(cd "$work/scratch" && go run .) | tee "$work/program"
	sed -nE 's/^\t\/\/ (.*\].*)/\1/p' "$work/scratch/main.go" | diff - "$work/program" || die "the program of the README prints something else"
	passed 1
}

# png_size FILE WIDTH HEIGHT asserts the size of a PNG.
png_size() {
	local got
	got=$(od -An -tu1 -j16 -N8 "$1" | awk '{ print ($1*256+$2)*65536+$3*256+$4, ($5*256+$6)*65536+$7*256+$8 }')
	[[ $got == "$2 $3" ]] || die "$1 is $got, want $2 $3"
	echo "$(basename "$1"): $2 x $3, $(stat -c %s "$1") bytes"
}

# Every fuzz target on ${FUZZ_INPUTS:-20000} inputs. A number of them, since a time that
# is up while one is being shortened is reported as a failure now and then; shortening ends
# after 100 tries, since it would otherwise take up to a minute, in which nothing is tried.
lane-fuzz() {
	local file target execs inputs=${FUZZ_INPUTS:-20000}
	while IFS=: read -r file target; do
		echo "\$ go test -fuzz=^$target\$ -fuzztime=${inputs}x ./$(dirname "$file")"
		go test -run='^$' -fuzz="^$target\$" -fuzztime="${inputs}x" -fuzzminimizetime=100x "./$(dirname "$file")" >"$work/log" 2>&1 ||
			{ tail -100 "$work/log"; die "$target failed"; }
		execs=$(sed -n 's/.*execs: \([0-9]*\).*/\1/p' "$work/log" | tail -1)
		((${execs:-0} >= inputs)) || die "$target ran ${execs:-0} inputs, not $inputs"
		echo "$target: $execs inputs"
		passed 1
	done < <(git grep -noE '^func Fuzz[A-Za-z0-9]+' -- '*_test.go' | sed -E 's/:[0-9]+:func /:/')
}

# The longest time that a kernel's thread takes for one call, by pattern: a stop-the-world
# waits for it. Each is the best of 20 rounds, so that only what is long every time fails.
lane-pauses() {
	local most=100 slow
	go test -run='^$' -bench='^BenchmarkLongestCall$' -benchtime=1x ./runtime/internal/flow >"$work/log" 2>&1 || { tail -50 "$work/log"; die "the benchmark failed"; }
	grep -E '^BenchmarkLongestCall/' "$work/log" | sed -E 's/^BenchmarkLongestCall\///; s/-[0-9]+[[:space:]].*[[:space:]]([0-9.]+) us.call/ \1 us/'
	slow=$(awk -v most="$most" '/^BenchmarkLongestCall\// && $(NF-1) > most { print $1, $(NF-1) }' "$work/log")
	[[ -z $slow ]] || die "calls of more than $most us:"$'\n'"$slow"
	passed "$(grep -cE '^BenchmarkLongestCall/' "$work/log")"
}
