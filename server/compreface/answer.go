package compreface

import (
	"cmp"
	"context"
	"math"
	"strings"
	"time"

	"faceid/embed"
	"faceid/recognize"
	"faceid/recognize/scale"
)

// anchors are what the protocol's similarity stands for: the defaults of its clients are 0.5 and 0.6.
var anchors = []scale.Anchor{{FAR: 1e-2, At: 0.4}, {FAR: 1e-3, At: 0.5}, {FAR: 1e-4, At: 0.6}, {FAR: 1e-5, At: 0.8}}

func similarity(ctx context.Context, r *recognize.Recognizer) (*scale.Scale, error) {
	return scale.New(ctx, r, 1, anchors...)
}

type boxJSON struct {
	Probability float64 `json:"probability"`
	XMax        int     `json:"x_max"`
	YMax        int     `json:"y_max"`
	XMin        int     `json:"x_min"`
	YMin        int     `json:"y_min"`
}

// faceJSON is a face in a photo, with what was asked for.
type faceJSON struct {
	Box        boxJSON            `json:"box"`
	Landmarks  [][2]int           `json:"landmarks,omitempty"`
	Embedding  []float32          `json:"embedding,omitempty"`
	Time       map[string]float64 `json:"execution_time,omitempty"` // ms
	Subjects   *[]subjectJSON     `json:"subjects,omitempty"`
	Subject    string             `json:"subject,omitempty"`
	Similarity *float64           `json:"similarity,omitempty"`
}

type subjectJSON struct {
	Subject    string  `json:"subject"`
	Similarity float64 `json:"similarity"`
}

// resultJSON is what most questions are answered with.
type resultJSON struct {
	Result  any               `json:"result"`
	Plugins map[string]string `json:"plugins_versions,omitempty"`
}

// round5 rounds to five decimals, halves up.
func round5(x float64) float64 { return math.Floor(x*1e5+0.5) / 1e5 }

// wish is how a question wants its photo looked at and its faces shown.
type wish struct {
	limit      int     // faces, the largest first; 0: all
	least      float64 // detector's score
	landmarks  bool
	calculator bool
	status     bool
	crop       bool // the photo is a face and nothing else
	start      time.Time
}

func (c *call) wish() (w wish, err error) {
	w.start = time.Now()
	if w.limit, err = c.count("limit", 0, 0, 1e6); err != nil {
		return w, err
	}
	if w.least, err = c.share("det_prob_threshold"); err != nil {
		return w, err
	}
	for p := range strings.SplitSeq(c.q.Get("face_plugins"), ",") { // others are not answered
		switch strings.TrimSpace(p) {
		case "landmarks":
			w.landmarks = true
		case "calculator":
			w.calculator = true
		}
	}
	w.crop = strings.EqualFold(c.q.Get("detect_faces"), "false")
	w.status = strings.EqualFold(strings.Trim(c.q.Get("status"), `"`), "true")
	return w, nil
}

// wants tells whether the n-th face, from 0, is one that is answered for, given how many were before it.
func (w wish) wants(f embed.Face, before int) bool {
	return float64(f.Quality.Score) >= w.least && (w.limit == 0 || before < w.limit)
}

// faces are those of a photo that are answered for.
func (w wish) faces(photo embed.Photo) []embed.Face {
	var out []embed.Face
	for _, f := range photo.Faces {
		if w.wants(f, len(out)) {
			out = append(out, f)
		}
	}
	return out
}

func (w wish) show(f embed.Face, photo embed.Photo) faceJSON {
	in := func(v float32, most int) int { return min(max(int(math.Round(float64(v))), 0), most) }
	j := faceJSON{Box: boxJSON{
		Probability: round5(float64(f.Quality.Score)),
		XMin:        in(f.Box.X0, photo.Width), YMin: in(f.Box.Y0, photo.Height),
		XMax: in(f.Box.X1, photo.Width), YMax: in(f.Box.Y1, photo.Height),
	}}
	if w.landmarks {
		for _, p := range f.Points {
			j.Landmarks = append(j.Landmarks, [2]int{int(math.Round(float64(p.X))), int(math.Round(float64(p.Y)))})
		}
	}
	if w.calculator {
		j.Embedding = f.Embedding
	}
	if w.status { // detector and calculator work hand in hand here: one time for both
		j.Time = map[string]float64{"detector": float64(time.Since(w.start).Milliseconds())}
	}
	return j
}

func (w wish) plugins(p *recognize.Pipeline) map[string]string {
	if !w.status {
		return nil
	}
	v := map[string]string{"detector": p.Pack.Detector, "calculator": p.Pack.Embedder}
	if w.landmarks {
		v["landmarks"] = cmp.Or(p.Pack.Landmarks, p.Pack.Detector)
	}
	return v
}
