// What faceid needs of libheif (1.20 or later), which is loaded at run time.
#include <stddef.h>
#include <stdint.h>

// fid_heif_open loads libde265 and libheif and returns the release of libheif, major << 16 | minor << 8 | patch, or -1
// with the reason in why. It is called once.
int fid_heif_open(const char *de265, const char *heif, char *why, size_t n);

// fid_heif_decode decodes the primary picture of a file, of w × h pixels as it is shown, into dst: 3·w·h bytes. It takes
// at most so many bytes of memory, and ends soon after *stop is not zero. It returns 0, or -1 with the reason in why.
int fid_heif_decode(const void *file, size_t len, int w, int h, uint8_t *dst, uint64_t memory, const int32_t *stop,
	char *why, size_t n);
