// What faceid needs of libvips (8.13 or later), which is loaded at run time.
#include <stddef.h>
#include <stdint.h>

// fid_vips_open loads the library at path, once for the process. It returns its version, two hex digits for each part,
// or -1 with the reason in why.
int fid_vips_open(const char *path, char *why, size_t n);

// fid_vips_jpeg decodes a JPEG file at 1/shrink (1, 2, 4 or 8) of its sides, which must come out as w × h, into dst,
// three bytes R, G, B for each pixel. Pixel (x, y) of the file goes to place at + x·dx + y·dy of dst. It gives up when
// *stop is not 0. It returns 0, or -1 for whatever it cannot do or any fault of the file, however small; dst then holds
// anything.
int fid_vips_jpeg(const void *file, size_t len, int shrink, int w, int h, uint8_t *dst, int64_t at, int64_t dx,
	int64_t dy, const int32_t *stop);

// fid_vips_avif decodes an AVIF file, of w × h pixels as it is shown, into dst: 3·w·h bytes, transparency over white. It
// ends soon after *stop is not zero, and returns 0, or -1 for whatever it finds wrong.
int fid_vips_avif(const void *file, size_t len, int w, int h, uint8_t *dst, const int32_t *stop);
