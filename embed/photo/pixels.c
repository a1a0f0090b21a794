// The loops over pixels, in C because gcc and clang turn them into vector code and the Go compiler does not.
// On x86-64 each is compiled twice and the CPU is asked which may run. Contraction to fused multiply-add is off, so
// that every machine computes the same values: clang by the pragma, gcc by -std=c11.
#include "pixels.h"

#pragma STDC FP_CONTRACT OFF
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define BOTH(name, params, args)                                                      \
	__attribute__((target("avx2"))) static void name##_avx2 params { name##_body args; } \
	static void name##_base params { name##_body args; }                              \
	void name params {                                                                \
		if (__builtin_cpu_supports("avx2")) name##_avx2 args;                         \
		else name##_base args;                                                        \
	}
#else
#define BOTH(name, params, args) \
	void name params { name##_body args; }
#endif

INLINE uint8_t clamp8(int32_t v) { return v < 0 ? 0 : v > 255 ? 255 : (uint8_t)v; }

// One row of Y'CbCr to R, G, B. k: ky, rv, gu, gv, bu, r, g, b of yccMatrix.
INLINE void ycc_row(uint8_t *restrict d, const uint8_t *restrict y, const uint8_t *restrict cb,
	const uint8_t *restrict cr, int n, const int32_t *restrict k) {
	enum { N = 64 };
	const int32_t ky = k[0], rv = k[1], gu = k[2], gv = k[3], bu = k[4], kr = k[5], kg = k[6], kb = k[7];
	uint8_t r[N], g[N], b[N];
	for (; n > 0; n -= N, d += 3 * N, y += N, cb += N, cr += N) {
		if (n >= N) {
			for (int i = 0; i < N; i++) {
				int32_t v = ky * y[i], u = cb[i], t = cr[i];
				r[i] = clamp8((v + rv * t + kr) >> 16);
				g[i] = clamp8((v + gu * u + gv * t + kg) >> 16);
				b[i] = clamp8((v + bu * u + kb) >> 16);
			}
			for (int i = 0; i < N; i++) d[3 * i] = r[i], d[3 * i + 1] = g[i], d[3 * i + 2] = b[i];
			continue;
		}
		for (int i = 0; i < n; i++) {
			int32_t v = ky * y[i], u = cb[i], t = cr[i];
			d[3 * i] = clamp8((v + rv * t + kr) >> 16);
			d[3 * i + 1] = clamp8((v + gu * u + gv * t + kg) >> 16);
			d[3 * i + 2] = clamp8((v + bu * u + kb) >> 16);
		}
	}
}

// Doubles n ≥ 1 sums s (1 or 4 times a sample: shift 2 or 4) to 2n samples with the weights 3/4 and 1/4.
INLINE void twice(uint8_t *restrict d, const uint16_t *restrict s, int n, int shift) {
	const int lo = shift == 2 ? 1 : 8, hi = shift == 2 ? 2 : 7;
	d[0] = (4 * s[0] + (shift == 2 ? 0 : 8)) >> shift;
	for (int i = 0; i < n - 1; i++) {
		d[2 * i + 1] = (3 * s[i] + s[i + 1] + hi) >> shift;
		d[2 * i + 2] = (3 * s[i + 1] + s[i] + lo) >> shift;
	}
	d[2 * n - 1] = (4 * s[n - 1] + (shift == 2 ? 0 : 7)) >> shift;
}

INLINE void up_row(uint8_t *restrict d, uint16_t *restrict sum, const uint8_t *restrict near,
	const uint8_t *restrict far, int cw, int sx, int sy, int odd) {
	if (sy == 1) {
		for (int i = 0; i < cw; i++) sum[i] = near[i];
		twice(d, sum, cw, 2);
	} else if (sx == 1) {
		for (int i = 0; i < cw; i++) d[i] = (3 * near[i] + far[i] + 1 + odd) >> 2;
	} else {
		for (int i = 0; i < cw; i++) sum[i] = 3 * near[i] + far[i];
		twice(d, sum, cw, 4);
	}
}

// sx, sy in {1, 2}. scratch: 2·(2·cw) samples and cw sums.
INLINE void fid_ycc_body(uint8_t *d, const uint8_t *y, int ys, const uint8_t *cb, const uint8_t *cr, int cs, int w,
	int h, int cw, int ch, int sx, int sy, const int32_t *k, uint8_t *scratch) {
	uint8_t *ub = scratch, *ur = scratch + 2 * cw;
	uint16_t *sum = (uint16_t *)(scratch + 4 * cw);
	for (int j = 0; j < h; j++) {
		int near = j / sy, far = near;
		if (sy == 2) far += (j & 1) ? 1 : -1;
		far = far < 0 ? 0 : far >= ch ? ch - 1 : far;
		const uint8_t *b = cb + (int64_t)near * cs, *r = cr + (int64_t)near * cs;
		if (sx == 2 || sy == 2) {
			up_row(ub, sum, b, cb + (int64_t)far * cs, cw, sx, sy, j & 1);
			up_row(ur, sum, r, cr + (int64_t)far * cs, cw, sx, sy, j & 1);
			b = ub, r = ur;
		}
		ycc_row(d + (int64_t)3 * w * j, y + (int64_t)ys * j, b, r, w, k);
	}
}
BOTH(fid_ycc,
	(uint8_t *d, const uint8_t *y, int ys, const uint8_t *cb, const uint8_t *cr, int cs, int w, int h, int cw, int ch,
		int sx, int sy, const int32_t *k, uint8_t *scratch),
	(d, y, ys, cb, cr, cs, w, h, cw, ch, sx, sy, k, scratch))

// Pixel (x, y) of d, w × h, is pixel at + x·dx + y·dy of s. In blocks, so that the lines of both stay in the
// first-level cache.
void fid_orient(uint8_t *restrict d, const uint8_t *restrict s, int w, int h, int64_t at, int64_t dx, int64_t dy) {
	enum { BLOCK = 32 };
	for (int y0 = 0; y0 < h; y0 += BLOCK)
		for (int x0 = 0; x0 < w; x0 += BLOCK) {
			int y1 = y0 + BLOCK < h ? y0 + BLOCK : h, x1 = x0 + BLOCK < w ? x0 + BLOCK : w;
			for (int y = y0; y < y1; y++) {
				const uint8_t *p = s + 3 * (at + x0 * dx + y * dy);
				uint8_t *q = d + 3 * ((int64_t)y * w + x0);
				for (int x = x0; x < x1; x++, p += 3 * dx, q += 3) q[0] = p[0], q[1] = p[1], q[2] = p[2];
			}
		}
}
