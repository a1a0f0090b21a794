// Package doctor tests what a Recognizer needs: the runtime library, the models, their answers, the gallery.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"runtime"
	"time"

	"faceid/embed"
	"faceid/internal/hint"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/rejection"
)

// Finding is what the doctor found of one thing.
type Finding struct {
	What string // library, model, self-test, gallery, …
	Says string // in words, where it works
	Err  error  // what does not; nil: it works
}

// Examine tests what the Recognizer's options name: the runtime library, the files of the models that are here, the
// default models, whose answers are compared with the stored ones, and the gallery.
func Examine(ctx context.Context, r *recognize.Recognizer) iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		for _, examine := range []func(context.Context, *recognize.Recognizer) []Finding{
			runtimeLibrary, decoder, heic, installed, selfTest, enrolled,
		} {
			for _, f := range examine(ctx, r) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

func runtimeLibrary(ctx context.Context, r *recognize.Recognizer) []Finding {
	lib, err := r.Models().Runtime(ctx, r.Options().Runtime)
	found := []Finding{{"library", lib, err}}
	if err != nil {
		return found
	}
	err = embed.Init(lib)
	return append(found, Finding{"ONNX Runtime", fmt.Sprintf("version %s, provider %s", embed.RuntimeVersion(),
		embed.Provider()), err})
}

// decoder says what decodes photos: everything works without libvips, only slower.
func decoder(_ context.Context, r *recognize.Recognizer) []Finding {
	lib := r.Models().Codec()
	if lib == "" {
		return []Finding{{What: "decoder",
			Says: "Go's for JPEG, PNG, GIF, BMP, TIFF and WebP; libvips reads JPEG faster, and AVIF too " +
				"(faceid models pull runtime)"}}
	}
	if err := embed.LoadDecoder(lib); err != nil {
		return []Finding{{What: "decoder", Err: hint.With(err,
			"faceid models pull runtime, or without libvips: FACEID_VIPS=none")}}
	}
	return []Finding{{What: "decoder", Says: fmt.Sprintf(
		"libvips %s for JPEG and AVIF (%s), Go's for PNG, GIF, BMP, TIFF and WebP", embed.DecoderVersion(), lib)}}
}

// heic says whether HEIC photos can be read.
func heic(_ context.Context, r *recognize.Recognizer) []Finding {
	none := Finding{What: "HEIC", Says: "cannot be read without libheif (faceid models pull runtime)"}
	libs := r.Models().HEIF()
	if libs == nil {
		return []Finding{none}
	}
	err := embed.LoadHEIF(libs)
	version := ""
	if err == nil {
		version, err = embed.HEIFVersion()
	}
	return []Finding{{What: "HEIC", Says: fmt.Sprintf("libheif %s (%s)", version, libs[1]),
		Err: hint.With(err, "faceid models pull runtime, or without libheif: FACEID_HEIF=none")}}
}

func installed(ctx context.Context, r *recognize.Recognizer) (found []Finding) {
	list, err := r.Models().Verify(ctx)
	for _, st := range list {
		e := st.Entry
		switch {
		case st.State == models.Corrupt:
			found = append(found, Finding{What: "model",
				Err: hint.With(fmt.Errorf("%s is damaged: %s", e.Name, st.Path),
					"faceid models pull "+e.Name)})
		case st.State != models.Missing && e.Role != models.RoleSample && e.Role != models.RoleRuntime:
			found = append(found, Finding{What: "model",
				Says: fmt.Sprintf("%s (%s, %s): checksum right, licence %s", e.Name, e.Role, st.State, e.License.ID)})
		}
	}
	if err != nil {
		found = append(found, Finding{What: "models", Err: err})
	}
	return found
}

// selfTest opens the default pipeline, which compares the models' answers with the stored ones, and times one face.
func selfTest(ctx context.Context, r *recognize.Recognizer) []Finding {
	none := func(err error) []Finding { return []Finding{{What: "self-test", Err: err}} }
	start := time.Now()
	d, err := recognize.Open(ctx, &recognize.Options{Models: r.Options().Models, Runtime: r.Options().Runtime})
	if err != nil {
		return none(err)
	}
	defer d.Close()
	p, err := d.Pipeline(ctx)
	if err != nil {
		return none(err)
	}
	loaded := time.Since(start)
	start = time.Now()
	if _, err = p.Embedder.Embed([]*embed.Image{embed.NewImage(embed.CropSize, embed.CropSize)}, true); err != nil {
		return none(err)
	}
	return []Finding{{What: "self-test", Says: fmt.Sprintf(
		"%s + %s answer as stored; loaded in %d ms, one face with its mirrored view takes %d ms",
		p.Pack.Detector, p.Pack.Embedder, loaded.Milliseconds(), time.Since(start).Milliseconds())}}
}

func enrolled(ctx context.Context, r *recognize.Recognizer) []Finding {
	name := r.Options().Gallery
	if name == "" {
		return nil
	}
	e, err := r.Gallery(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return []Finding{{What: "gallery", Says: name + ": none yet"}}
	}
	if err != nil {
		return []Finding{{What: "gallery", Err: err}}
	}
	info, t, err := rejection.Count(ctx, e)
	if err == nil && !recognize.IsAddress(name) && runtime.GOOS != "windows" {
		if st, serr := os.Stat(name); serr == nil && st.Mode().Perm()&0o077 != 0 {
			err = hint.With(fmt.Errorf("%s can be read by others (mode %04o)", name, st.Mode().Perm()),
				"chmod 600 "+name)
		}
	}
	if err == nil {
		_, err = r.ModelOf(info.Model)
	}
	return []Finding{{"gallery", fmt.Sprintf("%s: %s, of %s", name, t, info.Model.Name), err}}
}
