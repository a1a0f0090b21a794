package command

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"faceid/recognize"
)

// viewFlags say how a face becomes an embedding.
type viewFlags struct {
	detector string
	model    string
	plain    bool
	accept   bool
	minSize  float32
	workers  int
}

func (v *viewFlags) add(f *pflag.FlagSet) {
	v.addDetector(f)
	f.StringVar(&v.model, "model", os.Getenv("FACEID_MODEL"), "the embedder or pack `NAME` "+
		"(default: $FACEID_MODEL, the gallery's, else the default pack); see faceid models list")
	f.BoolVar(&v.plain, "plain", false, "do not add the mirrored view: half the time per face, a little less accurate")
}

func (v *viewFlags) addDetector(f *pflag.FlagSet) {
	f.StringVar(&v.detector, "detector", "", "the detector `NAME`: ultraface, yunet, … (default: the pack's)")
	addAccept(f, &v.accept)
	f.Float32Var(&v.minSize, "min-size", 0, "look for faces from `PIXELS` on, and leave smaller ones out "+
		"(default: from 40 on, smaller ones where they turn up)")
	f.IntVar(&v.workers, "workers", 0, "photos analysed at once (default: one per core)")
}

func addAccept(f *pflag.FlagSet, accept *bool) {
	f.BoolVar(accept, "accept-license", false, "accept the licence of a non-commercial model, once and for all")
}

// check refuses what the pipeline would take for a default.
func (v viewFlags) check() error {
	switch {
	case !(v.minSize >= 0):
		return errFlag("min-size", v.minSize, "pixels, at least 0")
	case v.workers < 0:
		return errFlag("workers", v.workers, "at least 0")
	}
	return nil
}

// severalFlags say which face of several is meant.
type severalFlags struct{ largest, strict bool }

func (s *severalFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&s.largest, "largest", false,
		"where a photo has several faces, take the largest (default: the one that clearly leads)")
	f.BoolVar(&s.strict, "strict", false, "refuse photos with several faces")
	cmd.MarkFlagsMutuallyExclusive("largest", "strict")
}

func (s severalFlags) several() recognize.Several {
	switch {
	case s.largest:
		return recognize.SeveralLargest
	case s.strict:
		return recognize.SeveralRefuse
	}
	return recognize.SeveralMain
}

// addTarget adds the flags that say which operating point is wanted.
func addTarget(f *pflag.FlagSet, t *recognize.Target, far float64) {
	f.Float64Var(&t.FAR, "far", far, "false accept `RATE` per pair: the share of different pairs that may pass")
	f.Func("threshold", "cosine similarity, a `SCORE` from which two faces count as one person; overrides --far",
		func(s string) error {
			v, err := strconv.ParseFloat(s, 64)
			if err != nil || !(v >= -1 && v <= 1) {
				return errors.New("a cosine similarity is a number in [-1, 1]")
			}
			t.Threshold = &v
			return nil
		})
}

// checkTarget refuses a rate that no threshold can have.
func checkTarget(t recognize.Target) error {
	if t.Threshold == nil && !(t.FAR > 0 && t.FAR < 1) {
		return errFlag("far", t.FAR, "a rate is in (0, 1)")
	}
	return nil
}

// errFlag is a wrong value of a flag.
func errFlag(name string, value any, want string) error {
	return fmt.Errorf("--%s %v: %s", name, value, want)
}
