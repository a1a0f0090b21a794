// The kernels, written once on vectors of VW floats and compiled once an instruction set: kernel.c includes this file
// with NAME, TARGET, V, VU (V at any address), VI, VW, MR, REP, SPLAT and FMA defined. A tile of C is MR × NR, NR = 2·VW, and lives in
// registers.

#define NR (2 * VW)

#define LOADU(p) (*(const VU *)(p))
#define STOREU(p, x) (*(VU *)(p) = (x))

// micro adds alpha·A·B to (add) or stores it in one whole tile of C. A is k × MR (a panel), B is k × NR.
TARGET static inline __attribute__((always_inline)) void NAME(micro)(long k, const float *restrict a,
    const float *restrict b, float *restrict c, long ldc, float alpha, int add)
{
#define DECL(r) V c##r##_0 = {0}, c##r##_1 = {0};
#define STEP(r) { V s = SPLAT(a[r]); c##r##_0 = FMA(s, b0, c##r##_0); c##r##_1 = FMA(s, b1, c##r##_1); }
#define PUT(r) { float *p = c + (r) * ldc; STOREU(p, va * c##r##_0); STOREU(p + VW, va * c##r##_1); }
#define ADD(r) { float *p = c + (r) * ldc; STOREU(p, FMA(va, c##r##_0, LOADU(p))); STOREU(p + VW, FMA(va, c##r##_1, LOADU(p + VW))); }
	REP(DECL)
	for (long i = 0; i < k; i++) {
		V b0 = LOADU(b), b1 = LOADU(b + VW);
		REP(STEP)
		a += MR;
		b += NR;
	}
	V va = SPLAT(alpha);
	if (add) {
		REP(ADD)
	} else {
		REP(PUT)
	}
#undef DECL
#undef STEP
#undef PUT
#undef ADD
}

// macro is C (m × n) = or += alpha·A·B on packed panels: A has ceil(m/MR) of k × MR, B ceil(n/NR) of k × NR, both
// filled up with zeros. A should fit the second-level cache, B is streamed.
TARGET static void NAME(macro)(long m, long n, long k, const float *a, const float *b, float *c, long ldc, float alpha, int add)
{
	float edge[MR * NR] __attribute__((aligned(64)));
	for (long j = 0; j < n; j += NR, b += k * NR) {
		const float *ap = a;
		for (long i = 0; i < m; i += MR, ap += k * MR) {
			float *t = c + i * ldc + j;
			if (m - i >= MR && n - j >= NR) {
				NAME(micro)(k, ap, b, t, ldc, alpha, add);
				continue;
			}
			NAME(micro)(k, ap, b, edge, NR, alpha, 0);
			long h = m - i < MR ? m - i : MR, w = n - j < NR ? n - j : NR;
			for (long r = 0; r < h; r++)
				for (long q = 0; q < w; q++)
					t[r * ldc + q] = add ? t[r * ldc + q] + edge[r * NR + q] : edge[r * NR + q];
		}
	}
}

// packn packs the k × w matrix src into panels of width p: element (i, j) goes to panel j/p, place i·p + j%p, times sk[i]·sw[j]
// where given. The last panel is filled up with zeros.
TARGET static void NAME(packn)(float *dst, const float *src, long ld, long k, long w, long p, const float *sk, const float *sw)
{
	for (long j = 0; j < w; j += p) {
		long q = w - j < p ? w - j : p, nv = (p + VW - 1) / VW;
		// Whole vectors, even where p is none: what a row writes too much is the beginning of the next row, or of
		// the next panel, which comes later. Not for the last panel, which has no next.
		if (j + p < w && j + nv * VW <= w) {
			for (long i = 0; i < k; i++, dst += p) {
				const float *s = src + i * ld + j;
				V f = SPLAT((sk ? sk[i] : 1));
				if (sw)
					for (long v = 0; v < nv; v++) STOREU(dst + v * VW, LOADU(s + v * VW) * (f * LOADU(sw + j + v * VW)));
				else
					for (long v = 0; v < nv; v++) STOREU(dst + v * VW, LOADU(s + v * VW) * f);
			}
			continue;
		}
		for (long i = 0; i < k; i++, dst += p) {
			const float *s = src + i * ld + j;
			float f = sk ? sk[i] : 1;
			if (sw)
				for (long r = 0; r < q; r++) dst[r] = s[r] * (f * sw[j + r]);
			else
				for (long r = 0; r < q; r++) dst[r] = s[r] * f;
			for (long r = q; r < p; r++) dst[r] = 0;
		}
	}
}

// packt is packn of the transpose: src is w × k. Squares of 4 × 4 are turned in registers.
TARGET static void NAME(packt)(float *dst, const float *src, long ld, long k, long w, long p, const float *sk, const float *sw)
{
	for (long j = 0; j < w; j += p, dst += k * p) {
		long q = w - j < p ? w - j : p, q4 = q - q % 4, k4 = k - k % 4;
		if (q < p) memset(dst, 0, sizeof(float) * k * p);
		for (long r = 0; r < q4; r += 4) {
			const float *s = src + (j + r) * ld;
			quad f0 = one, f1 = one, f2 = one, f3 = one;
			if (sw) f0 *= sw[j + r], f1 *= sw[j + r + 1], f2 *= sw[j + r + 2], f3 *= sw[j + r + 3];
			float *d = dst + r;
			for (long i = 0; i < k4; i += 4, d += 4 * p) {
				quad a = *(const quadu *)(s + i) * f0, b = *(const quadu *)(s + ld + i) * f1;
				quad c = *(const quadu *)(s + 2 * ld + i) * f2, e = *(const quadu *)(s + 3 * ld + i) * f3;
				if (sk) {
					quad g = *(const quadu *)(sk + i);
					a *= g, b *= g, c *= g, e *= g;
				}
				quad ab0 = PICK(a, b, 0, 4, 1, 5), ab1 = PICK(a, b, 2, 6, 3, 7);
				quad ce0 = PICK(c, e, 0, 4, 1, 5), ce1 = PICK(c, e, 2, 6, 3, 7);
				*(quadu *)d = PICK(ab0, ce0, 0, 1, 4, 5);
				*(quadu *)(d + p) = PICK(ab0, ce0, 2, 3, 6, 7);
				*(quadu *)(d + 2 * p) = PICK(ab1, ce1, 0, 1, 4, 5);
				*(quadu *)(d + 3 * p) = PICK(ab1, ce1, 2, 3, 6, 7);
			}
		}
		for (long r = 0; r < q; r++) // the edges
			for (long i = r < q4 ? k4 : 0; i < k; i++)
				dst[i * p + r] = src[(j + r) * ld + i] * ((sw ? sw[j + r] : 1) * (sk ? sk[i] : 1));
	}
}

// vexp is exp(x) for x <= 0 to 2 units in the last place; below -87.3, where floats become subnormal, it is 0.
TARGET static inline __attribute__((always_inline)) V NAME(vexp)(V x)
{
	const V lo = SPLAT(-87.33654f), magic = SPLAT(12582912.0f); // 1.5·2^23: adding it rounds to an integer
	VI in = x > lo;
	x = (V)(((VI)x & in) | ((VI)lo & ~in));
	V t = FMA(x, SPLAT(1.44269504f), magic);
	V k = t - magic;
	V r = FMA(k, SPLAT(-0.693359375f), x);
	r = FMA(k, SPLAT(2.12194440e-4f), r);
	V p = SPLAT(1.9875691500e-4f); // Cephes expf
	p = FMA(p, r, SPLAT(1.3981999507e-3f));
	p = FMA(p, r, SPLAT(8.3334519073e-3f));
	p = FMA(p, r, SPLAT(4.1665795894e-2f));
	p = FMA(p, r, SPLAT(1.6666665459e-1f));
	p = FMA(p, r, SPLAT(5.0000001201e-1f));
	p = FMA(p, r * r, r) + SPLAT(1.0f);
	VI e = ((VI)t - (VI)magic) << 23;
	return (V)(((VI)p + e) & in);
}

// softmax takes m × n logits z, and gives for each column i max[i] = the largest, at least floor, z = exp(z − max[i]) and sum[i] =
// their sum. -inf entries become 0.
TARGET static void NAME(softmax)(float *z, long ld, long m, long n, float floor, float *max, float *sum)
{
	long nv = n - n % VW;
	for (long i = 0; i < n; i++) max[i] = floor, sum[i] = 0;
	for (long j = 0; j < m; j++) {
		const float *p = z + j * ld;
		for (long i = 0; i < nv; i += VW) {
			V a = LOADU(max + i), b = LOADU(p + i);
			VI g = b > a;
			STOREU(max + i, (V)(((VI)b & g) | ((VI)a & ~g)));
		}
		for (long i = nv; i < n; i++) if (p[i] > max[i]) max[i] = p[i];
	}
	for (long j = 0; j < m; j++) {
		float *p = z + j * ld;
		for (long i = 0; i < nv; i += VW) {
			V e = NAME(vexp)(LOADU(p + i) - LOADU(max + i));
			STOREU(p + i, e);
			STOREU(sum + i, LOADU(sum + i) + e);
		}
		if (nv < n) {
			float tz[VW], tm[VW];
			for (long i = 0; i < VW; i++) tz[i] = nv + i < n ? p[nv + i] : 0, tm[i] = nv + i < n ? max[nv + i] : 0;
			STOREU(tz, NAME(vexp)(LOADU(tz) - LOADU(tm)));
			for (long i = nv; i < n; i++) p[i] = tz[i - nv], sum[i] += tz[i - nv];
		}
	}
}

// sumsq writes the sum of squares of each row in double.
TARGET static void NAME(sumsq)(const float *x, long ld, long m, long d, double *out)
{
	for (long j = 0; j < m; j++) {
		const float *p = x + j * ld;
		double s[8] = {0};
		long i = 0;
		for (; i + 8 <= d; i += 8)
			for (long l = 0; l < 8; l++) s[l] += (double)p[i + l] * p[i + l];
		for (; i < d; i++) s[0] += (double)p[i] * p[i];
		out[j] = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
	}
}

// project is g = (g − (g·ŵ) ŵ)·inv row by row, with ŵ = w·inv: the gradient of a unit row becomes that of the raw row.
TARGET static void NAME(project)(float *g, long ldg, const float *w, long ldw, const float *inv, long m, long d)
{
	for (long j = 0; j < m; j++, g += ldg, w += ldw) {
		double s[8] = {0};
		long i = 0;
		for (; i + 8 <= d; i += 8)
			for (long l = 0; l < 8; l++) s[l] += (double)g[i + l] * w[i + l];
		for (; i < d; i++) s[0] += (double)g[i] * w[i];
		double t = ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
		float f = inv[j], c = (float)(-t * f * f);
		for (i = 0; i < d; i++) g[i] = (g[i] + c * w[i]) * f;
	}
}

// axpy is y += a·x.
TARGET static void NAME(axpy)(float *y, const float *x, float a, long n)
{
	for (long i = 0; i < n; i++) y[i] += a * x[i];
}

// sqdist writes the squared distances of x to the m rows of c.
TARGET static void NAME(sqdist)(const float *x, const float *c, long ldc, long m, long d, float *out)
{
	for (long j = 0; j < m; j++, c += ldc) {
		V s0 = {0}, s1 = {0};
		long i = 0;
		for (; i + 2 * VW <= d; i += 2 * VW) {
			V a = LOADU(x + i) - LOADU(c + i), b = LOADU(x + i + VW) - LOADU(c + i + VW);
			s0 = FMA(a, a, s0);
			s1 = FMA(b, b, s1);
		}
		s0 += s1;
		double t = 0;
		for (long l = 0; l < VW; l++) t += s0[l];
		for (; i < d; i++) t += ((double)x[i] - c[i]) * ((double)x[i] - c[i]);
		out[j] = (float)t;
	}
}

#undef NR
#undef LOADU
#undef STOREU
