package rekognition

import (
	"cmp"
	"fmt"
	"slices"

	"faceid/embed"
	"faceid/gallery"
	"faceid/recognize"
	"faceid/server/host"
)

func (c *call) listFaces() (any, error) {
	n, err := bounded("MaxResults", c.in.MaxResults, 1000, 0, 4096)
	if err != nil {
		return nil, err
	}
	n = cmp.Or(n, 1000)
	token, err := decodeToken(c.in.NextToken)
	if err != nil {
		return nil, err
	}
	var after [2]int64 // person, template
	if token != "" {
		if _, err := fmt.Sscanf(token, "%d:%d", &after[0], &after[1]); err != nil {
			return nil, exception("InvalidPaginationTokenException", "the token is not one that this list gave")
		}
	}
	out := struct {
		Faces   []face `json:"Faces"`
		Version string `json:"FaceModelVersion"`
		Next    string `json:"NextToken,omitempty"`
	}{Faces: []face{}, Version: modelVersion}
	err = c.withGallery(func(_ *recognize.Recognizer, e gallery.Engine) error {
		only := int64(0)
		if c.in.UserID != "" {
			u, err := c.user(e, c.in.UserID)
			if err != nil {
				return err
			}
			only = u.ID
		}
		var who gallery.Person
		var last [2]int64
		for t, err := range e.Sources(c.ctx, only) {
			if err != nil {
				return err
			}
			at := [2]int64{t.PersonID, t.ID}
			if slices.Compare(at[:], after[:]) <= 0 {
				continue
			}
			if len(c.in.FaceIDs) > 0 && !slices.Contains(c.in.FaceIDs, host.FaceUUID(c.in.CollectionID, t.ID)) {
				continue
			}
			if len(out.Faces) == n {
				out.Next = encodeToken(fmt.Sprintf("%d:%d", last[0], last[1]))
				break
			}
			if who.ID != t.PersonID {
				if who, err = e.Person(c.ctx, t.PersonID); err != nil {
					return err
				}
			}
			out.Faces, last = append(out.Faces, c.faceOf(t, who)), at
		}
		return nil
	})
	return out, err
}

type unsuccessful struct {
	FaceID  string   `json:"FaceId"`
	UserID  string   `json:"UserId,omitempty"`
	Reasons []string `json:"Reasons"`
}

// faceIDs checks the ids of a request.
func (c *call) faceIDs(most int) error {
	if n := len(c.in.FaceIDs); n < 1 || n > most {
		return invalid(fmt.Sprintf("FaceIds has 1 to %d ids", most))
	}
	return nil
}

// deleteFaces deletes faces for good, those of users not.
func (c *call) deleteFaces() (any, error) {
	if err := c.faceIDs(4096); err != nil {
		return nil, err
	}
	out := struct {
		Deleted []string       `json:"DeletedFaces"`
		Not     []unsuccessful `json:"UnsuccessfulFaceDeletions"`
	}{[]string{}, []unsuccessful{}}
	err := c.withGallery(func(r *recognize.Recognizer, e gallery.Engine) error {
		there, err := c.wanted(e, c.in.FaceIDs)
		if err != nil {
			return err
		}
		var ids []int64
		var people []gallery.Person
		for _, s := range slices.Compact(slices.Sorted(slices.Values(c.in.FaceIDs))) {
			switch f, ok := there[s]; {
			case !ok:
				out.Not = append(out.Not, unsuccessful{s, "", []string{"FACE_NOT_FOUND"}})
			case isUser(f.who):
				out.Not = append(out.Not, unsuccessful{s, f.who.Name, []string{"ASSOCIATED_TO_AN_EXISTING_USER"}})
			default:
				ids, people, out.Deleted = append(ids, f.t.ID), append(people, f.who), append(out.Deleted, s)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		if _, err := c.h.RemoveFaces(c.ctx, r, c.in.CollectionID, ids...); err != nil {
			return err
		}
		return c.tidy(r, e, people...)
	})
	return out, err
}

func (c *call) detectFaces() (any, error) {
	out := struct {
		Details []faceDetail `json:"FaceDetails"`
	}{[]faceDetail{}}
	err := c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		photo, err := c.photo(p, c.in.Image)
		if err != nil {
			return err
		}
		for _, f := range photo.Faces[:min(len(photo.Faces), most)] {
			out.Details = append(out.Details, c.detailOf(f, photo))
		}
		return nil
	})
	return out, err
}

type comparedMatch struct {
	Similarity float64
	Face       faceDetail
}

type compareOut struct {
	Source struct {
		BoundingBox *boundingBox
		Confidence  float64
	} `json:"SourceImageFace"`
	Matches   []comparedMatch `json:"FaceMatches"`
	Unmatched []faceDetail    `json:"UnmatchedFaces"`
}

// compareFaces compares the largest face of a photo with those of another.
func (c *call) compareFaces() (any, error) {
	threshold, err := percent("SimilarityThreshold", c.in.PairsThreshold, 80)
	if err != nil {
		return nil, err
	}
	strict, err := c.quality("NONE")
	if err != nil {
		return nil, err
	}
	out := compareOut{Matches: []comparedMatch{}, Unmatched: []faceDetail{}}
	err = c.work(func(r *recognize.Recognizer) error {
		p, err := r.Pipeline(c.ctx)
		if err != nil {
			return err
		}
		s, err := similarity(c.ctx, r)
		if err != nil {
			return err
		}
		var photos [2]embed.Photo
		for i, m := range []*image{c.in.SourceImage, c.in.TargetImage} {
			if photos[i], err = c.photo(p, m); err != nil {
				return err
			}
			photos[i].Faces = slices.DeleteFunc(photos[i].Faces, func(f embed.Face) bool {
				return strict && recognize.TooPoor(f) != nil
			})
			if len(photos[i].Faces) == 0 {
				return recognize.ErrNoFace
			}
		}
		source := photos[0].Faces[0] // the largest
		detail := c.detailOf(source, photos[0])
		out.Source.BoundingBox, out.Source.Confidence = detail.BoundingBox, detail.Confidence
		target := photos[1]
		for _, f := range target.Faces[:min(len(target.Faces), most)] {
			at := s.Faces(source, f)
			if at >= threshold {
				out.Matches = append(out.Matches, comparedMatch{at, c.detailOf(f, target)})
			} else {
				out.Unmatched = append(out.Unmatched, c.detailOf(f, target))
			}
		}
		slices.SortStableFunc(
			out.Matches,
			func(a, b comparedMatch) int { return cmp.Compare(b.Similarity, a.Similarity) },
		)
		return nil
	})
	return out, err
}
