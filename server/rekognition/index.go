package rekognition

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/rejection"
	"faceid/server/host"
)

// holder marks a person that holds faces no user has; everybody else is a user.
var holder = json.RawMessage(`{"rekognition":"faces"}`)

func isUser(p gallery.Person) bool {
	return string(p.Metadata) != string(holder) && !rejection.Is(p)
}

type faceRecord struct {
	Face   face       `json:"Face"`
	Detail faceDetail `json:"FaceDetail"`
}

type unindexed struct {
	Reasons []string   `json:"Reasons"`
	Detail  faceDetail `json:"FaceDetail"`
}

type indexOut struct {
	Records   []faceRecord `json:"FaceRecords"`
	Unindexed []unindexed  `json:"UnindexedFaces"`
	Version   string       `json:"FaceModelVersion"`
}

const most = 100 // faces of a photo

// indexFaces enrols the faces of a photo, the largest ones where not all are wanted.
func (c *call) indexFaces() (any, error) {
	n, err := bounded("MaxFaces", c.in.MaxFaces, most, 1, 1<<20)
	if err != nil {
		return nil, err
	}
	strict, err := c.quality("AUTO")
	if err != nil {
		return nil, err
	}
	if c.in.ExternalID != "" && !validID(c.in.ExternalID, 255) {
		return nil, invalid("ExternalImageId has 1 to 255 of a-z, A-Z, 0-9, '_', '.', '-' and ':'")
	}
	out := indexOut{Records: []faceRecord{}, Unindexed: []unindexed{}, Version: modelVersion}
	err = c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		in, err := c.inputOf(c.in.Image)
		if err != nil {
			return err
		}
		photo, err := c.look(p, in)
		if err != nil {
			return err
		}
		var take []embed.Face
		for _, f := range photo.Faces { // largest first
			switch poor := reason(f); {
			case strict && poor != "":
				out.Unindexed = append(out.Unindexed, unindexed{[]string{poor}, c.detailOf(f, photo)})
			case len(take) >= min(n, most):
				out.Unindexed = append(out.Unindexed, unindexed{[]string{"EXCEEDS_MAX_FACES"}, c.detailOf(f, photo)})
			default:
				take = append(take, f)
			}
		}
		if len(take) == 0 {
			return nil
		}
		out.Records, err = c.store(r, p, in, photo, take)
		if err != nil {
			return err
		}
		return r.Recalibrate(c.ctx)
	})
	return out, err
}

// reason is why a face is too poor to tell, in the protocol's words; "": it is not.
func reason(f embed.Face) string {
	var poor *recognize.PoorError
	if !errors.As(recognize.TooPoor(f), &poor) {
		return ""
	}
	switch poor.Why {
	case "blurred":
		return "LOW_SHARPNESS"
	case "dark":
		return "LOW_BRIGHTNESS"
	case "small":
		return "SMALL_BOUNDING_BOX"
	case "turned":
		return "EXTREME_POSE"
	}
	return "LOW_FACE_QUALITY"
}

// store keeps faces of a photo: a single one with the others of its external id, several each with a holder of its own,
// since they are different people.
func (c *call) store(
	r *recognize.Recognizer,
	p *recognize.Pipeline,
	in embed.Input,
	photo embed.Photo,
	faces []embed.Face,
) ([]faceRecord, error) {
	e, err := r.GalleryFor(c.ctx, p.Model())
	if err != nil {
		return nil, err
	}
	path := sourcePath(c.in.ExternalID, photo.Width, photo.Height)
	var all []gallery.Enrolment
	for i, f := range faces {
		t := recognize.TemplateOf(photo, f)
		t.Source.Path = path
		name := c.in.ExternalID
		if name == "" || len(faces) > 1 { // this photo's own
			name = fmt.Sprintf("%s %x face %d", cmp.Or(name, "unnamed"), photo.SHA256[:6], i+1)
		}
		one := gallery.Enrolment{Name: name, Metadata: holder, Templates: []gallery.Template{t}}
		if id, err := c.holderOf(e, name); err != nil {
			return nil, err
		} else if id != 0 {
			one.PersonID, one.Metadata = id, nil
		}
		all = append(all, one)
	}
	done, err := e.Enrol(c.ctx, all, &gallery.EnrolOptions{NewPeople: true})
	if err != nil {
		return nil, err
	}
	if err := c.h.Keep(c.in.CollectionID, in.Data); err != nil {
		return nil, err
	}
	var out []faceRecord
	for i, d := range done {
		t, who, err := stored(c.ctx, e, d.PersonID, all[i].Templates[0])
		if err != nil {
			return nil, errors.Join(err, c.h.Sweep(c.ctx, c.in.CollectionID, e))
		}
		host.Note(c.ctx, "enrol", c.in.CollectionID, []int64{who.ID}, []int64{t.ID})
		out = append(out, faceRecord{c.faceOf(t, who), c.detailOf(faces[i], photo)})
	}
	return out, nil
}

// stored is a template as the gallery has it.
func stored(
	ctx context.Context,
	e gallery.Engine,
	person int64,
	t gallery.Template,
) (gallery.Template, gallery.Person, error) {
	who, err := e.Person(ctx, person)
	if err != nil {
		return t, who, err
	}
	for have, err := range e.Sources(ctx, person) {
		if err != nil {
			return t, who, err
		}
		if have.Source.SHA256 == t.Source.SHA256 && have.Source.Box == t.Source.Box {
			return have, who, nil
		}
	}
	return t, who, gallery.ErrNoTemplate // removed since
}

// holderOf is the holder with a name; 0 where there is none.
func (c *call) holderOf(e gallery.Engine, name string) (int64, error) {
	found, err := e.Find(c.ctx, name)
	for _, p := range found {
		if !isUser(p) {
			return p.ID, err
		}
	}
	return 0, err
}

// listed is a template and whose it is.
type listed struct {
	t   gallery.Template
	who gallery.Person
}

// wanted finds the faces of ids, each with whose it is, without vectors.
func (c *call) wanted(e gallery.Engine, ids []string) (map[string]listed, error) {
	want := map[int64]string{}
	for _, s := range ids {
		if id, ok := host.ParseFaceUUID(c.in.CollectionID, s); ok {
			want[id] = s
		}
	}
	out := map[string]listed{}
	for t, err := range e.Sources(c.ctx, 0) {
		if err != nil {
			return nil, err
		}
		s, ok := want[t.ID]
		if !ok {
			continue
		}
		p, err := e.Person(c.ctx, t.PersonID)
		if err != nil {
			return nil, err
		}
		if out[s] = (listed{t, p}); len(out) == len(want) {
			break
		}
	}
	return out, nil
}

// tidy removes holders that hold nothing any more.
func (c *call) tidy(r *recognize.Recognizer, e gallery.Engine, people ...gallery.Person) error {
	var empty []int64
	for _, p := range people {
		if isUser(p) {
			continue
		}
		n := 0
		for _, err := range e.Sources(c.ctx, p.ID) {
			if err != nil {
				return err
			}
			n++
			break
		}
		if n == 0 {
			empty = append(empty, p.ID)
		}
	}
	if len(empty) > 0 {
		if err := e.Remove(c.ctx, empty...); err != nil && !errors.Is(err, gallery.ErrTraces) &&
			!errors.Is(err, gallery.ErrNoPerson) {
			return err
		}
		host.Note(c.ctx, "remove", c.in.CollectionID, empty, nil)
	}
	return r.Recalibrate(c.ctx)
}
