#ifndef FACEID_KERNELS_H
#define FACEID_KERNELS_H
#include <stdint.h>

// All functions only touch what their Go wrappers in kernels_cgo.go have checked.
typedef struct {
	const int32_t *a, *b, *wa, *wb; // two source places and their weights, of 2048 in all
	int n;
} fid_taps;
void fid_resize(float *d, int64_t plane, int64_t line, int channels, const int *src, const float *scale,
	const float *bias, const uint8_t *s, int64_t pitch, fid_taps x, fid_taps y, int32_t *buf);
void fid_tensor(float *d, const uint8_t *s, int w, int h, int channels, const int *src, const float *scale,
	const float *bias, int mirrored);
void fid_warp(uint8_t *d, int dw, int dh, const uint8_t *s, int sw, int sh, const double *m, const uint8_t *out);
void fid_average(uint8_t *d, const uint8_t *s, int64_t pitch, int w, int h, int k, uint16_t *sums);
#endif
