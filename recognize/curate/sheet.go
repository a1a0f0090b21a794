package curate

import (
	"fmt"

	"faceid/recognize/sheet"
)

// DrawSheet draws the faults, the surest first, each with the photo that it is most alike; see package sheet. Photos
// are where they were when they were enrolled, or grey.
func (x *Examination) DrawSheet(file string) error {
	var pairs []sheet.Pair
	for _, f := range x.Faults {
		if f.minor() {
			continue
		}
		pairs = append(pairs, f.pairs()...)
	}
	for _, f := range x.Faults { // what may be no fault last
		if f.minor() {
			pairs = append(pairs, f.pairs()...)
		}
	}
	return sheet.Write(file, pairs)
}

// pairs are the templates at fault, each with the other person's.
func (f Fault) pairs() (out []sheet.Pair) {
	for _, t := range f.Templates {
		p := sheet.Pair{A: faceOf(t, f.Person), Score: fmt.Sprintf("%s %.3f", f.Kind, f.Score)}
		if f.With != nil {
			p.B = faceOf(*f.With, *f.Other)
		}
		out = append(out, p)
	}
	return out
}

func faceOf(t Kept, who Named) sheet.Face {
	return sheet.Face{Path: t.Path, Box: t.box, Name: fmt.Sprintf("%v: %d", who, t.ID)}
}
