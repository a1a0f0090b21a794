package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/models"
)

func newGalleryStats(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "stats",
		Short: "Show model, counts and sizes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := a.openGallery(cmd.Context(), nil)
			if err != nil {
				return err
			}
			s, ok := e.(*sqlite.Store)
			if !ok {
				info, err := e.Info(cmd.Context())
				if err != nil {
					return err
				}
				if a.json {
					return a.printJSON(info)
				}
				a.printInfo(info)
				return nil
			}
			st, err := s.Stats(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(st)
			}
			a.printInfo(st.Info)
			a.printf("created     %s\nfile        %s (%s free), index %s\n", st.Created.Local().Format("2006-01-02 15:04"), size(st.Bytes), size(st.FreeBytes), size(st.IndexBytes))
			if st.WithoutTrunk > 0 {
				a.printf("%s templates have no trunk feature: they cannot follow a fine-tuned model\n", thousands(int64(st.WithoutTrunk)))
			}
			return nil
		},
	}
}

func (a *app) printInfo(i gallery.Info) {
	search := "exact"
	if !i.Exact {
		search = "approximate"
	}
	a.printf("gallery     %s (%s, search is %s)\nmodel       %s, %d dimensions, %s views, sha256 %.12s…\npeople      %s\ntemplates   %s\n",
		a.galleryName(), i.Engine, search, i.Model.Name, i.Model.Dim, i.Model.Views, i.Model.SHA256, thousands(int64(i.People)), thousands(int64(i.Templates)))
}

// size is a number of bytes for people.
func size(n int64) string {
	const unit = "kMGT"
	f, i := float64(n), -1
	for f >= 1000 && i < len(unit)-1 {
		f /= 1000
		i++
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %cB", f, unit[i])
}

func newGalleryCheck(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Look for damage; changes nothing",
		Long:  "Reads the whole gallery and compares the search index with it. Exit code 0: sound; 2: damaged.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if isCluster(a.galleryName()) {
				return fmt.Errorf("%s: a cluster keeps its own checks; this one is for a gallery file", a.galleryName())
			}
			r, err := sqlite.Check(cmd.Context(), a.galleryName())
			if err != nil {
				return err
			}
			if a.json {
				if err := a.printJSON(r); err != nil {
					return err
				}
			} else if r.OK() {
				a.printf("%s: sound: %s, %s; search index: %s\n", a.galleryName(), plural(r.Info.People, "person", "people"), plural(r.Info.Templates, "template", "templates"), r.Index)
			}
			for _, p := range r.Problems {
				a.printf("%s\n", p)
			}
			if !r.OK() {
				return withHint(fmt.Errorf("%s: %s", a.galleryName(), plural(len(r.Problems), "problem", "problems")), "restore a copy; faceid gallery export saves what can still be read")
			}
			return nil
		},
	}
}

func newGalleryCompact(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "compact",
		Short: "Give back the space of what was deleted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.openStore(cmd.Context(), "be compacted")
			if err != nil {
				return err
			}
			before, err := s.Stats(cmd.Context())
			if err != nil {
				return err
			}
			if err := s.Compact(cmd.Context()); err != nil {
				return err
			}
			after, err := s.Stats(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(after)
			}
			// Without the index, which is derived and may just have been made.
			a.printf("%s, was %s\n", size(after.Bytes), size(before.Bytes+before.WALBytes))
			return nil
		},
	}
}

// transfer is the options of a copy, an export or an import, with a bar.
func (a *app) transfer(label string) (*gallery.TransferOptions, *bar) {
	b := a.progress(label, -1)
	return &gallery.TransferOptions{Progress: func(done, total int) {
		if total > 0 {
			b.total = int64(total)
		}
		b.set(int64(done))
	}}, b
}

func newGalleryExport(a *app) *cobra.Command {
	var numbers, noTrunk bool
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the gallery to .jsonl or .npz",
		Long: `Writes all people and templates, as JSON Lines (one person a line) or as a NumPy archive. The file is biometric
data, readable by its owner alone: keep it so.`,
		Example: "  faceid gallery export backup.jsonl\n  faceid gallery export faces.npz     # numpy.load(\"faces.npz\")[\"embeddings\"]",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, err := byEnding(args[0], gallery.ExportJSONL, gallery.ExportNPZ)
			if err != nil {
				return err
			}
			e, err := a.openGallery(cmd.Context(), nil)
			if err != nil {
				return err
			}
			o, b := a.transfer("exporting")
			defer b.finish()
			o.Numbers, o.NoTrunk = numbers, noTrunk
			return writePrivate(args[0], func(w io.Writer) error { return write(cmd.Context(), e, w, o) })
		},
	}
	cmd.Flags().BoolVar(&numbers, "numbers", false, "in .jsonl, vectors as numbers instead of base64: twice the size")
	cmd.Flags().BoolVar(&noTrunk, "no-trunk", false, "leave the trunk features out")
	return cmd
}

// byEnding chooses between the two formats by the file's name.
func byEnding[T any](name string, jsonl, npz T) (T, error) {
	switch {
	case strings.HasSuffix(name, ".jsonl"):
		return jsonl, nil
	case strings.HasSuffix(name, ".npz"):
		return npz, nil
	}
	return jsonl, withHint(fmt.Errorf("%s: unknown format", name), "end the name in .jsonl or .npz")
}

func newGalleryImport(a *app) *cobra.Command {
	var model string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the people of a .jsonl or .npz file",
		Long:  "Adds people and templates that an export wrote. What is there already is recognised, so an interrupted import goes on by the same command.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			read, err := byEnding(args[0], importJSONL, importNPZ)
			if err != nil {
				return err
			}
			f, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer f.Close()
			want, err := a.importModel(cmd.Context(), f, model)
			if err != nil {
				return err
			}
			e, err := a.openGallery(cmd.Context(), want)
			if err != nil {
				return err
			}
			o, b := a.transfer("importing")
			done, err := read(cmd.Context(), e, f, o)
			b.finish()
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return a.printTransferred(done)
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "the embedder `NAME` that made the vectors, where the file does not say")
	return cmd
}

func importJSONL(ctx context.Context, e gallery.Engine, f *os.File, o *gallery.TransferOptions) (gallery.Transferred, error) {
	return gallery.ImportJSONL(ctx, e, f, o)
}

func importNPZ(ctx context.Context, e gallery.Engine, f *os.File, o *gallery.TransferOptions) (gallery.Transferred, error) {
	info, err := f.Stat()
	if err != nil {
		return gallery.Transferred{}, err
	}
	return gallery.ImportNPZ(ctx, e, f, info.Size(), o)
}

// importModel is the model for a gallery that the import is to create: the one named, or the one in the file. Nil where the
// gallery exists; a model that is named must then be the gallery's.
func (a *app) importModel(ctx context.Context, f *os.File, name string) (*gallery.Model, error) {
	have, err := a.galleryModel(ctx)
	if err != nil || have != nil && name == "" {
		return nil, err
	}
	if name == "" {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		m, err := gallery.ExportModel(f, info.Size())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		if m != nil {
			return m, nil
		}
		return nil, withHint(fmt.Errorf("%s does not say which model made its vectors", f.Name()), "name it with --model")
	}
	s, err := a.openModels()
	if err != nil {
		return nil, err
	}
	e, err := s.Entry(name)
	if err != nil {
		return nil, err
	}
	if e.Role != models.RoleEmbedder {
		return nil, errFlag("model", name, "is a "+string(e.Role)+", not an embedder")
	}
	if have != nil {
		if have.SHA256 != e.SHA256 {
			return nil, withHint(fmt.Errorf("%w: %s holds embeddings of %s, not of %s", gallery.ErrModel, a.galleryName(), have.Name, e.Name), "import into another --gallery")
		}
		return nil, nil
	}
	return &gallery.Model{Name: e.Name, SHA256: e.SHA256, Dim: e.Output.Dim, Views: "mirrored"}, nil
}

func (a *app) printTransferred(t gallery.Transferred) error {
	if a.json {
		return a.printJSON(t)
	}
	a.printf("%s (%d new), %s new, %d there before\n", plural(t.People, "person", "people"), t.Created, plural(t.Added, "template", "templates"), t.Duplicates)
	return nil
}

func newGalleryCopy(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "copy FROM TO",
		Short:   "Copy a gallery: to another file, to a cluster, or back",
		Long:    "Adds everybody of one gallery to another, which is created if there is none. An interrupted copy goes on by the same command.",
		Example: "  faceid gallery copy gallery.db 'weaviate://10.0.0.1:8080,10.0.0.2:8080/Faces?replicas=3'",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			ctx := cmd.Context()
			from, err := a.openEngine(ctx, args[0], nil)
			if err != nil {
				return err
			}
			defer from.Close()
			info, err := from.Info(ctx)
			if err != nil {
				return err
			}
			to, err := a.openEngine(ctx, args[1], &info.Model)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, to.Close()) }()
			o, b := a.transfer("copying")
			done, err := gallery.Copy(ctx, from, to, o)
			b.finish()
			if err != nil {
				return err
			}
			return a.printTransferred(done)
		},
	}
}
