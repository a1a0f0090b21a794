//go:build linux || darwin

#include "vips.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// The library's functions, by the names of its C API (vips.h of libvips 8); pointers to its objects are void here.
static struct {
	int (*vips_init)(const char *);
	int (*vips_version)(int);
	void (*vips_concurrency_set)(int);
	void (*vips_cache_set_max)(int);
	void (*vips_block_untrusted_set)(int);
	int (*vips_jpegload_buffer)(void *, size_t, void **, ...);
	int (*vips_heifload_buffer)(void *, size_t, void **, ...);
	int (*vips_image_get_width)(const void *);
	int (*vips_image_get_height)(const void *);
	int (*vips_image_get_bands)(const void *);
	int (*vips_image_get_format)(const void *);
	void *(*vips_region_new)(void *);
	uint8_t *(*vips_region_fetch)(void *, int, int, int, int, size_t *);
	void (*vips_error_clear)(void);
	void (*vips_thread_shutdown)(void);
	void (*g_object_unref)(void *);
	void (*g_free)(void *);
	void *(*g_log_set_default_handler)(void (*)(const char *, int, const char *, void *), void *);
} v;

static void quiet(const char *domain, int level, const char *message, void *data) {}

int fid_vips_open(const char *path, char *why, size_t n) {
	void *lib = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!lib) {
		snprintf(why, n, "%s", dlerror());
		return -1;
	}
	const char *missing = NULL;
#define LOAD(f) \
	if (!(*(void **)&v.f = dlsym(lib, #f))) missing = #f
	LOAD(vips_init);
	LOAD(vips_version);
	LOAD(vips_concurrency_set);
	LOAD(vips_cache_set_max);
	LOAD(vips_block_untrusted_set);
	LOAD(vips_jpegload_buffer);
	LOAD(vips_heifload_buffer);
	LOAD(vips_image_get_width);
	LOAD(vips_image_get_height);
	LOAD(vips_image_get_bands);
	LOAD(vips_image_get_format);
	LOAD(vips_region_new);
	LOAD(vips_region_fetch);
	LOAD(vips_error_clear);
	LOAD(vips_thread_shutdown);
	LOAD(g_object_unref);
	LOAD(g_free);
	LOAD(g_log_set_default_handler);
	if (missing) {
		snprintf(why, n, "it has no %s", missing);
		return -1;
	}
	v.g_log_set_default_handler(quiet, NULL); // a fault of a photo is told by us
	if (v.vips_version(0) != 8 || v.vips_init("faceid")) {
		snprintf(why, n, "libvips %d does not start", v.vips_version(0));
		return -1;
	}
	v.vips_block_untrusted_set(1);
	v.vips_concurrency_set(1); // one photo per thread, as everywhere here
	v.vips_cache_set_max(0);   // no photo is read twice
	return v.vips_version(0) << 16 | v.vips_version(1) << 8 | v.vips_version(2);
}

enum { rows = 16 }; // at once: what is fetched then stays in the cache

static int copy(void *image, int w, int h, uint8_t *dst, int64_t at, int64_t dx, int64_t dy, const int32_t *stop) {
	int bands = v.vips_image_get_bands(image);
	if (v.vips_image_get_width(image) != w || v.vips_image_get_height(image) != h ||
		v.vips_image_get_format(image) != 0 ||
		(bands != 1 && bands != 3)) // 0 is VIPS_FORMAT_UCHAR
		return -1;
	void *region = v.vips_region_new(image);
	if (!region) return -1;
	int rc = 0;
	for (int y = 0; y < h && rc == 0; y += rows) {
		int n = h - y < rows ? h - y : rows;
		size_t len;
		uint8_t *p = __atomic_load_n(stop, __ATOMIC_RELAXED) ? NULL : v.vips_region_fetch(region, 0, y, w, n, &len);
		if (!p || len != (size_t)w * n * bands) {
			rc = -1;
		} else if (bands == 3 && dx == 1) { // upright or upside down
			for (int i = 0; i < n; i++) memcpy(dst + 3 * (at + (y + i) * dy), p + (size_t)3 * w * i, (size_t)3 * w);
		} else {
			int g = bands == 3 ? 1 : 0; // where green and blue stand after red
			for (int x = 0; x < w; x++) {
				const uint8_t *s = p + (size_t)bands * x;
				uint8_t *d = dst + 3 * (at + x * dx + y * dy);
				for (int i = 0; i < n; i++, s += (size_t)bands * w, d += 3 * dy) {
					d[0] = s[0];
					d[1] = s[g];
					d[2] = s[2 * g];
				}
			}
		}
		if (p) v.g_free(p);
	}
	v.g_object_unref(region);
	return rc;
}

int fid_vips_jpeg(const void *file, size_t len, int shrink, int w, int h, uint8_t *dst, int64_t at, int64_t dx,
	int64_t dy, const int32_t *stop) {
	void *image = NULL;
	int rc = -1;
	// access 1 is VIPS_ACCESS_SEQUENTIAL, fail_on 3 VIPS_FAIL_ON_WARNING.
	if (!v.vips_jpegload_buffer((void *)file, len, &image, "shrink", shrink, "access", 1, "fail_on", 3, NULL))
		rc = copy(image, w, h, dst, at, dx, dy, stop);
	if (image) v.g_object_unref(image);
	v.vips_error_clear();
	v.vips_thread_shutdown();
	return rc;
}

// over composites a sample over white, rounded.
static uint8_t over(int c, int a) { return (c * a + 255 * (255 - a) + 127) / 255; }

// rows of samples of one byte, or of two of which the first bits count
static int copy_deep(void *image, int w, int h, uint8_t *dst, const int32_t *stop) {
	int bands = v.vips_image_get_bands(image), format = v.vips_image_get_format(image);
	int bytes = format == 2 ? 2 : 1; // 2 is VIPS_FORMAT_USHORT
	if (v.vips_image_get_width(image) != w || v.vips_image_get_height(image) != h || (format != 0 && format != 2) ||
		bands < 1 || bands > 4)
		return -1;
	void *region = v.vips_region_new(image);
	if (!region) return -1;
	int rc = 0, g = bands >= 3 ? 1 : 0, alpha = bands == 2 || bands == 4;
	for (int y = 0; y < h && rc == 0; y += rows) {
		int n = h - y < rows ? h - y : rows;
		size_t len;
		uint8_t *p = __atomic_load_n(stop, __ATOMIC_RELAXED) ? NULL : v.vips_region_fetch(region, 0, y, w, n, &len);
		if (!p || len != (size_t)w * n * bands * bytes) {
			rc = -1;
		} else {
			uint8_t *d = dst + (size_t)3 * w * y;
			for (size_t i = 0; i < (size_t)w * n; i++, d += 3)
				for (int c = 0; c < 3; c++) {
#define SAMPLE(k) (bytes == 2 ? ((uint16_t *)p)[i * bands + (k)] >> 8 : p[i * bands + (k)])
					int s = SAMPLE(g * c);
					d[c] = alpha ? over(s, SAMPLE(bands - 1)) : s;
				}
		}
		if (p) v.g_free(p);
	}
	v.g_object_unref(region);
	return rc;
}

int fid_vips_avif(const void *file, size_t len, int w, int h, uint8_t *dst, const int32_t *stop) {
	void *image = NULL;
	int rc = -1;
	if (!v.vips_heifload_buffer((void *)file, len, &image, "access", 1, "fail_on", 3, NULL))
		rc = copy_deep(image, w, h, dst, stop);
	if (image) v.g_object_unref(image);
	v.vips_error_clear();
	v.vips_thread_shutdown();
	return rc;
}
