// Package normalise calibrates a gallery by a cohort: photos of any strangers, by which scores are normalised where
// that helps. What a cohort does to scores is package snorm, what it is worth package cohort; here are the photos.
package normalise

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"faceid/embed"
	"faceid/gallery"
	"faceid/gallery/snorm"
	"faceid/internal/hint"
	"faceid/internal/words"
	"faceid/recognize"
	"faceid/recognize/census"
	"faceid/recognize/cohort"
	"faceid/recognize/tidy"
)

// ErrRefused is returned for a cohort that is not used: too few people, or no gain, or true matches lost. Nothing was
// changed.
var ErrRefused = errors.New("the cohort is not used")

// mostFaces bounds what is read: more would say the same.
const mostFaces = 10_000

// Calibrate judges a cohort and, where it helps, calibrates r's gallery with it. The largest face of each photo counts;
// photos of one person are found by clustering. Left, if any, is told of photos that are left out. o says what else to
// calibrate with. It returns ErrRefused with the figures, or what Recognizer.Calibrate does.
func Calibrate(ctx context.Context, r *recognize.Recognizer, photos iter.Seq[embed.Input],
	o recognize.CalibrateOptions) (*gallery.Calibration, error) {
	e, _, err := r.InUse(ctx)
	if err != nil {
		return nil, err
	}
	g, err := recognize.TakeCensus(ctx, e)
	if err != nil {
		return nil, err
	}
	if g.Enrolled < recognize.MinCalibrated {
		return nil, &recognize.TooFewError{What: "calibration", Have: g.Enrolled, Need: recognize.MinCalibrated}
	}
	curve, err := r.Curve(ctx, e, g.Info.Model)
	if err != nil {
		return nil, err
	}
	faces, err := read(ctx, r, e, photos, curve.Threshold(looksEnrolled/float64(g.Enrolled)), o.Left)
	if err != nil {
		return nil, err
	}
	people, err := sorted(ctx, faces, curve)
	if err != nil {
		return nil, err
	}
	if len(people) < cohort.MinPeople {
		return nil, hint.With(fmt.Errorf("%w: %s in it, %d are needed; with fewer it is luck whether it helps",
			ErrRefused, words.Plural(len(people), "person", "people"), cohort.MinPeople),
			"give photos of more strangers, of many origins and ages")
	}
	v, err := cohort.Judge(people, g.Photos())
	if err != nil {
		return nil, err
	}
	if !v.Used {
		return nil, hint.With(fmt.Errorf("%w: %s (%s)", ErrRefused, v.Why, v.Figures()),
			"the gallery stays as it was; photos of strangers of other origins may do better")
	}
	firsts := make([][]float32, len(people))
	for i, p := range people {
		firsts[i] = p[0]
	}
	if o.Cohort, err = snorm.New(firsts); err != nil {
		return nil, err
	}
	o.Verdict.Says = fmt.Sprintf("%s: %s", v.Why, v.Figures())
	return r.Calibrate(ctx, &o)
}

// looksEnrolled is the share of strangers who are left out since they look like somebody enrolled.
const looksEnrolled = 0.01

// read returns the faces of photos that nobody enrolled looks like by so much.
func read(ctx context.Context, r *recognize.Recognizer, e gallery.Engine, photos iter.Seq[embed.Input],
	enrolled float64, left func(*recognize.PhotoError)) ([][]float32, error) {
	p, err := r.Pipeline(ctx)
	if err != nil {
		return nil, err
	}
	var faces [][]float32
	var met census.Faces
	for photo := range p.Run(ctx, photos) {
		face, err := recognize.OneFace(photo, recognize.SeveralLargest)
		if err == nil {
			err = recognize.TooPoor(face)
		}
		if err == nil {
			err = met.Meet(face.Embedding)
		}
		if err == nil {
			found, serr := e.Search(ctx, [][]float32{face.Embedding}, &gallery.SearchOptions{K: 1})
			if serr != nil {
				return nil, serr
			}
			if len(found[0]) > 0 && float64(found[0][0].Score) >= enrolled {
				err = census.ErrEnrolled
			}
		}
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			if left != nil {
				left(&recognize.PhotoError{Path: photo.Path, Err: err})
			}
			continue
		}
		if faces = append(faces, face.Embedding); len(faces) == mostFaces {
			break
		}
	}
	return faces, ctx.Err()
}

// sorted are the people among faces; a face that could be of two is left out.
func sorted(ctx context.Context, faces [][]float32, c tidy.Curve) ([][][]float32, error) {
	if len(faces) == 0 {
		return nil, nil
	}
	groups, err := tidy.Cluster(ctx, faces, c, nil)
	if err != nil {
		return nil, err
	}
	var people [][][]float32
	for _, g := range groups.Groups {
		var p [][]float32
		for _, i := range g {
			p = append(p, faces[i])
		}
		if len(p) > 0 {
			people = append(people, p)
		}
	}
	return people, nil
}
