package host

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"

	"faceid/embed"
	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/gallery"
	"faceid/gallery/pictures"
	"faceid/recognize"
)

// photos is the folder of a collection's photos: beside its file, or for an engine elsewhere where its file would be.
func (h *Host) photos(name string) pictures.Folder {
	file := h.file(name)
	if recognize.IsAddress(file) {
		file = filepath.Join(h.o.Data, name+ending)
	}
	return pictures.Beside(file)
}

// KeepsPhotos tells whether the photos that people are enrolled from are kept, and shown.
func (h *Host) KeepsPhotos() bool { return h.o.KeepPhotos }

// Keep keeps a photo whose templates the collection has, where photos are kept. The caller looks thereafter whether it
// still has them, and calls Sweep where it does not.
func (h *Host) Keep(name string, photo []byte) error {
	if !h.o.KeepPhotos {
		return nil
	}
	return h.photos(name).Put(photo)
}

// Sweep deletes the photos of which the collection has no template, kept now or when the server was told to keep them.
// It does so though the client is gone.
func (h *Host) Sweep(ctx context.Context, name string, e gallery.Engine) error {
	_, err := h.photos(name).Sweep(context.WithoutCancel(ctx), e)
	return err
}

// HasPhoto tells whether the photo of a template is kept and may be shown.
func (h *Host) HasPhoto(name string, t gallery.Template) bool {
	return h.o.KeepPhotos && h.photos(name).Has(t.Source.SHA256)
}

// Photo is the photo that a template was made of, as it was sent, or fs.ErrNotExist.
func (h *Host) Photo(name string, t gallery.Template) ([]byte, error) {
	if !h.o.KeepPhotos {
		return nil, fs.ErrNotExist
	}
	return h.photos(name).Read(t.Source.SHA256)
}

// coverSide is that of a cover in pixels, at least; the longer is less than twice that.
const coverSide = 192

// Cover is the face of a template in its photo, with a margin and upright, as a small JPEG; or fs.ErrNotExist. It
// computes, so that the caller has a slot of the pool.
func (h *Host) Cover(ctx context.Context, r *recognize.Recognizer, name string, t gallery.Template) ([]byte, error) {
	sent, err := h.Photo(name, t)
	if err != nil {
		return nil, err
	}
	b := t.Source.Box
	box := photo.Box{X0: b[0], Y0: b[1], X1: b[2], Y1: b[3]}.Square(1.5)
	shrink := func(int, int) int {
		k := 1
		for k < 8 && box.Side()/float32(2*k) >= coverSide {
			k *= 2
		}
		return k
	}
	m, _, err := photo.Read(ctx, sent, h.o.Recognize.Decode, shrink)
	if err != nil {
		return nil, err
	}
	whole := photo.Box{X1: float32(m.W * m.Times()), Y1: float32(m.H * m.Times())}
	box = photo.Box{X0: max(box.X0, 0), Y0: max(box.Y0, 0), X1: min(box.X1, whole.X1), Y1: min(box.Y1, whole.Y1)}
	if !(box.Side() >= 1) { // an import may say what it wants
		box = whole
	}
	box = box.Scale(1 / float32(m.Times()))
	turn, err := turnOf(ctx, r, m, box)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	part := resample.NewWindow(m, box, turn, coverSide)
	err = jpeg.Encode(&out, part.NRGBA(), &jpeg.Options{Quality: 85})
	return out.Bytes(), err
}

// turnOf looks again how the face in the part b of m lies, since templates do not tell: the quarters clockwise that
// stand it upright. The embedder has its say as at enrolment: by the detector alone a face in four that stands on its
// head is taken for an upright one.
func turnOf(ctx context.Context, r *recognize.Recognizer, m *photo.Image, b photo.Box) (int, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return 0, err
	}
	look := *p.Pipeline
	look.Mirror, look.Views, look.Select = false, nil, embed.SelectAll
	w := resample.NewWindow(m, b.Square(2), 0, 2*coverSide)
	faces, err := look.Faces(w.Image)
	if err != nil {
		return 0, err
	}
	turn, most := 0, float32(0)
	for _, f := range faces {
		if o := photo.Overlap(w.Back.Box(f.Box), b); o > most {
			turn, most = f.Turn/90, o
		}
	}
	return turn, nil
}

// Tidy deletes the photos that a killed server, or another program, left without a template or without a gallery.
// Whoever starts serving calls it.
func (h *Host) Tidy(ctx context.Context) error {
	names := []string{Default}
	if h.o.Data != "" {
		list, err := os.ReadDir(h.o.Data)
		if err != nil {
			return err
		}
		for _, d := range list {
			file, ok := pictures.Of(d.Name())
			if name := filepath.Base(file); ok && filepath.Ext(name) == ending && name != Default+ending {
				names = append(names, name[:len(name)-len(ending)])
			}
		}
	}
	var errs error
	for _, name := range names {
		errs = errors.Join(errs, h.sweepOne(ctx, name))
	}
	return errs
}

func (h *Host) sweepOne(ctx context.Context, name string) error {
	if h.file(name) == "" {
		return nil
	}
	if there, err := h.photos(name).There(); !there {
		return err
	}
	if _, err := os.Lstat(h.file(name)); errors.Is(err, fs.ErrNotExist) && !recognize.IsAddress(h.file(name)) {
		_, err := h.photos(name).Drop()
		return err
	}
	return h.Use(ctx, name, func(r *recognize.Recognizer) error {
		e, err := r.Gallery(ctx)
		if err != nil {
			return err
		}
		return h.Sweep(ctx, name, e)
	})
}
