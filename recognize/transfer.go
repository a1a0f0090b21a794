package recognize

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"faceid/gallery"
	"faceid/internal/hint"
	"faceid/internal/plain"
	"faceid/models"
)

// Format is a way of writing a gallery to a file.
type Format struct {
	Ending string // of the file's name
	Write  func(ctx context.Context, e gallery.Engine, w io.Writer, o *gallery.TransferOptions) error
	Read   func(ctx context.Context, e gallery.Engine, f *os.File,
		o *gallery.TransferOptions) (gallery.Transferred, error)
}

var formats = []Format{
	{".jsonl", gallery.ExportJSONL, func(ctx context.Context, e gallery.Engine, f *os.File,
		o *gallery.TransferOptions) (gallery.Transferred, error) {
		return gallery.ImportJSONL(ctx, e, f, o)
	}},
	{".npz", gallery.ExportNPZ, func(ctx context.Context, e gallery.Engine, f *os.File,
		o *gallery.TransferOptions) (gallery.Transferred, error) {
		info, err := f.Stat()
		if err != nil {
			return gallery.Transferred{}, err
		}
		return gallery.ImportNPZ(ctx, e, f, info.Size(), o)
	}},
}

// FormatOf chooses the format by the file's name.
func FormatOf(name string) (Format, error) {
	for _, f := range formats {
		if strings.HasSuffix(name, f.Ending) {
			return f, nil
		}
	}
	return Format{}, hint.With(fmt.Errorf("%s: unknown format", plain.Quoted(name)), "end the name in .jsonl or .npz")
}

// ImportOptions tune Import; nil means the zero value.
type ImportOptions struct {
	Model    string // name of the embedder that made the vectors, where the file does not say; "": the file says
	Plain    bool   // with Model: the vectors are without the mirrored view
	Transfer *gallery.TransferOptions
}

// Import adds the people of a file that an export wrote; what is there already is recognised. A gallery that is not
// there is created for the model that the file or the options name; one that is there is refused if it is of another.
func (r *Recognizer) Import(ctx context.Context, f *os.File, o *ImportOptions) (gallery.Transferred, error) {
	if o == nil {
		o = &ImportOptions{}
	}
	var none gallery.Transferred
	format, err := FormatOf(f.Name())
	if err != nil {
		return none, err
	}
	e, err := r.importInto(ctx, f, o)
	if err != nil {
		return none, err
	}
	done, err := format.Read(ctx, e, f, o.Transfer)
	if err != nil {
		return done, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return done, r.Recalibrate(ctx)
}

func (r *Recognizer) importInto(ctx context.Context, f *os.File, o *ImportOptions) (gallery.Engine, error) {
	e, err := r.Gallery(ctx)
	there := !errors.Is(err, fs.ErrNotExist)
	switch {
	case there && err != nil:
		return nil, err
	case there && o.Model == "":
		return e, nil
	}
	m, err := r.importModel(f, o)
	if err != nil || !there {
		if err != nil {
			return nil, err
		}
		return r.GalleryFor(ctx, m)
	}
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	if !o.Plain { // not said, and the gallery knows
		m.Views = info.Model.Views
	}
	return e, r.sameModel(info.Model, m)
}

// importModel is the model of the vectors: the one that is named, or the one in the file.
func (r *Recognizer) importModel(f *os.File, o *ImportOptions) (gallery.Model, error) {
	if o.Model == "" {
		info, err := f.Stat()
		if err != nil {
			return gallery.Model{}, err
		}
		m, err := gallery.ExportModel(f, info.Size())
		if err != nil {
			return gallery.Model{}, fmt.Errorf("%s: %w", f.Name(), err)
		}
		if m == nil {
			return gallery.Model{}, fmt.Errorf("%s: %w", f.Name(), ErrUnsaid)
		}
		return *m, nil
	}
	e, err := r.store.Entry(o.Model)
	if err != nil {
		return gallery.Model{}, err
	}
	if e.Role != models.RoleEmbedder {
		return gallery.Model{}, &RoleError{o.Model, string(e.Role), string(models.RoleEmbedder)}
	}
	views := ViewsMirrored
	if o.Plain {
		views = ViewsPlain
	}
	return gallery.Model{Name: e.Name, SHA256: e.SHA256, Dim: e.Output.Dim, Views: views}, nil
}
