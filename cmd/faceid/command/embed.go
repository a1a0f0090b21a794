package command

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
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
		Long: `Writes one unit embedding per face: as JSON Lines, or with -o FILE.npy as a float32 array of faces ×
dimensions (the rows' photos and boxes then go to FILE.npy.jsonl). - is standard input, a photo or a list of paths.
Exit code 0: there is a face; 1: there is none; 2: error.`,
		Example: `  faceid embed photos/ > embeddings.jsonl
  faceid embed --largest -o faces.npy photos/`,
		Args: cobra.MinimumNArgs(1),
		RunE: parsed(&o, run, func(args []string) error {
			o.args = args
			return o.view.check()
		}),
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "out", "o", "", "write to `FILE` (.jsonl or .npy) instead of standard output")
	f.BoolVar(&o.largest, "largest", false, "only the largest face of each photo")
	f.BoolVar(&o.compact, "base64", false,
		"embeddings as base64 of little-endian float32: exact, and a third of the size")
	o.view.add(f)
	return cmd
}

func (a *app) embed(ctx context.Context, o *embedOptions) error {
	paths, err := a.photosOrStdin(ctx, o.args)
	if err != nil {
		return err
	}
	outs, array := []string{o.out}, strings.HasSuffix(o.out, ".npy")
	if array {
		outs = append(outs, o.out+".jsonl")
	}
	if err := a.notInput(outs, paths...); err != nil {
		return err
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{})
	if err != nil {
		return err
	}
	faces := func(emit func(embedLine, []float32) error) error { return a.embedFaces(ctx, r, o, paths, emit) }
	lines := func(w io.Writer) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return faces(func(l embedLine, x []float32) error {
			l.Embedding = x
			if o.compact {
				l.Embedding = base64.StdEncoding.EncodeToString(f32.Append(nil, x))
			}
			return enc.Encode(l)
		})
	}
	switch {
	case array:
		return a.embedArray(ctx, r, o.out, faces)
	case o.out != "":
		return writeAnswer(o.out, lines)
	}
	buf := bufio.NewWriter(a.out)
	err = lines(buf)
	if ferr := buf.Flush(); err == nil {
		err = ferr
	}
	return err
}

// embedFaces calls emit for each face in order.
func (a *app) embedFaces(ctx context.Context, r *recognize.Recognizer, o *embedOptions, paths []string,
	emit func(embedLine, []float32) error) error {
	return a.eachPhoto(ctx, r, "embedding", paths, func(photo embed.Photo) (int, error) {
		faces := photo.Faces
		if len(faces) == 0 {
			a.remark("%s: no face", photo.Path)
		}
		if o.largest && len(faces) > 1 {
			faces = faces[:1]
		}
		for i, f := range faces {
			if err := emit(embedLine{Path: photo.Path, Face: i + 1, Box: boxOf(f), Quality: f.Quality},
				f.Embedding); err != nil {
				return i, err
			}
		}
		return len(faces), nil
	})
}

// embedArray streams rows to the .npy file and what they are to the .jsonl beside it.
func (a *app) embedArray(ctx context.Context, r *recognize.Recognizer, out string,
	faces func(func(embedLine, []float32) error) error) error {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	rows, err := npy.NewSpool(p.Entry.Output.Dim)
	if err != nil {
		return err
	}
	defer rows.Close()
	answer := writeAnswer(out+".jsonl", func(side io.Writer) error {
		enc := json.NewEncoder(side)
		return faces(func(l embedLine, x []float32) error { return errors.Join(rows.Append(x), enc.Encode(l)) })
	})
	if answer != nil && !isAnswer(answer) {
		return answer
	}
	if err := atomicfile.Write(out, 0o600, rows.Write); err != nil {
		return err
	}
	a.remark("%d embeddings of %d dimensions in %s", rows.Rows, p.Entry.Output.Dim, out)
	return answer
}

// writeAnswer writes a private file, whole or not at all. That some photos failed, or have no face, is no reason to
// keep the others' back.
func writeAnswer(path string, write func(io.Writer) error) error {
	var answer error
	err := atomicfile.Write(path, 0o600, func(w io.Writer) error {
		if answer = write(w); isAnswer(answer) {
			return nil
		}
		return answer
	})
	if err != nil {
		return err
	}
	return answer
}

// isAnswer tells whether err says how a command ends that did its work.
func isAnswer(err error) bool { return errors.Is(err, errReported) || errors.Is(err, errNoMatch) }
