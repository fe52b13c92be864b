/* Measures the limit: how fast this machine reads and writes memory, at best.
 *
 *     cc -O3 -march=native -fopenmp limits.c -o limits && ./limits [THREADS] > limits.json
 *
 * A loop for each way of reading 0 to 3 arrays and writing one, at working sets from
 * 4 KiB to 1.2 GiB: nanoseconds for each byte written, the least over ordinary and
 * non-temporal stores, two ways to order loads and stores, arrays that start at several
 * distances, and repeats. compare.py makes from it the time that no multiply of
 * a case can beat by much. It needs AVX2, and uses AVX-512 where the compiler may. */
#define _GNU_SOURCE
#include <immintrin.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

typedef void kernel(const float *a, const float *b, const float *c, float *out, size_t n);

static volatile float one = 1; /* a factor that the compiler does not know */

#ifdef __AVX512F__
#define VECTOR(F) _mm512_##F
typedef __m512 vector;
#else
#define VECTOR(F) _mm256_##F
typedef __m256 vector;
#endif
enum { LANES = sizeof(vector) / sizeof(float) };

/* GROUP floats are loaded, then stored: 64 keep reads and writes apart, LANES alternate. */
#define KERNEL(NAME, GROUP, VALUE, STORE)                                                      \
	__attribute__((noinline, optimize("unroll-loops"))) static void NAME(                     \
	    const float *restrict a, const float *restrict b, const float *restrict c,            \
	    float *restrict out, size_t n) {                                                      \
		const vector s = VECTOR(set1_ps)(one);                                                \
		(void)a, (void)b, (void)c, (void)s;                                                   \
		for (size_t i = 0; i < n; i += GROUP)                                                 \
			for (size_t j = i; j < i + GROUP; j += LANES) STORE(out + j, VALUE);              \
	}
#define MUL VECTOR(mul_ps)
#define AT(p) VECTOR(load_ps)(p + j)
#define KERNELS(NAME, VALUE)                                  \
	KERNEL(NAME##_store64, 64, VALUE, VECTOR(store_ps))       \
	KERNEL(NAME##_store1, LANES, VALUE, VECTOR(store_ps))     \
	KERNEL(NAME##_stream64, 64, VALUE, VECTOR(stream_ps))     \
	KERNEL(NAME##_stream1, LANES, VALUE, VECTOR(stream_ps))
KERNELS(w, s)
KERNELS(rw, MUL(AT(a), s))
KERNELS(rrw, MUL(AT(a), AT(b)))
KERNELS(rrrw, MUL(MUL(AT(a), AT(b)), AT(c)))
KERNELS(iw, MUL(AT(out), s))
KERNELS(irw, MUL(AT(out), AT(a)))

#define ALL(NAME) {NAME##_store64, NAME##_store1, NAME##_stream64, NAME##_stream1}
enum { KINDS = 4, FIRST_STREAM = 2 };
static const struct {
	const char *name; /* W write, R read, I in place */
	int arrays;
	kernel *kinds[KINDS];
} patterns[] = {
    {"W", 1, ALL(w)}, {"RW", 2, ALL(rw)}, {"RRW", 3, ALL(rrw)}, {"RRRW", 4, ALL(rrrw)},
    {"IW", 1, ALL(iw)}, {"IRW", 2, ALL(irw)},
};

static const size_t kib[] = {4, 8, 16, 24, 28, 32, 48, 64, 96, 128, 192, 256, 320, 384, 448, 512, 768,
    1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 20480, 24576, 28672, 32768, 49152, 65536,
    98304, 131072, 262144, 524288, 1228800};
#define COUNT(a) (sizeof(a) / sizeof(*(a)))

enum { HUGE_PAGE = 2 << 20, STREAM_FROM_KIB = 512 /* in smaller caches they never win */ };
static const double batch = 1.5e6; /* nanoseconds */

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The least time of a call on arrays of `per` bytes that start `per + gap` apart. */
static double measure(kernel *k, int arrays, char *memory, size_t per, size_t gap) {
	double least = 1e30;
	long calls = 1;
	int repeats = 10; /* run it again for more: compare.py takes the least */
#pragma omp parallel
	{
		size_t n = per / 4 / (size_t)omp_get_num_threads(); /* floats for each thread */
		float *p[4];
		for (int i = 0; i < 4; i++)
			p[i] = (float *)(memory + (i < arrays ? i : 0) * (per + gap)) + (size_t)omp_get_thread_num() * n;
#pragma omp master
		for (;;) {
			double start = now();
			for (long i = 0; i < calls; i++) k(p[1], p[2], p[3], p[0], n);
			double took = now() - start;
			if (took > 20e6) repeats = 4;
			if (took > batch || calls > 1 << 24) break;
			calls *= 2;
		}
#pragma omp barrier
		for (int r = 0; r < repeats; r++) {
#pragma omp barrier
			double start = now();
			for (long i = 0; i < calls; i++) k(p[1], p[2], p[3], p[0], n);
			_mm_sfence(); /* streamed stores are done */
#pragma omp barrier
			double took = (now() - start) / (double)calls;
#pragma omp master
			if (took < least) least = took;
		}
	}
	return least;
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	if (threads < 1) {
		fprintf(stderr, "usage: limits [THREADS]\n");
		return 2;
	}
	omp_set_num_threads(threads);
	size_t size = ((size_t)kib[COUNT(kib) - 1] << 10) + 2 * HUGE_PAGE;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("limits");
		return 1;
	}
	memory = (char *)(((size_t)memory + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1));
	size -= HUGE_PAGE;
	madvise(memory, size, MADV_HUGEPAGE);
	for (size_t i = 0; i < size / 4; i++) ((float *)memory)[i] = 1;

	printf("{\"threads\": %d, \"unit\": \"ns per byte written\", \"rows\": [", threads);
	const char *separator = "\n";
	for (size_t p = 0; p < COUNT(patterns); p++)
		for (size_t s = 0; s < COUNT(kib); s++) {
			size_t per = (kib[s] << 10) / (size_t)patterns[p].arrays;
			per -= per % (256 * (size_t)threads);
			if (per == 0) continue;
			/* Distances between arrays: caches have sets, and loads alias stores at 4 KiB. */
			static const size_t gaps[] = {0, 1088, 64, 2112};
			size_t tries = patterns[p].arrays == 1 ? 1 : kib[s] <= 4096 ? 4 : 2;
			double least[2] = {1e30, 1e30};
			for (int i = 0; i < KINDS; i++) {
				int stream = i >= FIRST_STREAM;
				if (stream && (kib[s] < STREAM_FROM_KIB || patterns[p].name[0] == 'I')) continue;
				for (size_t g = 0; g < tries; g++) {
					double ns = measure(patterns[p].kinds[i], patterns[p].arrays, memory, per, gaps[g]);
					if (ns < least[stream]) least[stream] = ns;
				}
			}
			int stream = least[1] < least[0];
			printf("%s{\"pattern\": \"%s\", \"kib\": %zu, \"ns_per_byte\": %.6f, \"stores\": \"%s\"}", separator,
			    patterns[p].name, kib[s], least[stream] / (double)per, stream ? "non-temporal" : "ordinary");
			separator = ",\n";
			fflush(stdout);
		}
	printf("\n]}\n");
}
