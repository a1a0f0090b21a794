package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/internal/atomicfile"
	"faceid/recognize"
	"faceid/recognize/folder"
	"faceid/recognize/lines"
)

type embedOptions struct {
	out     string
	largest bool
	compact bool
	view    viewFlags
	args    []string
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
	if folder.IsPhoto(o.out) {
		return errFlag("out", o.out, "that is the name of a photo: end it in .jsonl or .npy")
	}
	r, err := a.recognizer(ctx, o.view, recognize.Options{})
	if err != nil {
		return err
	}
	if array {
		return a.embedArray(ctx, r, o, paths)
	}
	write := func(w io.Writer) error { return a.embedFaces(ctx, r, o, paths, lines.Texts(w, o.compact)) }
	if o.out != "" {
		return writeAnswer(o.out, write)
	}
	buf := bufio.NewWriter(a.out)
	return errors.Join(write(buf), buf.Flush())
}

// embedFaces adds each face in order.
func (a *app) embedFaces(ctx context.Context, r *recognize.Recognizer, o *embedOptions, paths []string,
	to lines.Embeddings) error {
	return a.eachPhoto(ctx, r, "embedding", paths, func(photo embed.Photo) (n int, err error) {
		if len(photo.Faces) == 0 {
			a.remark("%s: no face", photo.Path)
		}
		for ; n < len(photo.Faces) && err == nil && (n == 0 || !o.largest); n++ {
			err = to.Add(photo, n)
		}
		return n, err
	})
}

// embedArray streams rows to the .npy file and what they are to the .jsonl beside it.
func (a *app) embedArray(ctx context.Context, r *recognize.Recognizer, o *embedOptions, paths []string) error {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return err
	}
	var rows *lines.Rows
	answer := writeAnswer(o.out+".jsonl", func(side io.Writer) (err error) {
		if rows, err = lines.Array(side, p.Entry.Output.Dim); err != nil {
			return err
		}
		return a.embedFaces(ctx, r, o, paths, rows)
	})
	if rows != nil {
		defer rows.Close()
	}
	if answer != nil && !isAnswer(answer) {
		return answer
	}
	if err := rows.WriteFile(o.out); err != nil {
		return errors.Join(err, os.Remove(o.out+".jsonl")) // says what rows are that are not there
	}
	a.remark("%d embeddings of %d dimensions in %s", rows.Rows, p.Entry.Output.Dim, o.out)
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
