package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/f32"
	"faceid/internal/npy"
)

type embedOptions struct {
	out     string
	largest bool
	compact bool
	view    viewOptions
}

// embedLine is one face; with several faces a photo there are several lines.
type embedLine struct {
	Path      string        `json:"path"`
	Face      int           `json:"face"` // from 1, the largest first
	Box       [4]float32    `json:"box"`
	Quality   embed.Quality `json:"quality"`
	Embedding any           `json:"embedding"` // numbers, or base64 of little-endian float32 with --base64
}

func newEmbed(a *app) *cobra.Command {
	var o embedOptions
	cmd := &cobra.Command{
		Use:   "embed PHOTO...",
		Short: "Write the embeddings of faces as JSON Lines or .npy",
		Long: `Writes one unit embedding a face: as JSON Lines, or with -o FILE.npy as a float32 array of faces × dimensions
(the rows' photos and boxes then go to FILE.npy.jsonl).`,
		Example: `  faceid embed photos/ > embeddings.jsonl
  faceid embed --largest -o faces.npy photos/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return embedRun(cmd.Context(), a, o, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE` (.jsonl or .npy) instead of standard output")
	f.BoolVar(&o.largest, "largest", false, "only the largest face of each photo")
	f.BoolVar(&o.compact, "base64", false, "embeddings as base64 of little-endian float32: exact, and a third of the size")
	o.view.flags(f)
	return cmd
}

func embedRun(ctx context.Context, a *app, o embedOptions, args []string) error {
	paths, err := a.photoPaths(args)
	if err != nil {
		return err
	}
	for _, out := range []string{o.out, o.out + ".jsonl"} {
		if err := notInput(out, paths); err != nil {
			return err
		}
	}
	p, err := a.openPipeline(ctx, o.view.pipeline())
	if err != nil {
		return err
	}
	switch {
	case o.out == "":
		w := bufio.NewWriter(a.out)
		if err := a.writeEmbeddings(ctx, p, o, paths, jsonLines(w, o.compact)); err != nil {
			w.Flush()
			return err
		}
		return w.Flush()
	case strings.HasSuffix(o.out, ".npy"):
		return a.writeNPY(ctx, p, o, paths)
	default:
		var run error
		err := writePrivate(o.out, func(w io.Writer) error {
			run = a.writeEmbeddings(ctx, p, o, paths, jsonLines(w, o.compact))
			if run == errReported {
				return nil
			}
			return run
		})
		if err != nil {
			return err
		}
		return run
	}
}

func jsonLines(w io.Writer, compact bool) func(embedLine, []float32) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return func(l embedLine, x []float32) error {
		l.Embedding = x
		if compact {
			l.Embedding = base64.StdEncoding.EncodeToString(f32.Append(nil, x))
		}
		return enc.Encode(l)
	}
}

// writeEmbeddings calls emit for each face in order. It returns errReported if some photos failed.
func (a *app) writeEmbeddings(ctx context.Context, p *pipeline, o embedOptions, paths []string, emit func(embedLine, []float32) error) error {
	failed, found := 0, 0
	for bar, photo := range a.faces(ctx, p, "embedding", paths) {
		if photo.Err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			bar.clear()
			a.problem(photo.Path, photoError(photo.Err))
			failed++
			continue
		}
		if len(photo.Faces) == 0 {
			bar.clear()
			a.remark("%s: no face", photo.Path)
		}
		for i, f := range photo.Faces {
			if i > 0 && o.largest {
				break
			}
			found++
			line := embedLine{Path: photo.Path, Face: i + 1, Box: [4]float32{f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1}, Quality: f.Quality}
			if err := emit(line, f.Embedding); err != nil {
				return err
			}
		}
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed > 0:
		return errReported
	case found == 0:
		return errNoMatch
	}
	return nil
}

// writeNPY streams rows to the .npy file and what they are to the .jsonl beside it.
func (a *app) writeNPY(ctx context.Context, p *pipeline, o embedOptions, paths []string) error {
	tmp, err := os.CreateTemp("", "faceid-*.f32") // rows, until their number is known; 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	rows, dim := 0, p.Model().Output.Dim
	w := bufio.NewWriterSize(tmp, 1<<20)
	var buf []byte
	var run error
	err = writePrivate(o.out+".jsonl", func(side io.Writer) error {
		enc := json.NewEncoder(side)
		run = a.writeEmbeddings(ctx, p, o, paths, func(l embedLine, x []float32) error {
			rows++
			buf = f32.Append(buf[:0], x)
			if _, err := w.Write(buf); err != nil {
				return err
			}
			return enc.Encode(struct {
				embedLine
				Embedding *struct{} `json:"embedding,omitempty"`
			}{embedLine: l})
		})
		if run == errReported || run == errNoMatch {
			return nil
		}
		return run
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	err = writePrivate(o.out, func(w io.Writer) error {
		if err := npy.WriteHeader(w, "<f4", rows, dim); err != nil {
			return err
		}
		_, err := io.Copy(w, tmp)
		return err
	})
	if err != nil {
		return err
	}
	a.remark("%d embeddings of %d dimensions in %s", rows, dim, o.out)
	return run
}
