#ifndef FACEID_PIXELS_H
#define FACEID_PIXELS_H
#include <stdint.h>

// All functions only touch what their Go wrappers in pixels_cgo.go have checked.
void fid_ycc(uint8_t *d, const uint8_t *y, int ys, const uint8_t *cb, const uint8_t *cr, int cs, int w, int h, int cw, int ch,
	int sx, int sy, const int32_t *k, uint8_t *scratch);
void fid_resize(float *d, int plane, int line, int channels, const int *src, const float *scale, const float *bias, const uint8_t *s,
	int64_t pitch, const int32_t *x0, const int32_t *x1, const float *wx, int n, const int32_t *y0, const int32_t *y1, const float *wy, int rows,
	float *buf);
void fid_tensor(float *d, const uint8_t *s, int w, int h, int channels, const int *src, const float *scale, const float *bias, int mirrored);
void fid_orient(uint8_t *d, const uint8_t *s, int w, int h, int64_t at, int64_t dx, int64_t dy);
void fid_warp(uint8_t *d, int dw, int dh, const uint8_t *s, int sw, int sh, const double *m);
void fid_addrow(uint16_t *acc, const uint8_t *s, int n);
#endif
