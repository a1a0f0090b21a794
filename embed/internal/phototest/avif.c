//go:build linux || darwin

#include "avif.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

uint8_t *fid_test_avif(const char *path, const uint8_t *pix, int w, int h, int bits, size_t *len, const char **why) {
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL), *image, *coded;
	if (!lib) {
		*why = dlerror();
		return NULL;
	}
#define NEED(type, name, ...) \
	type (*name)(__VA_ARGS__); \
	if (!(*(void **)&name = dlsym(lib, #name))) { \
		*why = "libvips has no " #name; \
		return NULL; \
	}
	NEED(int, vips_init, const char *)
	NEED(void *, vips_image_new_from_memory_copy, const void *, size_t, int, int, int, int)
	NEED(int, vips_heifsave_buffer, void *, void **, size_t *, ...)
	NEED(const char *, vips_error_buffer, void)
	NEED(void, g_object_unref, void *)
	NEED(void, g_free, void *)
	if (vips_init("test") || !(image = vips_image_new_from_memory_copy(pix, (size_t)3 * w * h, w, h, 3, 0))) {
		*why = vips_error_buffer();
		return NULL;
	}
	enum { av1 = 4 };
	int bad = vips_heifsave_buffer(image, &coded, len, "compression", (int)av1, "bitdepth", bits, "Q", 90,
		"effort", 1, "keep", 0, (char *)NULL);
	g_object_unref(image);
	if (bad) {
		*why = vips_error_buffer();
		return NULL;
	}
	uint8_t *file = malloc(*len);
	memcpy(file, coded, *len);
	g_free(coded);
	return file;
}
