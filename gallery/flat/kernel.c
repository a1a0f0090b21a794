//go:build amd64 || arm64

// Inner loops by instruction set. A block of the high plane is 16 rows: for each group of 8 dimensions 64 bytes, 4 a
// row, whose low nibbles are dimensions 0-3 of the group and whose high nibbles are 4-7. So one vector instruction
// multiplies four dimensions of 16 rows with four broadcast values of the probe, and no sum runs across lanes.
// A row of the low plane is dp/2 bytes: 64 bytes for each 128 dimensions, low nibbles 0-63, high nibbles 64-127.
#include "kernel.h"
#include <string.h>

typedef struct {
	// D of 16 rows for one probe, and for a tile of 16 probes (d[probe][row]).
	void (*dot1)(const uint8_t *h, int groups, const int8_t *e, int32_t *d);
	void (*dot16)(const uint8_t *h, int groups, const int8_t *e, int32_t *d);
	// For n probes, m[probe]: bit i set if row i may still win.
	void (*filter)(const int32_t *d, const float *s, const float *r4, const flat_probe *p, int n, uint32_t *m);
	// The sums of e times the low nibbles of four rows.
	void (*low4)(const uint8_t *const *l, int dp, const int8_t *e, int32_t *out);
	void (*dots)(const float *q, const float *x, int n, int d, double *out);
} loops;

// The reference sum of products: 16 lanes, then halves. A product of two float32 is exact in a double, so that
// fused and separate multiply-add round alike and only this order matters.
static double fold16(double *s, const float *q, const float *x, int from, int d) {
	for (int i = from; i < d; i++)
		s[i & 15] += (double)q[i] * (double)x[i];
	for (int h = 8; h > 0; h >>= 1)
		for (int i = 0; i < h; i++)
			s[i] += s[i + h];
	return s[0];
}

#ifdef __x86_64__
#include <immintrin.h>

#define VNNI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define AVX2 __attribute__((target("avx2,fma")))

VNNI static void vnni_dot1(const uint8_t *h, int groups, const int8_t *e, int32_t *d) {
	const __m512i nib = _mm512_set1_epi8(15);
	const int32_t *q = (const int32_t *)e;
	__m512i a0 = _mm512_setzero_si512(), a1 = a0, a2 = a0, a3 = a0;
	for (int g = 0; g < groups; g += 2, h += 128, q += 4) {
		__m512i v = _mm512_loadu_si512(h), w = _mm512_loadu_si512(h + 64);
		a0 = _mm512_dpbusd_epi32(a0, _mm512_and_si512(v, nib), _mm512_set1_epi32(q[0]));
		a1 = _mm512_dpbusd_epi32(a1, _mm512_and_si512(_mm512_srli_epi16(v, 4), nib), _mm512_set1_epi32(q[1]));
		a2 = _mm512_dpbusd_epi32(a2, _mm512_and_si512(w, nib), _mm512_set1_epi32(q[2]));
		a3 = _mm512_dpbusd_epi32(a3, _mm512_and_si512(_mm512_srli_epi16(w, 4), nib), _mm512_set1_epi32(q[3]));
	}
	_mm512_storeu_si512(d, _mm512_add_epi32(_mm512_add_epi32(a0, a1), _mm512_add_epi32(a2, a3)));
}

VNNI static void vnni_dot16(const uint8_t *h, int groups, const int8_t *e, int32_t *d) {
	const __m512i nib = _mm512_set1_epi8(15);
	const int32_t *q = (const int32_t *)e;
	__m512i a[16];
#pragma GCC unroll 16
	for (int i = 0; i < 16; i++)
		a[i] = _mm512_setzero_si512();
	for (int g = 0; g < groups; g++, h += 64, q += 32) {
		__m512i v = _mm512_loadu_si512(h);
		__m512i lo = _mm512_and_si512(v, nib), hi = _mm512_and_si512(_mm512_srli_epi16(v, 4), nib);
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++)
			a[i] = _mm512_dpbusd_epi32(a[i], lo, _mm512_set1_epi32(q[2 * i]));
#pragma GCC unroll 16
		for (int i = 0; i < 16; i++)
			a[i] = _mm512_dpbusd_epi32(a[i], hi, _mm512_set1_epi32(q[2 * i + 1]));
	}
#pragma GCC unroll 16
	for (int i = 0; i < 16; i++)
		_mm512_storeu_si512(d + 16 * i, a[i]);
}

VNNI static void vnni_filter(const int32_t *d, const float *s, const float *r4, const flat_probe *p, int n, uint32_t *m) {
	const __m512 vs = _mm512_loadu_ps(s), vr = _mm512_loadu_ps(r4);
	for (; n > 0; n--, d += 16, p++) {
		__m512i i = _mm512_sub_epi32(_mm512_slli_epi32(_mm512_loadu_si512(d), 1), _mm512_set1_epi32(p->bias));
		__m512 x = _mm512_mul_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(i), vs), _mm512_set1_ps(p->a));
		x = _mm512_fmadd_ps(vr, _mm512_set1_ps(p->b), x);
		*m++ = _mm512_cmp_ps_mask(x, _mm512_set1_ps(p->thr), _CMP_GE_OQ);
	}
}

VNNI static void vnni_low4(const uint8_t *const *l, int dp, const int8_t *e, int32_t *out) {
	const __m512i nib = _mm512_set1_epi8(15);
	__m512i a[4];
#pragma GCC unroll 4
	for (int r = 0; r < 4; r++)
		a[r] = _mm512_setzero_si512();
	for (int i = 0; i < dp; i += 128) {
		__m512i q = _mm512_loadu_si512(e + i), w = _mm512_loadu_si512(e + i + 64);
#pragma GCC unroll 4
		for (int r = 0; r < 4; r++) {
			__m512i v = _mm512_loadu_si512(l[r] + i / 2);
			a[r] = _mm512_dpbusd_epi32(a[r], _mm512_and_si512(v, nib), q);
			a[r] = _mm512_dpbusd_epi32(a[r], _mm512_and_si512(_mm512_srli_epi16(v, 4), nib), w);
		}
	}
	// Adds the lanes of four vectors at once.
	__m512i x = _mm512_add_epi32(_mm512_unpacklo_epi32(a[0], a[1]), _mm512_unpackhi_epi32(a[0], a[1]));
	__m512i y = _mm512_add_epi32(_mm512_unpacklo_epi32(a[2], a[3]), _mm512_unpackhi_epi32(a[2], a[3]));
	x = _mm512_add_epi32(_mm512_unpacklo_epi64(x, y), _mm512_unpackhi_epi64(x, y));
	__m256i h = _mm256_add_epi32(_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1));
	_mm_storeu_si128((__m128i *)out, _mm_add_epi32(_mm256_castsi256_si128(h), _mm256_extracti128_si256(h, 1)));
}

VNNI static void vnni_dots(const float *q, const float *x, int n, int d, double *out) {
	for (int r = 0; r < n; r++, x += d) {
		__m512d a = _mm512_setzero_pd(), b = a;
		int i = 0;
		for (; i + 16 <= d; i += 16) {
			a = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(q + i)), _mm512_cvtps_pd(_mm256_loadu_ps(x + i)), a);
			b = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(q + i + 8)), _mm512_cvtps_pd(_mm256_loadu_ps(x + i + 8)), b);
		}
		double s[16];
		_mm512_storeu_pd(s, a);
		_mm512_storeu_pd(s + 8, b);
		out[r] = fold16(s, q, x, i, d);
	}
}

// Sixteen-bit sums hold eight products of pairs: 8 * 2*15*127 = 30480.
AVX2 static void avx2_dot1(const uint8_t *h, int groups, const int8_t *e, int32_t *d) {
	const __m256i nib = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
	const int32_t *q = (const int32_t *)e;
	__m256i a0 = _mm256_setzero_si256(), a1 = a0;
	for (int g = 0; g < groups; g += 4) {
		__m256i s0 = _mm256_setzero_si256(), s1 = s0;
		for (int k = 0; k < 4; k++, h += 64, q += 2) {
			__m256i v = _mm256_loadu_si256((const __m256i *)h), w = _mm256_loadu_si256((const __m256i *)(h + 32));
			__m256i lo = _mm256_set1_epi32(q[0]), hi = _mm256_set1_epi32(q[1]);
			s0 = _mm256_add_epi16(s0, _mm256_maddubs_epi16(_mm256_and_si256(v, nib), lo));
			s1 = _mm256_add_epi16(s1, _mm256_maddubs_epi16(_mm256_and_si256(w, nib), lo));
			s0 = _mm256_add_epi16(s0, _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(v, 4), nib), hi));
			s1 = _mm256_add_epi16(s1, _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(w, 4), nib), hi));
		}
		a0 = _mm256_add_epi32(a0, _mm256_madd_epi16(s0, one));
		a1 = _mm256_add_epi32(a1, _mm256_madd_epi16(s1, one));
	}
	_mm256_storeu_si256((__m256i *)d, a0);
	_mm256_storeu_si256((__m256i *)(d + 8), a1);
}

AVX2 static void avx2_dot16(const uint8_t *h0, int groups, const int8_t *e, int32_t *d) {
	const __m256i nib = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
	for (int t = 0; t < 16; t += 4) { // four probes at once
		const uint8_t *h = h0;
		const int32_t *q = (const int32_t *)e + 2 * t;
		__m256i a[8], s[8];
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			a[i] = _mm256_setzero_si256();
		for (int g = 0; g < groups; g += 4) {
#pragma GCC unroll 8
			for (int i = 0; i < 8; i++)
				s[i] = _mm256_setzero_si256();
			for (int k = 0; k < 4; k++, h += 64, q += 32) {
				__m256i v = _mm256_loadu_si256((const __m256i *)h), w = _mm256_loadu_si256((const __m256i *)(h + 32));
				__m256i vl = _mm256_and_si256(v, nib), vh = _mm256_and_si256(_mm256_srli_epi16(v, 4), nib);
				__m256i wl = _mm256_and_si256(w, nib), wh = _mm256_and_si256(_mm256_srli_epi16(w, 4), nib);
#pragma GCC unroll 4
				for (int i = 0; i < 4; i++) {
					__m256i lo = _mm256_set1_epi32(q[2 * i]), hi = _mm256_set1_epi32(q[2 * i + 1]);
					s[2 * i] = _mm256_add_epi16(s[2 * i], _mm256_add_epi16(_mm256_maddubs_epi16(vl, lo), _mm256_maddubs_epi16(vh, hi)));
					s[2 * i + 1] = _mm256_add_epi16(s[2 * i + 1], _mm256_add_epi16(_mm256_maddubs_epi16(wl, lo), _mm256_maddubs_epi16(wh, hi)));
				}
			}
#pragma GCC unroll 8
			for (int i = 0; i < 8; i++)
				a[i] = _mm256_add_epi32(a[i], _mm256_madd_epi16(s[i], one));
		}
#pragma GCC unroll 8
		for (int i = 0; i < 8; i++)
			_mm256_storeu_si256((__m256i *)(d + 16 * t + 8 * i), a[i]);
	}
}

AVX2 static void avx2_filter(const int32_t *d, const float *s, const float *r4, const flat_probe *p, int n, uint32_t *m) {
	for (; n > 0; n--, d += 16, p++, m++) {
		*m = 0;
		for (int h = 0; h < 16; h += 8) {
			__m256i i = _mm256_sub_epi32(_mm256_slli_epi32(_mm256_loadu_si256((const __m256i *)(d + h)), 1), _mm256_set1_epi32(p->bias));
			__m256 x = _mm256_mul_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(i), _mm256_loadu_ps(s + h)), _mm256_set1_ps(p->a));
			x = _mm256_fmadd_ps(_mm256_loadu_ps(r4 + h), _mm256_set1_ps(p->b), x);
			*m |= (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(x, _mm256_set1_ps(p->thr), _CMP_GE_OQ)) << h;
		}
	}
}

AVX2 static inline int32_t avx2_low(const uint8_t *l, int dp, const int8_t *e) {
	const __m256i nib = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
	__m256i a = _mm256_setzero_si256();
	for (int i = 0; i < dp; i += 128) {
		__m256i s = _mm256_setzero_si256();
		for (int h = 0; h < 64; h += 32) {
			__m256i v = _mm256_loadu_si256((const __m256i *)(l + i / 2 + h));
			s = _mm256_add_epi16(s, _mm256_maddubs_epi16(_mm256_and_si256(v, nib), _mm256_loadu_si256((const __m256i *)(e + i + h))));
			s = _mm256_add_epi16(s, _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(v, 4), nib), _mm256_loadu_si256((const __m256i *)(e + i + 64 + h))));
		}
		a = _mm256_add_epi32(a, _mm256_madd_epi16(s, one));
	}
	__m128i x = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
	x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0x4e));
	x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0xb1));
	return _mm_cvtsi128_si32(x);
}

AVX2 static void avx2_low4(const uint8_t *const *l, int dp, const int8_t *e, int32_t *out) {
	for (int r = 0; r < 4; r++)
		out[r] = avx2_low(l[r], dp, e);
}

AVX2 static void avx2_dots(const float *q, const float *x, int n, int d, double *out) {
	for (int r = 0; r < n; r++, x += d) {
		__m256d a[4];
#pragma GCC unroll 4
		for (int j = 0; j < 4; j++)
			a[j] = _mm256_setzero_pd();
		int i = 0;
		for (; i + 16 <= d; i += 16) {
#pragma GCC unroll 4
			for (int j = 0; j < 4; j++)
				a[j] = _mm256_fmadd_pd(_mm256_cvtps_pd(_mm_loadu_ps(q + i + 4 * j)), _mm256_cvtps_pd(_mm_loadu_ps(x + i + 4 * j)), a[j]);
		}
		double s[16];
#pragma GCC unroll 4
		for (int j = 0; j < 4; j++)
			_mm256_storeu_pd(s + 4 * j, a[j]);
		out[r] = fold16(s, q, x, i, d);
	}
}

static const loops table[FLAT_KERNELS] = {
	[FLAT_AVX512VNNI] = {vnni_dot1, vnni_dot16, vnni_filter, vnni_low4, vnni_dots},
	[FLAT_AVX2] = {avx2_dot1, avx2_dot16, avx2_filter, avx2_low4, avx2_dots},
};

int flat_has(int k) {
	__builtin_cpu_init();
	switch (k) {
	case FLAT_AVX512VNNI:
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
			__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");
	case FLAT_AVX2:
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
	}
	return 0;
}
#endif

#ifdef __aarch64__
#include <arm_neon.h>

// Nibbles are at most 15, so that they are signed bytes too. Plain NEON adds two 16-bit products of
// |15*127| before it widens; the dot-product extension does four at once in 32 bits.
static inline int32x4_t mac_plain(int32x4_t a, int8x16_t n, int8x16_t q) {
	int16x8_t lo = vmull_s8(vget_low_s8(n), vget_low_s8(q)), hi = vmull_high_s8(n, q);
	return vpadalq_s16(a, vpaddq_s16(lo, hi));
}

#if defined(__clang__)
#define DOTPROD __attribute__((target("dotprod")))
#else
#define DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
DOTPROD static inline int32x4_t mac_dotprod(int32x4_t a, int8x16_t n, int8x16_t q) { return vdotq_s32(a, n, q); }

#define NEON_LOOPS(ATTR, NAME, MAC)                                                                       \
	ATTR static void NAME##_dot1(const uint8_t *h, int groups, const int8_t *e, int32_t *d) {             \
		const int32_t *q = (const int32_t *)e;                                                            \
		int32x4_t a[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};                \
		for (int g = 0; g < groups; g++, h += 64, q += 2) {                                               \
			int8x16_t lo = vreinterpretq_s8_s32(vdupq_n_s32(q[0]));                                       \
			int8x16_t hi = vreinterpretq_s8_s32(vdupq_n_s32(q[1]));                                       \
			for (int i = 0; i < 4; i++) {                                                                 \
				uint8x16_t v = vld1q_u8(h + 16 * i);                                                      \
				a[i] = MAC(a[i], vreinterpretq_s8_u8(vandq_u8(v, vdupq_n_u8(15))), lo);                   \
				a[i] = MAC(a[i], vreinterpretq_s8_u8(vshrq_n_u8(v, 4)), hi);                              \
			}                                                                                             \
		}                                                                                                 \
		for (int i = 0; i < 4; i++)                                                                       \
			vst1q_s32(d + 4 * i, a[i]);                                                                   \
	}                                                                                                     \
	ATTR static void NAME##_dot16(const uint8_t *h0, int groups, const int8_t *e, int32_t *d) {           \
		for (int t = 0; t < 16; t += 4) {                                                                 \
			const uint8_t *h = h0;                                                                        \
			const int32_t *q = (const int32_t *)e + 2 * t;                                                \
			int32x4_t a[4][4];                                                                            \
			for (int i = 0; i < 16; i++)                                                                  \
				a[i / 4][i % 4] = vdupq_n_s32(0);                                                         \
			for (int g = 0; g < groups; g++, h += 64, q += 32)                                            \
				for (int i = 0; i < 4; i++) {                                                             \
					uint8x16_t v = vld1q_u8(h + 16 * i);                                                  \
					int8x16_t lo = vreinterpretq_s8_u8(vandq_u8(v, vdupq_n_u8(15)));                      \
					int8x16_t hi = vreinterpretq_s8_u8(vshrq_n_u8(v, 4));                                 \
					for (int j = 0; j < 4; j++) {                                                         \
						a[j][i] = MAC(a[j][i], lo, vreinterpretq_s8_s32(vdupq_n_s32(q[2 * j])));          \
						a[j][i] = MAC(a[j][i], hi, vreinterpretq_s8_s32(vdupq_n_s32(q[2 * j + 1])));      \
					}                                                                                     \
				}                                                                                         \
			for (int i = 0; i < 16; i++)                                                                  \
				vst1q_s32(d + 16 * t + 4 * i, a[i / 4][i % 4]);                                           \
		}                                                                                                 \
	}                                                                                                     \
	ATTR static void NAME##_low4(const uint8_t *const *l, int dp, const int8_t *e, int32_t *out) {        \
		for (int r = 0; r < 4; r++) {                                                                     \
			int32x4_t a = vdupq_n_s32(0), b = a;                                                          \
			for (int i = 0; i < dp; i += 128)                                                             \
				for (int h = 0; h < 64; h += 16) {                                                        \
					uint8x16_t v = vld1q_u8(l[r] + i / 2 + h);                                            \
					a = MAC(a, vreinterpretq_s8_u8(vandq_u8(v, vdupq_n_u8(15))), vld1q_s8(e + i + h));    \
					b = MAC(b, vreinterpretq_s8_u8(vshrq_n_u8(v, 4)), vld1q_s8(e + i + 64 + h));          \
				}                                                                                         \
			out[r] = vaddvq_s32(vaddq_s32(a, b));                                                         \
		}                                                                                                 \
	}

NEON_LOOPS(, neon, mac_plain)
NEON_LOOPS(DOTPROD, neondot, mac_dotprod)

static void neon_filter(const int32_t *d, const float *s, const float *r4, const flat_probe *p, int n, uint32_t *m) {
	const uint32x4_t bit = {1, 2, 4, 8};
	for (; n > 0; n--, d += 16, p++, m++) {
		*m = 0;
		for (int h = 0; h < 16; h += 4) {
			int32x4_t i = vsubq_s32(vshlq_n_s32(vld1q_s32(d + h), 1), vdupq_n_s32(p->bias));
			float32x4_t x = vmulq_n_f32(vmulq_f32(vcvtq_f32_s32(i), vld1q_f32(s + h)), p->a);
			uint32x4_t c = vcgeq_f32(vfmaq_n_f32(x, vld1q_f32(r4 + h), p->b), vdupq_n_f32(p->thr));
			*m |= vaddvq_u32(vandq_u32(c, bit)) << h;
		}
	}
}

static void neon_dots(const float *q, const float *x, int n, int d, double *out) {
	for (int r = 0; r < n; r++, x += d) {
		float64x2_t a[8];
		for (int j = 0; j < 8; j++)
			a[j] = vdupq_n_f64(0);
		int i = 0;
		for (; i + 16 <= d; i += 16)
			for (int j = 0; j < 4; j++) {
				float32x4_t u = vld1q_f32(q + i + 4 * j), v = vld1q_f32(x + i + 4 * j);
				a[2 * j] = vfmaq_f64(a[2 * j], vcvt_f64_f32(vget_low_f32(u)), vcvt_f64_f32(vget_low_f32(v)));
				a[2 * j + 1] = vfmaq_f64(a[2 * j + 1], vcvt_high_f64_f32(u), vcvt_high_f64_f32(v));
			}
		double s[16];
		for (int j = 0; j < 8; j++)
			vst1q_f64(s + 2 * j, a[j]);
		out[r] = fold16(s, q, x, i, d);
	}
}

static const loops table[FLAT_KERNELS] = {
	[FLAT_NEONDOT] = {neondot_dot1, neondot_dot16, neon_filter, neondot_low4, neon_dots},
	[FLAT_NEON] = {neon_dot1, neon_dot16, neon_filter, neon_low4, neon_dots},
};

int flat_has(int k) { return k == FLAT_NEONDOT || k == FLAT_NEON; }
#endif

static inline int keep(uint32_t m, int row, const int32_t *d, int32_t *idx, int32_t *dot, int n) {
	for (; m; m &= m - 1, n++) {
		int i = __builtin_ctz(m);
		idx[n] = row + i;
		dot[n] = d[i];
	}
	return n;
}

void flat_scan(int kernel, const uint8_t *h, const float *s, const float *r4, int rows, int dp, int nq, const int8_t *e,
	const flat_probe *p, int32_t *idx, int32_t *dot, int32_t *count, int cap) {
	const loops *k = &table[kernel];
	int32_t d[256];
	uint32_t m[16];
	memset(count, 0, sizeof *count * nq);
	for (int row = 0; row < rows; row += 16, h += 8 * dp, s += 16, r4 += 16) {
		uint32_t live = rows - row >= 16 ? 0xffff : (1u << (rows - row)) - 1;
		for (int t = 0; t < nq; t += 16) {
			int n = nq - t < 16 ? nq - t : 16;
			(nq == 1 ? k->dot1 : k->dot16)(h, dp / 8, e + t * dp, d);
			k->filter(d, s, r4, p + t, n, m);
			for (int q = 0; q < n; q++)
				if (m[q] & live)
					count[t + q] = keep(m[q] & live, row, d + 16 * q, idx + (long)(t + q) * cap, dot + (long)(t + q) * cap, count[t + q]);
		}
	}
}

int flat_refine(int kernel, const uint8_t *l, const float *s, const float *r8, int dp, const int8_t *e,
	const flat_probe *p, int32_t *idx, const int32_t *dot, int n, double *ub) {
	int m = 0;
	for (int i = 0; i < n; i += 4) {
		const uint8_t *row[4];
		int32_t low[4];
		for (int j = 0; j < 4; j++) {
			row[j] = l + (long)idx[i + j < n ? i + j : n - 1] * (dp / 2);
			if (i + j + 8 < n) // rows far apart: what the hardware cannot foresee
				for (int k = 0; k < dp / 2; k += 64)
					__builtin_prefetch(l + (long)idx[i + j + 8] * (dp / 2) + k);
		}
		table[kernel].low4(row, dp, e, low);
		for (int j = 0; j < 4 && i + j < n; j++) {
			int r = idx[i + j];
			int64_t u = 16 * (int64_t)dot[i + j] + low[j];
			double b = p->a2 * (double)s[r] * (double)(2 * u - p->bias2) + p->b2 * (double)r8[r];
			idx[m] = r;
			ub[m] = b;
			m += b >= p->thr2;
		}
	}
	return m;
}

void flat_dots(int kernel, const float *q, const float *x, int n, int d, double *out) { table[kernel].dots(q, x, n, d, out); }
