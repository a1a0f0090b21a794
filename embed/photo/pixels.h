#ifndef FACEID_PIXELS_H
#define FACEID_PIXELS_H
#include <stdint.h>

// All functions only touch what their Go wrappers in pixels_cgo.go have checked.
void fid_ycc(uint8_t *d, const uint8_t *y, int ys, const uint8_t *cb, const uint8_t *cr, int cs, int w, int h, int cw,
	int ch, int sx, int sy, const int32_t *k, uint8_t *scratch);
void fid_orient(uint8_t *d, const uint8_t *s, int w, int h, int64_t at, int64_t dx, int64_t dy);
#endif
