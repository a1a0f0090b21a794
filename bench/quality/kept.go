package main

import (
	"crypto/sha256"
	"encoding/gob"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"faceid/bench/internal/peers"
	"faceid/embed"
	"faceid/internal/atomicfile"
)

// bench is what all parts measure with.
type bench struct {
	p     *embed.Pipeline
	lfw   string
	share float64 // of the photos and pairs that are measured
	pack  string
	dir   string // folder of what is kept
	code  string // which program, with which models, made it
}

func newBench(p *embed.Pipeline, lfw, pack string, share float64) (*bench, error) {
	cache, err := peers.Cache()
	if err != nil {
		return nil, err
	}
	b := &bench{p: p, lfw: lfw, share: share, pack: pack, dir: filepath.Join(cache, "bench-quality")}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, err
	}
	fmt.Fprint(h, p.Embedder.Entry().SHA256)
	b.code = fmt.Sprintf("%x", h.Sum(nil)[:6])
	return b, nil
}

// of is the share of n that is measured.
func (b *bench) of(n int) int { return max(1, int(b.share*float64(n))) }

// faces returns the main face of n photos, i from 0 on: from the user's cache where this very program has been there
// before, else from one, and then they are kept there. A photo without a face has one without an embedding.
func (b *bench) faces(set string, n int, one func(i int) (embed.Face, error)) ([]embed.Face, error) {
	name := fmt.Sprintf("%s-%s-%d-", b.pack, strings.ReplaceAll(set, " ", "-"), n)
	path := filepath.Join(b.dir, name+b.code)
	var kept []embed.Face
	if f, err := os.Open(path); err == nil {
		defer f.Close()
		if err := gob.NewDecoder(f).Decode(&kept); err == nil && len(kept) == n {
			return kept, nil
		}
	}
	kept = make([]embed.Face, n)
	err := parallel(n, func(i int) error {
		f, err := one(i)
		f.Trunk = nil // nobody needs it, and it is half of the file
		kept[i] = f
		return err
	})
	if err != nil {
		return nil, err
	}
	old, err := filepath.Glob(filepath.Join(b.dir, name+"*"))
	if err != nil {
		return nil, err
	}
	for _, o := range old {
		if err := os.Remove(o); err != nil {
			return nil, err
		}
	}
	return kept, atomicfile.Write(path, 0o600, func(w io.Writer) error { return gob.NewEncoder(w).Encode(kept) })
}

// face is the main face of a photo; one without an embedding where there is none.
func (b *bench) face(m *embed.Image) (embed.Face, error) {
	f, err := b.p.Faces(m)
	if err != nil || len(f) == 0 {
		return embed.Face{}, err
	}
	return f[0], nil
}
