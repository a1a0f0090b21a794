package rekognition

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/scale"
	"faceid/server/host"
)

// anchors are what the protocol's similarity stands for: the thresholds that its users have.
var anchors = []scale.Anchor{{FAR: 1e-2, At: 70}, {FAR: 1e-3, At: 80}, {FAR: 1e-4, At: 90}, {FAR: 1e-5, At: 95},
	{FAR: 1e-6, At: 99}}

func similarity(ctx context.Context, r *recognize.Recognizer) (*scale.Scale, error) {
	return scale.New(ctx, r, 100, anchors...)
}

// boundingBox is in shares of the upright photo.
type boundingBox struct{ Width, Height, Left, Top float64 }

func boxOf(x0, y0, x1, y1 float32, w, h int) *boundingBox {
	if w < 1 || h < 1 {
		return nil
	}
	fw, fh := float64(w), float64(h)
	return &boundingBox{float64(x1-x0) / fw, float64(y1-y0) / fh, float64(x0) / fw, float64(y0) / fh}
}

type landmark struct {
	Type string
	X, Y float64
}

var landmarkTypes = [5]string{"eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight"}

// faceDetail is a face in a photo, the default attributes of it. ComparedFace has the same members.
type faceDetail struct {
	BoundingBox *boundingBox
	Landmarks   []landmark
	Pose        struct{ Roll, Yaw, Pitch float64 } // degrees
	Quality     struct{ Brightness, Sharpness float64 }
	Confidence  float64
}

func (c *call) detailOf(f embed.Face, photo embed.Photo) faceDetail {
	d := faceDetail{BoundingBox: boxOf(f.Box.X0, f.Box.Y0, f.Box.X1, f.Box.Y1, photo.Width, photo.Height)}
	for i, p := range f.Points {
		d.Landmarks = append(d.Landmarks,
			landmark{landmarkTypes[i], float64(p.X) / float64(photo.Width), float64(p.Y) / float64(photo.Height)})
	}
	yaw, pitch, roll := embed.Pose(f.Points)
	d.Pose.Yaw, d.Pose.Pitch, d.Pose.Roll = yaw*180/math.Pi, -pitch*180/math.Pi, roll*180/math.Pi
	d.Quality.Brightness = c.brightness(f.Box, photo.SHA256)
	d.Quality.Sharpness, d.Confidence = 100*float64(f.Quality.Sharpness), 100*float64(f.Quality.Score)
	return d
}

// face is one that a collection has.
type face struct {
	ID         string       `json:"FaceId"`
	Box        *boundingBox `json:"BoundingBox,omitempty"` // missing where another door enrolled it
	Image      string       `json:"ImageId"`
	External   string       `json:"ExternalImageId,omitempty"`
	User       string       `json:"UserId,omitempty"`
	Confidence float64      `json:"Confidence"`
	Version    string       `json:"IndexFacesModelVersion"`
}

func (c *call) faceOf(t gallery.Template, p gallery.Person) face {
	external, w, h := sourceOf(t, p)
	b := t.Source.Box
	f := face{ID: host.FaceUUID(c.in.CollectionID, t.ID), Box: boxOf(b[0], b[1], b[2], b[3], w, h), Image: imageID(t),
		External: external, Confidence: 100 * float64(t.Quality.Score), Version: modelVersion}
	if isUser(p) {
		f.User = p.Name
	}
	return f
}

// What the protocol knows of a face's photo, and a gallery does not, stands in the template's source: WxH and the
// external id behind a prefix.

const sourcePrefix = "rekognition:"

func sourcePath(external string, w, h int) string {
	return fmt.Sprintf("%s%dx%d:%s", sourcePrefix, w, h, external)
}

// sourceOf reads a sourcePath; of a template that another door enrolled the person's name is the external id.
func sourceOf(t gallery.Template, p gallery.Person) (external string, w, h int) {
	if rest, ok := strings.CutPrefix(t.Source.Path, sourcePrefix); ok {
		size, external, _ := strings.Cut(rest, ":")
		a, b, _ := strings.Cut(size, "x")
		w, _ = strconv.Atoi(a)
		h, _ = strconv.Atoi(b)
		return external, w, h
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (isAlphanumeric(r) || strings.ContainsRune("_.-:", r)) {
			return r
		}
		return '_'
	}, p.Name), 0, 0
}

func isAlphanumeric(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// validID is the protocol's pattern of ExternalImageId and UserId.
func validID(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("_.-:", r)
	})
}

// imageID is a UUID for the photo, from its checksum.
func imageID(t gallery.Template) string {
	s := t.Source.SHA256
	if len(s) < 32 {
		s = strings.Repeat("0", 32)
	}
	return strings.Join([]string{s[:8], s[8:12], "8" + s[13:16], "8" + s[17:20], s[20:32]}, "-")
}

// photo analyses an image of the request.
func (c *call) photo(p *recognize.Pipeline, m *image) (photo embed.Photo, err error) {
	in, err := c.inputOf(m)
	if err != nil {
		return photo, err
	}
	return c.look(p, in)
}

func (c *call) look(p *recognize.Pipeline, in embed.Input) (photo embed.Photo, err error) {
	for photo = range p.Run(c.ctx, slices.Values([]embed.Input{in})) {
		if photo.Err != nil {
			return photo, &recognize.PhotoError{Err: photo.Err}
		}
	}
	return photo, c.ctx.Err()
}

func (c *call) inputOf(m *image) (embed.Input, error) {
	switch {
	case m == nil || len(m.Bytes) == 0 && m.S3 == nil:
		return embed.Input{}, invalid("Request has an image without bytes")
	case m.S3 != nil:
		b, err := c.h.Object(m.S3.Bucket, m.S3.Name)
		if f := (*host.Fault)(nil); errors.As(err, &f) {
			return embed.Input{}, exception("ImageTooLargeException", f.Message)
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = exception("InvalidS3ObjectException", "there is no such object below the server's --s3-root")
		}
		return c.sent(b), err
	case int64(len(m.Bytes)) > c.h.Limits().Photo:
		return embed.Input{}, exception("ImageTooLargeException", "the image has more bytes than it may have")
	}
	return c.sent(m.Bytes), nil
}

// quality reads a QualityFilter: whether faces that are too poor to tell are left out.
func (c *call) quality(otherwise string) (strict bool, err error) {
	q := c.in.QualityFilter
	if q == "" {
		q = otherwise
	}
	switch q {
	case "NONE":
		return false, nil
	case "AUTO", "LOW", "MEDIUM", "HIGH":
		return true, nil
	}
	return false, invalid("QualityFilter is NONE, AUTO, LOW, MEDIUM or HIGH")
}
