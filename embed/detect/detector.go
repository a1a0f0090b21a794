package detect

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"

	"faceid/embed/onnx"
	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/models"
)

// Detection is one face found by a detector, best score first in a list.
type Detection struct {
	Box    photo.Box
	Score  float32          // in [0, 1]
	Points *photo.Landmarks // nil where the detector gives none
}

// Detector finds faces in a photo. The ones of this package are safe for concurrent use.
type Detector interface {
	// Detect returns the faces of m, best score first; that there is none is not an error. Nil options mean the
	// defaults.
	Detect(m *photo.Image, o *Options) ([]Detection, error)
	// Close frees what the detector holds; nothing may be running on it.
	Close() error
}

// Options tune one call of Detect. The zero value is the default.
type Options struct {
	MinScore float32 // in (0, 1]; 0 means the threshold of the model's entry
	MinSize  float32 // pixels: the smallest face to look for; smaller ones are returned where they turn up. 0 means 40
	Once     bool    // where nothing is found, do not look again at other scales and with a lower threshold
	// Largest says that only the largest face is wanted; others may be missing where it is clear without them.
	Largest bool
}

// defaultMinSize is the smallest face that a default run must find: below 40 pixels an embedding says little
// (InsightFace's quality gate has the same number).
const defaultMinSize = 40

// visible is the width in pixels of its input at which each detector still finds nearly all faces.
const visible = 14

// maxSide bounds the input of a detector of any size; larger photos are tiled. A tensor of 1280 × 960 costs YuNet about
// 50 ms and 100 MB.
const maxSide = 1280

// outputs are a detector's raw outputs, batch 1, and what is needed to read them.
type outputs struct {
	name    string
	v       [][]float32
	strides []int
	anchors int
}

func (o *outputs) bad(want string) error {
	n := make([]int, len(o.v))
	for i := range o.v {
		n[i] = len(o.v[i])
	}
	return fmt.Errorf("%w: %s: outputs of %v values where the decoder reads %s", onnx.ErrModel, o.name, n, want)
}

// decoder turns outputs for an input of w × h into detections in pixels of that input, appended to d.
type decoder func(o *outputs, w, h int, minScore float32, d []Detection) ([]Detection, error)

// Net is a Detector on an ONNX model.
type Net struct {
	s      *onnx.Session
	in     models.Input
	out    models.Output
	norm   resample.Norm
	decode decoder
	free   bool // the graph names one size, but takes any
}

// New returns the detector of a catalogue entry: UltraFace, YuNet, SCRFD or CenterFace. model is the file's content.
// It returns onnx.onnx.ErrModel, or onnx.ErrRuntime before onnx.Init.
func New(e models.Entry, model []byte) (*Net, error) {
	d := &Net{}
	switch e.Decoder {
	case models.DecoderUltraFace:
		d.decode = decodeUltraFace
	case models.DecoderYuNet:
		d.decode = decodeYuNet
	case models.DecoderSCRFD:
		d.decode = decodeSCRFD
	case models.DecoderCenterFace:
		d.decode = decodeCenterFace
	default:
		return nil, fmt.Errorf("%w: %s: no detector is decoded by %q", onnx.ErrModel, e.Name, e.Decoder)
	}
	c, err := onnx.NewContract(e, model)
	if err != nil {
		return nil, err
	}
	d.in, d.out, d.norm = c.In, c.Out, c.Norm
	if d.out.Score == 0 {
		d.out.Score = 0.6
	}
	if d.out.NMS == 0 {
		d.out.NMS = 0.4
	}
	outs := c.Out.Names
	if d.free = e.Decoder == models.DecoderUltraFace && len(c.Out.Taps) > 0; d.free {
		if err := c.Graph.Cut(c.Out.Taps...); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", onnx.ErrModel, e.Name, err)
		}
		outs, d.decode = c.Out.Taps, decodeUltraFaceMaps
	}
	if d.free || e.Decoder == models.DecoderCenterFace {
		if err := c.Graph.FreeSize(); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", onnx.ErrModel, e.Name, err)
		}
		model = c.Graph.Bytes()
	}
	d.s, err = onnx.NewSession(e.Name, model, c.In.Name, outs, c.In.Dynamic || d.free)
	return d, err
}

// Upright is the distribution of Logit of the scores of good upright faces; nil where the model's entry does not say.
func (d *Net) Upright() *models.Spread { return d.out.Upright }

// SelfTest compares the model's answer with the stored one of its entry. It returns onnx.ErrSelfTest.
func (d *Net) SelfTest(e models.Entry) error {
	shape := []int64{1, int64(d.norm.Channels), int64(d.in.Height), int64(d.in.Width)}
	if !d.free {
		return d.s.SelfTest(e.SelfTest, d.out.Names, shape...)
	}
	return d.s.SelfTestOf(e.SelfTest, d.out.Names, func(t *onnx.Slot) ([][]float32, error) {
		return d.outputs(t).ultraFaceOutputs(d.in.Width, d.in.Height)
	}, shape...)
}

// Blank runs the model alone once, on a tensor that lies ready, for benchmarks.
func (d *Net) Blank() error {
	return d.s.Blank(1, int64(d.norm.Channels), int64(d.in.Height), int64(d.in.Width))
}

// Close frees the session.
func (d *Net) Close() error { return d.s.Close() }

// Detect finds faces: in the whole photo, in tiles where small faces would vanish in the whole, and, where nothing is
// found, at other scales. Candidates are confirmed by a second look.
func (d *Net) Detect(m *photo.Image, o *Options) ([]Detection, error) {
	var opt Options
	if o != nil {
		opt = *o
	}
	if opt.MinScore == 0 {
		opt.MinScore = d.out.Score
	}
	if opt.MinSize <= 0 {
		opt.MinSize = defaultMinSize
	}
	opt.MinSize /= float32(m.Times())
	views := d.plan(m.W, m.H, opt.MinSize)
	if opt.Largest && len(views) > 1 {
		if found, err := d.lead(m, views[0], opt.MinScore); err != nil || found != nil {
			return found, err
		}
	}
	found, err := d.look(m, views, opt.MinScore)
	if err == nil {
		found, err = d.confirm(m, found, len(views) > 1, opt.MinScore)
	}
	if err == nil && len(found) == 0 && !opt.Once {
		found, err = d.lookAgain(m, opt)
	}
	if err != nil {
		return nil, err
	}
	return d.closeUp(m, found, opt.MinScore)
}

// lead looks at the whole photo alone for its largest face. It returns none where a face that only tiles show could be
// larger.
func (d *Net) lead(m *photo.Image, whole view, minScore float32) ([]Detection, error) {
	found, err := d.view(m, whole, minScore)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Detection) int { return cmp.Compare(b.Box.Area(), a.Box.Area()) })
	for _, f := range found {
		// The whole shows every face of that size; the factor is that of the overlap of tiles, and of what boxes differ
		// by.
		if float64(f.Box.Side())*d.scale(m.W, m.H, whole.w, whole.h) < 1.3*1.3*visible {
			return nil, nil
		}
		kept, err := d.confirm(m, []Detection{f}, len(found) > 1, minScore)
		if err != nil {
			return nil, err
		}
		if len(kept) > 0 {
			return d.closeUp(m, kept, minScore)
		}
	}
	return nil, nil
}

// look runs the model on each view and merges what it finds.
func (d *Net) look(m *photo.Image, views []view, minScore float32) ([]Detection, error) {
	var all []seen
	for _, v := range views {
		f, err := d.view(m, v, minScore)
		if err != nil {
			return nil, err
		}
		if len(views) == 1 {
			return f, nil
		}
		for _, x := range f {
			if !v.cuts(x.Box, m.W, m.H) {
				all = append(all, seen{x, v.level})
			}
		}
	}
	return merge(all, d.out.NMS), nil
}

// view runs the model on one view and returns what it finds there in pixels of m, after non-maximum suppression.
func (d *Net) view(m *photo.Image, v view, minScore float32) ([]Detection, error) {
	found, err := d.candidates(m, v, minScore)
	return nms(found, d.out.NMS), err
}

// candidates is view before non-maximum suppression.
func (d *Net) candidates(m *photo.Image, v view, minScore float32) ([]Detection, error) {
	if err := m.Alive(); err != nil {
		return nil, err
	}
	t, err := d.s.Acquire(1, int64(d.norm.Channels), int64(v.h), int64(v.w))
	if err != nil {
		return nil, err
	}
	defer d.s.Release(t)
	// Sampling four neighbours, as the models' authors do, skips pixels where the photo is shrunk to less than a half.
	f := &resample.Options{Part: v.part, Area: v.shrink() > 2}
	var p resample.Placement
	if d.in.Fit == "stretch" {
		p = resample.Stretch(m, t.Input(), v.w, v.h, d.norm, f)
	} else {
		p = resample.Letterbox(m, t.Input(), v.w, v.h, d.norm, f)
	}
	if err := d.s.Run(t); err != nil {
		return nil, err
	}
	found, err := d.decode(d.outputs(t), v.w, v.h, minScore, nil)
	if err != nil {
		return nil, err
	}
	kept := found[:0]
	for _, x := range found {
		a, b := p.Source(photo.Point{X: x.Box.X0, Y: x.Box.Y0}), p.Source(photo.Point{X: x.Box.X1, Y: x.Box.Y1})
		x.Box = photo.Box{X0: a.X, Y0: a.Y, X1: b.X, Y1: b.Y}
		if x.Points != nil {
			for i, q := range x.Points {
				x.Points[i] = p.Source(q)
			}
		}
		if sane(x, m.W, m.H) {
			kept = append(kept, x)
		}
	}
	return kept, nil
}

// outputs are what the model answered in a slot; they live as long as it is not run again.
func (d *Net) outputs(t *onnx.Slot) *outputs {
	o := outputs{name: d.s.Name(), v: make([][]float32, t.Outputs()), strides: d.out.Strides, anchors: d.out.Anchors}
	for i := range o.v {
		o.v[i] = t.Output(i)
	}
	return &o
}

// sane refuses what no face can be: a box without area, not finite, or with its centre outside the photo.
func sane(x Detection, w, h int) bool {
	b := x.Box
	if !(b.X1-b.X0 >= 1 && b.Y1-b.Y0 >= 1) || math.IsInf(float64(b.Area()), 0) {
		return false
	}
	cx, cy := (b.X0+b.X1)/2, (b.Y0+b.Y1)/2
	return cx >= 0 && cy >= 0 && cx < float32(w) && cy < float32(h)
}

// lookAgain is for a photo in which nothing was found: first the photo at half size on a larger canvas, for a face that
// fills it; then four overlapping quarters, for one that is small; at last the best candidate with two thirds of the
// threshold.
func (d *Net) lookAgain(m *photo.Image, o Options) ([]Detection, error) {
	// The canvas is shown at the model's own size: of a large photo a smaller copy will do, and the canvas has four
	// times its pixels.
	k := max(1, max(m.W, m.H)/(2*max(d.in.Width, d.in.Height)))
	small := resample.Shrunk(m, k)
	wide := photo.NewImage(2*small.W, 2*small.H).Follow(m)
	dx, dy := small.W/2, small.H/2
	for y := range small.H {
		copy(wide.Pix[3*((y+dy)*wide.W+dx):], small.Pix[3*y*small.W:3*(y+1)*small.W])
	}
	whole := d.plan(wide.W, wide.H, float32(max(wide.W, wide.H)))
	back := func(f []Detection) []Detection {
		kept := f[:0]
		for _, x := range f {
			x.Box = x.Box.Shift(-float32(dx), -float32(dy)).Scale(float32(k))
			if x.Points != nil {
				for i, p := range x.Points {
					x.Points[i] = photo.Point{X: (p.X - float32(dx)) * float32(k), Y: (p.Y - float32(dy)) * float32(k)}
				}
			}
			if sane(x, m.W, m.H) {
				kept = append(kept, x)
			}
		}
		return kept
	}
	f, err := d.look(wide, whole, o.MinScore)
	if err != nil {
		return nil, err
	}
	if f = back(f); len(f) > 0 {
		return f, nil
	}
	quarters := d.quarters(m.W, m.H)
	if f, err = d.look(m, quarters, o.MinScore); err != nil || len(f) > 0 {
		return f, err
	}
	// The last resort is for a portrait that is hard to see, not for specks: one face, and not a small one.
	least := 0.1 * float32(min(m.W, m.H))
	one := func(f []Detection) []Detection {
		for _, x := range f {
			if x.Box.Side() >= least {
				return []Detection{x}
			}
		}
		return nil
	}
	low := o.MinScore * 2 / 3
	if f, err = d.look(m, d.plan(m.W, m.H, float32(max(m.W, m.H))), low); err != nil {
		return nil, err
	}
	if f = one(f); len(f) > 0 {
		return f, nil
	}
	if f, err = d.look(wide, whole, low); err != nil {
		return nil, err
	}
	return one(back(f)), nil
}

// view is a part of a photo as a detector sees it.
type view struct {
	part  image.Rectangle
	w, h  int // size of the input tensor
	level int // 0 is the whole photo, higher ones are finer
}

// shrink is the factor by which the part is made smaller.
func (v view) shrink() float64 {
	return max(float64(v.part.Dx())/float64(v.w), float64(v.part.Dy())/float64(v.h))
}
