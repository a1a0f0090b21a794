#ifndef FACEID_PIXELS_H
#define FACEID_PIXELS_H
#include <stdint.h>

// All functions only touch what their Go wrappers in pixels_cgo.go have checked.
void fid_ycc(uint8_t *d, const uint8_t *y, int ys, const uint8_t *cb, const uint8_t *cr, int cs, int w, int h, int cw, int ch,
	int sx, int sy, const int32_t *k, uint8_t *scratch);
void fid_lines(float *d, const uint8_t *s, const int32_t *x0, const int32_t *x1, const float *wx, int n, int grey);
void fid_blend(float *d, const float *a, const float *b, float wy, float scale, float bias, int n);
void fid_warp(uint8_t *d, int dw, int dh, const uint8_t *s, int sw, int sh, const double *m);
void fid_addrow(uint16_t *acc, const uint8_t *s, int n);
#endif
