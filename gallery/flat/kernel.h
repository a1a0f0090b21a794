// The inner loops of package flat. The plain Go versions in kernel.go are their specification.
#ifndef FACEID_FLAT_KERNEL_H
#define FACEID_FLAT_KERNEL_H
#include <stdint.h>

// One probe as the loops need it; the Go type probe has the same layout. See "Bound" in doc.go.
typedef struct {
	float a, b, thr;     // first pass: keep a row if a*s*(2D-bias) + b*r4 >= thr
	int32_t bias;        // 15 * sum of e
	double a2, b2, thr2; // second pass: keep a row if a2*s*(2U-bias2) + b2*r8 >= thr2
	int64_t bias2;       // 255 * sum of e
} flat_probe;

// Ids of the instruction sets, fastest first on each architecture.
enum { FLAT_AVX512VNNI, FLAT_AVX2, FLAT_NEONDOT, FLAT_NEON, FLAT_KERNELS };

// flat_has says whether this build has the loops of an instruction set and, on x86, whether this CPU and
// system run them. On arm64 the caller asks for the dot-product extension.
int flat_has(int kernel);

// flat_scan runs the first pass of nq probes over rows rows of the high plane. e holds the probe's codes in
// natural order for nq = 1, and else tiles of 16 probes, each [dp/8][16][8]. Of probe q the rows kept and their
// D go to idx and dot from q*cap on, and their number to count[q]; cap is at least rows rounded up to 16, plus 16.
void flat_scan(int kernel, const uint8_t *h, const float *s, const float *r4, int rows, int dp, int nq, const int8_t *e,
	const flat_probe *p, int32_t *idx, int32_t *dot, int32_t *count, int cap);

// flat_refine runs the second pass of one probe over n rows kept by the first, compacts idx in place, writes the
// upper bounds of the rows kept (less the constant) to ub, and returns their number.
int flat_refine(int kernel, const uint8_t *l, const float *s, const float *r8, int dp, const int8_t *e,
	const flat_probe *p, int32_t *idx, const int32_t *dot, int n, double *ub);

// flat_dots writes the reference dot products of q with n rows of d values to out.
void flat_dots(int kernel, const float *q, const float *x, int n, int d, double *out);
#endif
