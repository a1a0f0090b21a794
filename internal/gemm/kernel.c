//go:build cgo

#include "kernel_c.h"
#include <string.h>

#define REP4(M) M(0) M(1) M(2) M(3)
#define REP6(M) REP4(M) M(4) M(5)
#define REP8(M) REP6(M) M(6) M(7)
#define REP14(M) REP8(M) M(8) M(9) M(10) M(11) M(12) M(13)

// Four floats, of any instruction set.
typedef float quad __attribute__((vector_size(16)));
typedef float quadu __attribute__((vector_size(16), aligned(4), may_alias));
static const quad one = {1, 1, 1, 1};
#if defined(__clang__) || __GNUC__ >= 12
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef int quadi __attribute__((vector_size(16)));
#define PICK(a, b, ...) __builtin_shuffle(a, b, (quadi){__VA_ARGS__})
#endif

// base: what the compiler may use everywhere, SSE2 on amd64 and NEON on arm64.
typedef float base_v __attribute__((vector_size(16)));
typedef float base_vu __attribute__((vector_size(16), aligned(4), may_alias));
typedef int base_vi __attribute__((vector_size(16)));
#define NAME(f) base_##f
#define TARGET
#define V base_v
#define VU base_vu
#define VI base_vi
#define VW 4
#if defined(__aarch64__)
#define MR 8
#define REP REP8
#else
#define MR 4
#define REP REP4
#endif
#define SPLAT(x) ((base_v){x, x, x, x})
#define FMA(a, b, c) ((a) * (b) + (c))
#include "kernel.h"
#undef NAME
#undef TARGET
#undef V
#undef VU
#undef VI
#undef VW
#undef SPLAT
#undef FMA
enum { base_mr = MR, base_nr = 8 };
#undef MR
#undef REP

#if defined(__x86_64__)
#include <immintrin.h>

typedef float avx2_vu __attribute__((vector_size(32), aligned(4), may_alias));
typedef int avx2_vi __attribute__((vector_size(32)));
#define NAME(f) avx2_##f
#define TARGET __attribute__((target("avx2,fma")))
#define V __m256
#define VU avx2_vu
#define VI avx2_vi
#define VW 8
#define MR 6
#define REP REP6
#define SPLAT(x) _mm256_set1_ps(x)
#define FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#include "kernel.h"
#undef NAME
#undef TARGET
#undef V
#undef VU
#undef VI
#undef VW
#undef MR
#undef REP
#undef SPLAT
#undef FMA

typedef float avx512_vu __attribute__((vector_size(64), aligned(4), may_alias));
typedef int avx512_vi __attribute__((vector_size(64)));
#define NAME(f) avx512_##f
#define TARGET __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define V __m512
#define VU avx512_vu
#define VI avx512_vi
#define VW 16
#define MR 14
#define REP REP14
#define SPLAT(x) _mm512_set1_ps(x)
#define FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#include "kernel.h"
#undef NAME
#undef TARGET
#undef V
#undef VU
#undef VI
#undef VW
#undef MR
#undef REP
#undef SPLAT
#undef FMA

#define CALL(isa, f, ...) ((isa) == 2 ? avx512_##f(__VA_ARGS__) : (isa) == 1 ? avx2_##f(__VA_ARGS__) : base_##f(__VA_ARGS__))
#else
#define CALL(isa, f, ...) ((void)(isa), base_##f(__VA_ARGS__))
#endif

int fg_best(void)
{
#if defined(__x86_64__)
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma"))
		return 2;
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		return 1;
#endif
	return 0;
}

int fg_mr(int isa)
{
	return isa == 2 ? 14 : isa == 1 ? 6 : base_mr;
}

int fg_nr(int isa)
{
	return isa == 2 ? 32 : isa == 1 ? 16 : base_nr;
}

void fg_macro(int isa, long m, long n, long k, const float *a, const float *b, float *c, long ldc, float alpha, int add)
{
	CALL(isa, macro, m, n, k, a, b, c, ldc, alpha, add);
}

void fg_packn(int isa, float *dst, const float *src, long ld, long k, long w, long p, const float *sk, const float *sw)
{
	CALL(isa, packn, dst, src, ld, k, w, p, sk, sw);
}

void fg_packt(int isa, float *dst, const float *src, long ld, long k, long w, long p, const float *sk, const float *sw)
{
	CALL(isa, packt, dst, src, ld, k, w, p, sk, sw);
}

void fg_softmax(int isa, float *z, long ld, long m, long n, float floor, float *max, float *sum)
{
	CALL(isa, softmax, z, ld, m, n, floor, max, sum);
}

void fg_sumsq(int isa, const float *x, long ld, long m, long d, double *out)
{
	CALL(isa, sumsq, x, ld, m, d, out);
}

void fg_project(int isa, float *g, long ldg, const float *w, long ldw, const float *inv, long m, long d)
{
	CALL(isa, project, g, ldg, w, ldw, inv, m, d);
}

void fg_axpy(int isa, float *y, const float *x, float a, long n)
{
	CALL(isa, axpy, y, x, a, n);
}

void fg_sqdist(int isa, const float *x, const float *c, long ldc, long m, long d, float *out)
{
	CALL(isa, sqdist, x, c, ldc, m, d, out);
}
