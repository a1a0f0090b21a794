//go:build linux || darwin

#include "heif_lib.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// The library's types, as far as they are used, by the names of its C API (heif.h of libheif 1.20 to 1.23). It makes the
// two larger ones itself, and newer releases only add to their ends.
struct heif_error {
	int code, subcode;
	const char *message;
};

struct heif_decoding_options {
	uint8_t version, ignore_transformations;
	void (*start_progress)(int, int, void *);
	void (*on_progress)(int, int, void *);
	void (*end_progress)(int, void *);
	void *progress_user_data;
	uint8_t convert_hdr_to_8bit, strict_decoding;
	const char *decoder_id;
	struct {
		uint8_t version;
		int downsampling, upsampling;
		uint8_t only_preferred;
	} color_conversion_options;
	int (*cancel_decoding)(void *);
};

struct heif_security_limits {
	uint8_t version;
	uint64_t max_image_size_pixels, max_number_of_tiles;
	uint32_t max_bayer_pattern_pixels, max_items, max_color_profile_size;
	uint64_t max_memory_block_size;
	uint32_t max_components, max_iloc_extents_per_item, max_size_entity_group, max_children_per_box;
	uint64_t max_total_memory; // version 2
};

static struct {
	uint32_t (*heif_get_version_number)(void);
	void *(*heif_context_alloc)(void);
	void (*heif_context_free)(void *);
	struct heif_security_limits *(*heif_context_get_security_limits)(const void *);
	void (*heif_context_set_max_decoding_threads)(void *, int);
	struct heif_error (*heif_context_read_from_memory_without_copy)(void *, const void *, size_t, const void *);
	struct heif_error (*heif_context_get_primary_image_handle)(void *, void **);
	int (*heif_image_handle_get_width)(const void *);
	int (*heif_image_handle_get_height)(const void *);
	int (*heif_image_handle_has_alpha_channel)(const void *);
	void (*heif_image_handle_release)(const void *);
	struct heif_decoding_options *(*heif_decoding_options_alloc)(void);
	void (*heif_decoding_options_free)(struct heif_decoding_options *);
	struct heif_error (*heif_decode_image)(const void *, void **, int, int, const struct heif_decoding_options *);
	int (*heif_image_get_width)(const void *, int);
	int (*heif_image_get_height)(const void *, int);
	int (*heif_image_is_premultiplied_alpha)(const void *);
	const uint8_t *(*heif_image_get_plane_readonly)(const void *, int, int *);
	void (*heif_image_release)(const void *);
} l;

int fid_heif_open(const char *de265, const char *heif, char *why, size_t n) {
	// libheif names libde265, and finds the one that is loaded already.
	void *lib = dlopen(de265, RTLD_NOW | RTLD_LOCAL);
	if (lib) lib = dlopen(heif, RTLD_NOW | RTLD_LOCAL);
	if (!lib) {
		snprintf(why, n, "%s", dlerror());
		return -1;
	}
	const char *missing = NULL;
#define LOAD(f) \
	if (!(*(void **)&l.f = dlsym(lib, #f))) missing = #f
	LOAD(heif_get_version_number);
	LOAD(heif_context_alloc);
	LOAD(heif_context_free);
	LOAD(heif_context_get_security_limits);
	LOAD(heif_context_set_max_decoding_threads);
	LOAD(heif_context_read_from_memory_without_copy);
	LOAD(heif_context_get_primary_image_handle);
	LOAD(heif_image_handle_get_width);
	LOAD(heif_image_handle_get_height);
	LOAD(heif_image_handle_has_alpha_channel);
	LOAD(heif_image_handle_release);
	LOAD(heif_decoding_options_alloc);
	LOAD(heif_decoding_options_free);
	LOAD(heif_decode_image);
	LOAD(heif_image_get_width);
	LOAD(heif_image_get_height);
	LOAD(heif_image_is_premultiplied_alpha);
	LOAD(heif_image_get_plane_readonly);
	LOAD(heif_image_release);
	if (missing) {
		snprintf(why, n, "it has no %s", missing);
		return -1;
	}
	uint32_t version = l.heif_get_version_number() >> 8;
	if (version < 0x11400 || version >= 0x20000) { // before 1.20 nothing bounds its memory, and nothing ends it
		snprintf(why, n, "libheif %d.%d is not 1.20 or later", version >> 16, version >> 8 & 0xff);
		return -1;
	}
	return (int)version;
}

static int stopped(void *stop) { return __atomic_load_n((const int32_t *)stop, __ATOMIC_RELAXED) != 0; }

enum { interleaved = 10, rgb = 1, interleaved_rgb = 10, interleaved_rgba = 11 }; // of heif_channel, colorspace, chroma

// over composites a sample over white, rounded.
static uint8_t over(uint8_t c, uint8_t a, int premultiplied) {
	int v = premultiplied ? c + 255 - a : (c * a + 255 * (255 - a) + 127) / 255;
	return v > 255 ? 255 : v;
}

static const char *copy(const void *image, int w, int h, int alpha, uint8_t *dst) {
	if (l.heif_image_get_width(image, interleaved) != w || l.heif_image_get_height(image, interleaved) != h)
		return "its pixels are not as many as its header says";
	int stride, bands = 3 + alpha;
	const uint8_t *p = l.heif_image_get_plane_readonly(image, interleaved, &stride);
	if (!p || stride < bands * w) return "it has no pixels";
	int pre = alpha && l.heif_image_is_premultiplied_alpha(image);
	for (int y = 0; y < h; y++, p += stride, dst += (size_t)3 * w) {
		if (!alpha) {
			memcpy(dst, p, (size_t)3 * w);
			continue;
		}
		for (int x = 0; x < w; x++)
			for (int c = 0; c < 3; c++) dst[3 * x + c] = over(p[4 * x + c], p[4 * x + 3], pre);
	}
	return NULL;
}

int fid_heif_decode(const void *file, size_t len, int w, int h, uint8_t *dst, uint64_t memory, const int32_t *stop,
	char *why, size_t n) {
	void *context = l.heif_context_alloc(), *handle = NULL, *image = NULL;
	struct heif_decoding_options *o = l.heif_decoding_options_alloc();
	const char *wrong = "there is no memory for it";
	struct heif_error err = {0};
	if (!context || !o) goto end;
	struct heif_security_limits *limits = l.heif_context_get_security_limits(context);
	limits->max_image_size_pixels = (uint64_t)w * h + (1 << 22);
	limits->max_items = 5000;
	limits->max_memory_block_size = memory;
	if (limits->version >= 2) limits->max_total_memory = memory;
	l.heif_context_set_max_decoding_threads(context, 0); // one photo per thread, as everywhere here
	err = l.heif_context_read_from_memory_without_copy(context, file, len, NULL);
	if (!err.code) err = l.heif_context_get_primary_image_handle(context, &handle);
	if (err.code) goto end;
	wrong = "its pixels are not as many as its header says";
	if (l.heif_image_handle_get_width(handle) != w || l.heif_image_handle_get_height(handle) != h) goto end;
	o->convert_hdr_to_8bit = 1;
	o->strict_decoding = 1;
	if (o->version >= 6) {
		o->progress_user_data = (void *)stop;
		o->cancel_decoding = stopped;
	}
	int alpha = l.heif_image_handle_has_alpha_channel(handle) != 0;
	err = l.heif_decode_image(handle, &image, rgb, alpha ? interleaved_rgba : interleaved_rgb, o);
	if (!err.code) wrong = copy(image, w, h, alpha, dst);
end:
	if (err.code) wrong = err.message ? err.message : "it is damaged";
	if (wrong) snprintf(why, n, "%s", wrong);
	if (image) l.heif_image_release(image);
	if (handle) l.heif_image_handle_release(handle);
	if (o) l.heif_decoding_options_free(o);
	if (context) l.heif_context_free(context);
	return wrong ? -1 : 0;
}
