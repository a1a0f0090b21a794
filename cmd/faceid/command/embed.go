package command

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/atomicfile"
	"faceid/internal/f32"
	"faceid/internal/npy"
	"faceid/recognize"
)

type embedOptions struct {
	out     string
	largest bool
	compact bool
	view    viewFlags
	args    []string
}

// embedLine is one face; with several faces in a photo there are several lines.
type embedLine struct {
	Path      string        `json:"path"`
	Face      int           `json:"face"` // from 1, the largest first
	Box       *[4]float32   `json:"box"`
	Quality   embed.Quality `json:"quality"`
	Embedding any           `json:"embedding,omitempty"` // numbers, or base64 of little-endian float32 with --base64
}

func newEmbed(a *app, run func(context.Context, *embedOptions) error) *cobra.Command {
	var o embedOptions
	cmd := &cobra.Command{
		Use:   "embed PHOTO...",
		Short: "Write the embeddings of faces as JSON Lines or .npy",
		Long: `Writes one unit embedding per face: as JSON Lines, or with -o FILE.npy as a float32 array of faces × dimensions
(the rows' photos and boxes then go to FILE.npy.jsonl). Exit code 0: there is a face; 1: there is none; 2: error.`,
		Example: `  faceid embed photos/ > embeddings.jsonl
  faceid embed --largest -o faces.npy photos/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.args = args
			if err := o.view.check(); err != nil {
				return err
			}
			return run(cmd.Context(), &o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE` (.jsonl or .npy) instead of standard output")
	f.BoolVar(&o.largest, "largest", false, "only the largest face of each photo")
	f.BoolVar(&o.compact, "base64", false, "embeddings as base64 of little-endian float32: exact, and a third of the size")
	o.view.add(f)
	return cmd
}

func (a *app) embed(ctx context.Context, o *embedOptions) error {
	paths, err := a.photoPaths(o.args)
	if err != nil {
		return err
	}
	outs := []string{o.out}
	if strings.HasSuffix(o.out, ".npy") {
		outs = append(outs, o.out+".jsonl")
	}
	if err := a.notInput(outs, paths...); err != nil {
		return err
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{})
	if err != nil {
		return err
	}
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	w := &embedWriter{a: a, p: p, o: o, paths: paths}
	switch {
	case o.out == "":
		buf := bufio.NewWriter(a.out)
		err := w.write(ctx, w.jsonLines(buf))
		if ferr := buf.Flush(); err == nil {
			err = ferr
		}
		return err
	case strings.HasSuffix(o.out, ".npy"):
		return w.writeNPY(ctx)
	}
	return w.file(o.out, func(out io.Writer) error { return w.write(ctx, w.jsonLines(out)) })
}

// embedWriter embeds the faces of paths.
type embedWriter struct {
	a     *app
	p     *recognize.Pipeline
	o     *embedOptions
	paths []string
}

// file writes a private file, whole or not at all. That some photos failed, or have no face, is no reason to keep the others' back.
func (w *embedWriter) file(path string, write func(io.Writer) error) error {
	var answer error
	err := atomicfile.Write(path, 0o600, func(out io.Writer) error {
		answer = write(out)
		if answer == errReported || answer == errNoMatch {
			return nil
		}
		return answer
	})
	if err != nil {
		return err
	}
	return answer
}

func (w *embedWriter) jsonLines(out io.Writer) func(embedLine, []float32) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return func(l embedLine, x []float32) error {
		l.Embedding = x
		if w.o.compact {
			l.Embedding = base64.StdEncoding.EncodeToString(f32.Append(nil, x))
		}
		return enc.Encode(l)
	}
}

// write calls emit for each face in order. It returns errReported if some photos failed, errNoMatch if there was no face.
func (w *embedWriter) write(ctx context.Context, emit func(embedLine, []float32) error) error {
	failed, seen := 0, 0
	for bar, photo := range w.a.faces(ctx, w.p, "embedding", w.paths) {
		if photo.Err != nil {
			if ctx.Err() != nil {
				break
			}
			bar.clear()
			w.a.badPhoto(photo.Path, photo.Err)
			failed++
			continue
		}
		if len(photo.Faces) == 0 {
			bar.clear()
			w.a.remark("%s: no face", photo.Path)
		}
		for i, f := range photo.Faces {
			if i > 0 && w.o.largest {
				break
			}
			seen++
			if err := emit(embedLine{Path: photo.Path, Face: i + 1, Box: boxOf(f), Quality: f.Quality}, f.Embedding); err != nil {
				return err
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return found(seen, failed)
}

// writeNPY streams rows to the .npy file and what they are to the .jsonl beside it.
func (w *embedWriter) writeNPY(ctx context.Context) error {
	rows, err := npy.NewSpool(w.p.Entry.Output.Dim)
	if err != nil {
		return err
	}
	defer rows.Close()
	answer := w.file(w.o.out+".jsonl", func(side io.Writer) error {
		enc := json.NewEncoder(side)
		return w.write(ctx, func(l embedLine, x []float32) error {
			if err := rows.Append(x); err != nil {
				return err
			}
			return enc.Encode(l)
		})
	})
	if answer != nil && answer != errReported && answer != errNoMatch {
		return answer
	}
	if err := atomicfile.Write(w.o.out, 0o600, rows.Write); err != nil {
		return err
	}
	w.a.remark("%d embeddings of %d dimensions in %s", rows.Rows, w.p.Entry.Output.Dim, w.o.out)
	return answer
}
