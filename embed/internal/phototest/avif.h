#include <stddef.h>
#include <stdint.h>

// fid_test_avif writes w × h pixels of three bytes as an AVIF file by the libvips at path, with 8 or 10 bits for each
// sample. It returns the file, for free(), or NULL with what was wrong in why.
uint8_t *fid_test_avif(const char *path, const uint8_t *pix, int w, int h, int bits, size_t *len, const char **why);
