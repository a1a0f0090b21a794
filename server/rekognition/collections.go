package rekognition

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"slices"
	"time"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/rejection"
	"faceid/server/host"
)

func arn(collection string) string {
	return "aws:rekognition:local:000000000000:collection/" + collection
}

type statusOut struct {
	StatusCode int
	ARN        string `json:"CollectionArn,omitempty"`
	Version    string `json:"FaceModelVersion,omitempty"`
}

func (c *call) createCollection() (any, error) {
	if err := c.h.Create(c.ctx, c.in.CollectionID); err != nil {
		return nil, err
	}
	return statusOut{200, arn(c.in.CollectionID), modelVersion}, nil
}

func (c *call) deleteCollection() (any, error) {
	_, err := c.h.Drop(c.ctx, c.in.CollectionID)
	return statusOut{StatusCode: 200}, err
}

// A token is where a page ended, opaque to clients.

func encodeToken(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

func decodeToken(s string) (string, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(s) > 512 {
		return "", exception("InvalidPaginationTokenException", "the token is not one that this list gave")
	}
	return string(b), nil
}

func (c *call) listCollections() (any, error) {
	n, err := bounded("MaxResults", c.in.MaxResults, 1000, 0, 4096)
	if err != nil {
		return nil, err
	}
	after, err := decodeToken(c.in.NextToken)
	if err != nil {
		return nil, err
	}
	names, err := c.h.Collections()
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(s string) bool { return s <= after || c.who.May(host.Read, s) != nil })
	out := struct {
		IDs      []string `json:"CollectionIds"`
		Versions []string `json:"FaceModelVersions"`
		Next     string   `json:"NextToken,omitempty"`
	}{IDs: names, Versions: []string{}}
	if n > 0 && len(names) > n {
		out.IDs, out.Next = names[:n], encodeToken(names[n-1])
	}
	for range out.IDs {
		out.Versions = append(out.Versions, modelVersion)
	}
	return out, nil
}

// withGallery lets f work with the collection's gallery; one that is not there yet has nobody.
func (c *call) withGallery(f func(*recognize.Recognizer, gallery.Engine) error) error {
	return c.use(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return f(r, e)
	})
}

func (c *call) describeCollection() (any, error) {
	out := struct {
		Faces   int     `json:"FaceCount"`
		Users   int     `json:"UserCount"`
		Version string  `json:"FaceModelVersion"`
		ARN     string  `json:"CollectionARN"`
		Created float64 `json:"CreationTimestamp"`
	}{Version: modelVersion, ARN: arn(c.in.CollectionID)}
	err := c.withGallery(func(r *recognize.Recognizer, e gallery.Engine) error {
		_, t, err := rejection.Count(c.ctx, e)
		if err != nil {
			return err
		}
		out.Faces = t.Templates
		for p, err := range e.People(c.ctx) {
			if err != nil {
				return err
			}
			if isUser(p) {
				out.Users++
			}
		}
		created := time.Now()
		if s, err := r.Store(c.ctx, "tell its age"); err == nil {
			stats, err := s.Stats(c.ctx)
			if err != nil {
				return err
			}
			created = stats.Created
		}
		out.Created = float64(created.UnixMilli()) / 1000
		return nil
	})
	return out, err
}
