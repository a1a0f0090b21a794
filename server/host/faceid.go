package host

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"faceid/gallery"
)

// FaceUUID is a face's id for protocols whose ids are UUIDs (RFC 9562, version 8: of our own making). The first 48 bits
// are the collection's, the last 62 the template's id.
func FaceUUID(collection string, id int64) string {
	var b [16]byte
	sum := sha256.Sum256([]byte("faceid collection " + collection))
	copy(b[:6], sum[:6])
	binary.BigEndian.PutUint64(b[8:], uint64(id))
	b[6], b[8] = 0x80, b[8]&0x3f|0x80
	return formatUUID(b[:])
}

// ParseFaceUUID returns the id in a FaceUUID of the collection; false for what is none.
func ParseFaceUUID(collection, s string) (id int64, ok bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 {
		return 0, false
	}
	b[8] &= 0x3f
	id = int64(binary.BigEndian.Uint64(b[8:]))
	return id, id > 0 && strings.EqualFold(FaceUUID(collection, id), s)
}

func formatUUID(b []byte) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// FindFace returns a template by its id with whom it is of, or gallery.ErrNoTemplate.
func FindFace(ctx context.Context, e gallery.Engine, id int64) (gallery.Template, gallery.Person, error) {
	t, err := gallery.FindTemplate(ctx, e, id)
	if err != nil {
		return t, gallery.Person{}, err
	}
	p, err := e.Person(ctx, t.PersonID)
	if errors.Is(err, gallery.ErrNoPerson) { // removed since
		err = gallery.ErrNoTemplate
	}
	return t, p, err
}
