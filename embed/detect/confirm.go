package detect

import (
	"image"
	"math"
	"slices"

	"faceid/embed/photo"
	"faceid/embed/resample"
)

// confirm looks at the candidates of a photo a second and a third time, each in the middle of a window of twice and
// three times its size, and keeps those that look like a face there as well. Tiles show a detector sleeves, throats and
// banisters as large as faces are, and it fires on some; but on such a thing its scores fall apart as soon as the frame
// moves, and on a face they stay. What is asked for is the mean of the scores' logits (the log-odds add up when looks
// are independent), and that the box stays where it was.
//
// A view of tiles may also misplace a face by half its size, and where two do, that is two candidates for one face, or
// one that has suppressed the right one. So there a face is where the second look sees it, if that is elsewhere, and
// those in one place are one.
//
// In a photo that one view shows whole, which is not enlarged, a face with a good score is believed.
func (d *Net) confirm(m *photo.Image, found []Detection, tiled bool, minScore float32) ([]Detection, error) {
	if d.out.Confirm == 0 || len(found) == 0 {
		return found, nil
	}
	// Callers that ask for weaker faces get weaker ones confirmed.
	need := Logit(d.out.Confirm) + Logit(minScore) - Logit(d.out.Score)
	kept := make([]Detection, 0, len(found))
	for _, f := range found {
		if !tiled && Logit(f.Score) >= need {
			kept = append(kept, f)
			continue
		}
		x, sure, err := d.looks(m, f, need)
		if err != nil {
			return nil, err
		}
		if tiled {
			f = x
		}
		if sure {
			kept = append(kept, f)
		}
	}
	if tiled {
		kept = nms(kept, d.out.NMS)
	}
	return kept, nil
}

// looks says whether f is surely a face, and returns it, moved where it was misplaced.
func (d *Net) looks(m *photo.Image, f Detection, need float64) (x Detection, sure bool, err error) {
	side := LookSide
	if d.free {
		side = smallLook
	}
	x, beside, err := d.secondLook(m, f, look{2, side})
	if err == nil && x.Score < even && beside.Score > max(x.Score, even) {
		f = beside
		x, _, err = d.secondLook(m, f, look{2, side})
	}
	if err != nil {
		return f, false, err
	}
	sum := Logit(f.Score) + Logit(x.Score)
	if d.free {
		sure, err = d.smallLooks(m, f, sum, need)
	} else {
		sure, err = d.thirdLook(m, f, sum, need)
	}
	if x.Score >= even && photo.IoU(x.Box, f.Box) < placed {
		f.Box, f.Points = x.Box, x.Points
	}
	return f, sure, err
}

// thirdLook says whether f is a face, given the sum of two looks' logits.
func (d *Net) thirdLook(m *photo.Image, f Detection, sum, need float64) (bool, error) {
	// A third look cannot change what two agree on.
	if sum >= 3*need+2 || sum < 3*need-maxLogit {
		return sum >= 3*need, nil
	}
	x, _, err := d.secondLook(m, f, look{3, LookSide})
	return sum+Logit(x.Score) >= 3*need, err
}

// smallLooks is thirdLook for a model that takes any size. Small windows tell people best from what it takes for them:
// on renditions of the samples, dark, blurred, compressed, sharpened and with grain ones among them, the means of three
// logits are 1.7 at most for things and 2.4 at least for all but two faces, where those of looks at four times the
// pixels overlap. A larger look decides between.
func (d *Net) smallLooks(m *photo.Image, f Detection, sum, need float64) (bool, error) {
	enough := 3*need + 2
	for i, l := range []look{{3, smallLook}, {2, 2 * smallLook}} {
		if sum >= enough || sum < 4*barely*need-float64(2-i)*maxLogit {
			return sum >= enough, nil
		}
		x, _, err := d.secondLook(m, f, l)
		if err != nil {
			return false, err
		}
		sum += Logit(x.Score)
		enough = 3 * clearly * need
	}
	return sum >= 4*barely*need, nil
}

// What smallLooks asks of the mean of three logits and of four, in what is asked of one.
const clearly, barely = 0.75, 0.6

const (
	sameFace = 0.4 // intersection over union from which two boxes of different views are of one face
	nearFace = 0.2 // and from which one may be the other, misplaced
	placed   = 0.6 // and from which a box is about right; a small window does no better then
	even     = 0.5 // score from which something is more likely a face than not
	maxLogit = 10  // a score of 1 − 5e-5: beyond, float32 has no more to tell
)

// Logit is the log-odds of a score, within ±maxLogit.
func Logit(p float32) float64 {
	x := float64(p)
	return max(-maxLogit, min(math.Log(x/(1-x)), maxLogit))
}

// look is a window of so many times a candidate's size, and its side in pixels.
type look struct {
	times float32
	side  int
}

// secondLook runs the model once on a window round f, which may reach past m, and returns what looks most like a face
// in f's place, and what does so beside it, where f's face may be if f was misplaced. A Score is 0 where there is
// nothing. It asks every candidate: non-maximum suppression of the thousands that look somewhat like a face takes as
// long as the model.
func (d *Net) secondLook(m *photo.Image, f Detection, l look) (same, beside Detection, err error) {
	w := resample.NewWindow(m, f.Box.Square(l.times), 0, l.side)
	v := d.single(w.Image)
	if d.free { // as square as the window
		v.w, v.h = l.side, l.side
	}
	found, err := d.candidates(w.Image, v, 0.05)
	for _, x := range found {
		switch at := photo.IoU(w.Back.Box(x.Box), f.Box); {
		case at >= sameFace && x.Score > same.Score:
			same = x
		case at >= nearFace && at < sameFace && x.Score > beside.Score:
			beside = x
		}
	}
	return moved(same, w.Back), moved(beside, w.Back), err
}

// moved maps a detection by s.
func moved(d Detection, s resample.Similarity) Detection {
	d.Box = s.Box(d.Box)
	if d.Points != nil {
		p := s.Landmarks(*d.Points)
		d.Points = &p
	}
	return d
}

// Glance runs the model once on a small picture as it is, for a look at a part of a photo that a Window shows.
func (d *Net) Glance(m *photo.Image) ([]Detection, error) { return d.view(m, d.single(m), d.out.Score) }

// LookSide is the side in pixels of the windows for second looks: as much as the smallest of the models takes in.
const LookSide = 240

// smallLook is the side of a second look of a model that takes any size.
const smallLook = 128

// single is the view of a whole window; of a model that takes any size a small one.
func (d *Net) single(m *photo.Image) view {
	v := view{part: image.Rect(0, 0, m.W, m.H), w: d.in.Width, h: d.in.Height}
	if d.in.Dynamic {
		s := max(d.in.Stride, 1)
		v.w = (320 + s - 1) / s * s
		v.h = v.w
	}
	return v
}

// closeUp looks again, with a border of the photo's mean colour round it, at a face that fills most of the photo's
// width or height: a crop of another detector, a passport photo. There the box is often that of a part of the face.
// Without such a face, or where the second look finds none, found is as it was.
func (d *Net) closeUp(m *photo.Image, found []Detection, minScore float32) ([]Detection, error) {
	i := slices.IndexFunc(found, func(f Detection) bool {
		return f.Box.X1-f.Box.X0 >= fillsWidth*float32(m.W) || f.Box.Y1-f.Box.Y0 >= fillsHeight*float32(m.H)
	})
	if i < 0 {
		return found, nil
	}
	all := photo.Box{X1: float32(m.W), Y1: float32(m.H)}
	w := resample.NewWindow(m, all.Grown(1+2*border), 0, 2*LookSide)
	again, err := d.view(w.Image, d.plan(w.W, w.H, float32(max(w.W, w.H)))[0], minScore)
	if err != nil {
		return nil, err
	}
	for _, x := range again { // best first
		x = moved(x, w.Back)
		if f := found[i].Box; !sane(x, m.W, m.H) || photo.Overlap(x.Box, f) <= 0.5*min(x.Box.Area(), f.Area()) {
			continue
		}
		kept := []Detection{x}
		for j, o := range found {
			if j != i && photo.Overlap(o.Box, x.Box) <= 0.65*o.Box.Area() { // else it is a part of the face
				kept = append(kept, o)
			}
		}
		byScore(kept)
		return kept, nil
	}
	return found, nil
}

// What a close-up is: an ordinary portrait, such as LFW's, fills less, and a face cropped at 1.25 times its box more.
const fillsWidth, fillsHeight = 0.6, 0.7

// border is how wide the border is that closeUp adds on each side, in sides of the photo: it shows the face as large as
// an ordinary portrait does. Of 0.2, 0.4, 0.6 and 0.85 it brings crops of View 1's training people nearest to their
// photos.
const border = 0.85
