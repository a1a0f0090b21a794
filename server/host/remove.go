package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"faceid/gallery"
	"faceid/recognize"
)

// Receipt says what was removed. Hash is the SHA-256 of the receipt's JSON with an empty Hash: who keeps the receipt
// can show later that it was not changed.
type Receipt struct {
	Collection string    `json:"collection"`
	People     []int64   `json:"people,omitempty"` // ids
	Faces      []int64   `json:"faces,omitempty"`  // ids, where faces were removed and not people
	Removed    Counts    `json:"removed"`
	Traces     string    `json:"traces,omitempty"` // why traces may be left for now; empty: none are
	Time       time.Time `json:"time"`
	Hash       string    `json:"hash"`
}

// Counts are of what was removed.
type Counts struct {
	Collections int `json:"collections,omitempty"`
	People      int `json:"people"`
	Faces       int `json:"faces"`
	Photos      int `json:"photos,omitempty"` // that were kept; one that shows others, too, stays as long as theirs
}

// Seal sets time and hash.
func (r Receipt) Seal() (Receipt, error) {
	r.Time, r.Hash = time.Now().UTC().Truncate(time.Second), ""
	b, err := json.Marshal(r)
	sum := sha256.Sum256(b)
	r.Hash = hex.EncodeToString(sum[:])
	return r, err
}

// RemovePeople deletes people for good, with the photos kept of them, and calibrates anew.
func (h *Host) RemovePeople(ctx context.Context, r *recognize.Recognizer, collection string, ids ...int64) (
	Receipt, error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return Receipt{}, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	receipt := Receipt{Collection: collection, People: ids}
	kept := map[string]bool{}
	var people []gallery.Person
	for _, id := range ids {
		people = append(people, gallery.Person{ID: id})
		for t, err := range e.Sources(ctx, id) {
			if err != nil {
				return Receipt{}, err
			}
			receipt.Removed.Faces++
			kept[t.Source.SHA256] = h.photos(collection).Has(t.Source.SHA256)
		}
	}
	receipt.Removed.People = len(ids)
	return h.seal(ctx, r, receipt, kept, r.Remove(ctx, people...))
}

// RemoveFaces deletes templates for good, with the photos kept of them; their people stay.
func (h *Host) RemoveFaces(ctx context.Context, r *recognize.Recognizer, collection string, ids ...int64) (
	Receipt, error) {
	e, err := r.Gallery(ctx)
	if err != nil {
		return Receipt{}, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	receipt := Receipt{Collection: collection, Faces: ids, Removed: Counts{Faces: len(ids)}}
	kept := map[string]bool{}
	there, err := h.photos(collection).There()
	if err != nil {
		return Receipt{}, err
	}
	for _, id := range ids {
		if !there {
			break
		}
		t, err := gallery.FindTemplate(ctx, e, id)
		if err != nil {
			return Receipt{}, err
		}
		kept[t.Source.SHA256] = h.photos(collection).Has(t.Source.SHA256)
	}
	return h.seal(ctx, r, receipt, kept, e.RemoveTemplates(ctx, ids...))
}

// seal is the end of a removal; kept are the photos that were there before. Traces that are left for now do not undo
// it, and the receipt tells of them.
func (h *Host) seal(ctx context.Context, r *recognize.Recognizer, receipt Receipt, kept map[string]bool, err error) (
	Receipt, error) {
	if errors.Is(err, gallery.ErrTraces) {
		receipt.Traces = "traces are left in the files for now; they go with the next removal"
		err = nil
	}
	if err != nil {
		return Receipt{}, err
	}
	Note(ctx, "remove", receipt.Collection, receipt.People, receipt.Faces)
	e, err := r.Gallery(ctx)
	if err != nil {
		return Receipt{}, err
	}
	if err := h.Sweep(ctx, receipt.Collection, e); err != nil {
		return Receipt{}, err
	}
	for sha, was := range kept {
		if was && !h.photos(receipt.Collection).Has(sha) {
			receipt.Removed.Photos++
		}
	}
	if err := r.Recalibrate(ctx); err != nil {
		return Receipt{}, err
	}
	return receipt.Seal()
}
