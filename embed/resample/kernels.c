// The loops over pixels, in C because gcc and clang turn them into vector code and the Go compiler does not.
// On x86-64 each is compiled twice and the CPU is asked which may run. Contraction to fused multiply-add is off, so
// that every machine computes the same values: clang by the pragma, gcc by -std=c11.
#include "kernels.h"

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

// One source row after the horizontal pass, three planes of x.n values in 1/128 grey levels.
INLINE void lines(int32_t *restrict d, const uint8_t *restrict s, fid_taps x) {
	const int n = x.n;
	int32_t *restrict g = d + n, *restrict b = d + 2 * n;
	for (int i = 0; i < n; i++) {
		const uint8_t *p = s + x.a[i], *q = s + x.b[i];
		int32_t u = x.wa[i], v = x.wb[i];
		d[i] = (p[0] * u + q[0] * v) >> 4;
		g[i] = (p[1] * u + q[1] * v) >> 4;
		b[i] = (p[2] * u + q[2] * v) >> 4;
	}
}

#define MIX(i) (((a[i] * u >> 16) + (b[i] * v >> 16) + 2) >> 2)

INLINE void blend(float *restrict d, const int32_t *restrict a, const int32_t *restrict b, int32_t u, int32_t v,
	float scale, float bias, int n) {
	for (int i = 0; i < n; i++) d[i] = (float)MIX(i) * scale + bias;
}

INLINE void blend_grey(float *restrict d, const int32_t *restrict a, const int32_t *restrict b, int32_t u, int32_t v,
	float scale, float bias, int n) {
	for (int i = 0; i < n; i++)
		d[i] = (0.299f * (float)MIX(i) + 0.587f * (float)MIX(i + n) + 0.114f * (float)MIX(i + 2 * n)) * scale + bias;
}

// y.n × x.n samples to each plane of d. Source row y starts at s + pitch·y. buf: 6·x.n values, the two source rows at
// hand.
INLINE void fid_resize_body(float *d, int64_t plane, int64_t line, int channels, const int *src, const float *scale,
	const float *bias, const uint8_t *s, int64_t pitch, fid_taps x, fid_taps y, int32_t *buf) {
	const int n = x.n;
	int32_t *row[2] = {buf, buf + 3 * n};
	int have[2] = {-1, -1};
	for (int i = 0; i < y.n; i++, d += line) {
		if (y.a[i] == have[1]) {
			int32_t *t = row[0];
			row[0] = row[1], row[1] = t;
			have[1] = have[0], have[0] = y.a[i];
		}
		if (have[0] != y.a[i]) lines(row[0], s + pitch * (have[0] = y.a[i]), x);
		const int32_t *b = row[0];
		if (y.b[i] != y.a[i]) {
			if (have[1] != y.b[i]) lines(row[1], s + pitch * (have[1] = y.b[i]), x);
			b = row[1];
		}
		if (channels == 1)
			blend_grey(d, row[0], b, y.wa[i], y.wb[i], scale[0], bias[0], n);
		else
			for (int c = 0; c < 3; c++)
				blend(d + plane * c, row[0] + src[c] * n, b + src[c] * n, y.wa[i], y.wb[i], scale[c], bias[c], n);
	}
}
BOTH(fid_resize,
	(float *d, int64_t plane, int64_t line, int channels, const int *src, const float *scale, const float *bias,
		const uint8_t *s, int64_t pitch, fid_taps x, fid_taps y, int32_t *buf),
	(d, plane, line, channels, src, scale, bias, s, pitch, x, y, buf))

// Samples as they are, planar and normalised.
INLINE void fid_tensor_body(float *restrict d, const uint8_t *restrict s, int w, int h, int channels, const int *src,
	const float *scale, const float *bias, int mirrored) {
	for (int c = 0; c < channels; c++) {
		float m = scale[c], a = bias[c];
		const uint8_t *p = s + src[c];
		for (int y = 0; y < h; y++, d += w, p += 3 * w) {
			if (channels == 1)
				for (int x = 0; x < w; x++)
					d[x] = (0.299f * p[3 * x] + 0.587f * p[3 * x + 1] + 0.114f * p[3 * x + 2]) * m + a;
			else
				for (int x = 0; x < w; x++) d[x] = p[3 * x] * m + a;
			if (mirrored)
				for (int i = 0, j = w - 1; i < j; i++, j--) {
					float t = d[i];
					d[i] = d[j], d[j] = t;
				}
		}
	}
}
BOTH(fid_tensor,
	(float *d, const uint8_t *s, int w, int h, int channels, const int *src, const float *scale, const float *bias,
		int mirrored),
	(d, s, w, h, channels, src, scale, bias, mirrored))

// w × h pixels, whose rows start pitch bytes apart, shrunk by k: each pixel of d is the mean of k × k, at the right and
// lower edge of fewer. sums: 3·w values for one row of squares.
INLINE void fid_average_body(uint8_t *restrict d, const uint8_t *restrict s, int64_t pitch, int w, int h, int k,
	uint16_t *restrict sums) {
	const int whole = w / k, n = 3 * w;
	for (int y = 0; y < h; y += k) {
		const int rows = h - y < k ? h - y : k;
		for (int i = 0; i < n; i++) sums[i] = s[i];
		for (int v = 1; v < rows; v++)
			for (int i = 0; i < n; i++) sums[i] += s[pitch * v + i];
		s += pitch * rows;
		int x = 0;
		if (k == 2 && rows == 2)
			for (; x < whole; x++)
				for (int c = 0; c < 3; c++)
					d[3 * x + c] = (uint8_t)((sums[6 * x + c] + sums[6 * x + 3 + c] + 2) >> 2);
		for (; k * x < w; x++) {
			const int cols = w - k * x < k ? w - k * x : k;
			const uint32_t m = (uint32_t)cols * rows;
			uint32_t r = m / 2, g = r, b = r;
			for (const uint16_t *p = sums + 3 * k * x, *end = p + 3 * cols; p < end; p += 3)
				r += p[0], g += p[1], b += p[2];
			d[3 * x] = (uint8_t)(r / m), d[3 * x + 1] = (uint8_t)(g / m), d[3 * x + 2] = (uint8_t)(b / m);
		}
		d += 3 * x;
	}
}
BOTH(fid_average, (uint8_t *d, const uint8_t *s, int64_t pitch, int w, int h, int k, uint16_t *sums),
	(d, s, pitch, w, h, k, sums))

// Pixel (x, y) of d is s at (A·x − B·y + TX, B·x + A·y + TY), bilinear, black outside. m: A, B, TX, TY, all finite.
INLINE void fid_warp_body(uint8_t *restrict d, int dw, int dh, const uint8_t *restrict s, int sw, int sh,
	const double *m, const uint8_t *out) {
	const double A = m[0], B = m[1], TX = m[2], TY = m[3];
	const int64_t line = (int64_t)3 * sw;
	for (int y = 0; y < dh; y++) {
		for (int x = 0; x < dw; x++, d += 3) {
			double fx = A * x - B * y + TX, fy = B * x + A * y + TY;
			if (!(fx > -1 && fy > -1 && fx < sw && fy < sh)) {
				d[0] = out[0], d[1] = out[1], d[2] = out[2];
				continue;
			}
			int i = (int)(fx + 1) - 1, j = (int)(fy + 1) - 1; // floor, as fx + 1 > 0
			float wx = (float)(fx - i), wy = (float)(fy - j);
			if (i >= 0 && j >= 0 && i < sw - 1 && j < sh - 1) {
				const uint8_t *p = s + line * j + 3 * i, *q = p + line;
				for (int c = 0; c < 3; c++) {
					float a = p[c] + (float)(p[c + 3] - p[c]) * wx, b = q[c] + (float)(q[c + 3] - q[c]) * wx;
					d[c] = (uint8_t)(a + (b - a) * wy + 0.5f);
				}
				continue;
			}
			for (int c = 0; c < 3; c++) {
				float v[4];
				for (int k = 0; k < 4; k++) {
					int u = i + (k & 1), t = j + (k >> 1);
					v[k] = u >= 0 && t >= 0 && u < sw && t < sh ? s[line * t + 3 * u + c] : out[c];
				}
				float a = v[0] + (v[1] - v[0]) * wx, b = v[2] + (v[3] - v[2]) * wx;
				d[c] = (uint8_t)(a + (b - a) * wy + 0.5f);
			}
		}
	}
}
BOTH(fid_warp, (uint8_t *d, int dw, int dh, const uint8_t *s, int sw, int sh, const double *m, const uint8_t *out),
	(d, dw, dh, s, sw, sh, m, out))
