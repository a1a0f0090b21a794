package main

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// set are people to draw from: of each the unit embeddings of the photos.
type set struct {
	name   string
	people [][][]float32
	names  []string // of the people, or nil
}

// photos is the most photos of a person that a figure is taken over, so that the comparisons stay few.
const photos = 12

// readSets reads the embeddings in dir, one .npz per set.
func readSets(dir string) ([]set, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.npz"))
	if err != nil {
		return nil, err
	}
	var sets []set
	for _, f := range files {
		s, err := readSet(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		sets = append(sets, s)
	}
	return sets, nil
}

func readSet(file string) (set, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return set{}, err
	}
	defer z.Close()
	e, shape, err := readArray(&z.Reader, "embeddings.npy", "<f2", 2)
	if err != nil {
		return set{}, err
	}
	who, one, err := readArray(&z.Reader, "person.npy", "<i4", 4)
	if err != nil {
		return set{}, err
	}
	if len(shape) != 2 || len(one) != 1 || shape[0] != one[0] {
		return set{}, fmt.Errorf("embeddings of shape %v and people of shape %v", shape, one)
	}
	byPerson := map[uint32][][]float32{}
	for i := range shape[0] {
		row := make([]float32, shape[1])
		for j := range row {
			row[j] = half(binary.LittleEndian.Uint16(e[2*(i*shape[1]+j):]))
		}
		p := binary.LittleEndian.Uint32(who[4*i:])
		byPerson[p] = append(byPerson[p], unit(row))
	}
	s := set{name: strings.TrimSuffix(filepath.Base(file), ".npz")}
	var ids []uint32
	for p := range byPerson {
		ids = append(ids, p)
	}
	slices.Sort(ids)
	for _, p := range ids {
		s.people = append(s.people, byPerson[p])
	}
	return s.few(), nil
}

// few keeps at most photos photos of each person, drawn at random.
func (s set) few() set {
	rng := rand.New(rand.NewPCG(1, 1))
	for i, p := range s.people {
		rng.Shuffle(len(p), func(a, b int) { p[a], p[b] = p[b], p[a] })
		s.people[i] = p[:min(len(p), photos)]
	}
	return s
}

var shapeText = regexp.MustCompile(`'descr': '([^']+)', 'fortran_order': False, 'shape': \((\d+),(?: (\d+))?\)`)

// readArray returns the elements of one array of the archive, as they stand there, and its shape.
func readArray(z *zip.Reader, name, descr string, size int) ([]byte, []int, error) {
	f, err := z.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, nil, err
	}
	if len(b) < 10 || len(b) < 10+int(binary.LittleEndian.Uint16(b[8:])) {
		return nil, nil, fmt.Errorf("%s: cut off", name)
	}
	head := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	m := shapeText.FindStringSubmatch(string(b[:head]))
	if m == nil || m[1] != descr {
		return nil, nil, fmt.Errorf("%s: not an array of %s", name, descr)
	}
	n := 1
	var shape []int
	for _, t := range m[2:] {
		if t == "" {
			continue
		}
		d, err := strconv.Atoi(t)
		if err != nil {
			return nil, nil, err
		}
		shape, n = append(shape, d), n*d
	}
	if len(b)-head != n*size {
		return nil, nil, fmt.Errorf("%s: %d bytes of elements for shape %v", name, len(b)-head, shape)
	}
	return b[head:], shape, nil
}

// half is a float16 as IEEE 754 has it.
func half(b uint16) float32 {
	sign, exp, frac := float64(1-2*int(b>>15)), int(b>>10&31), float64(b&1023)
	if exp == 0 {
		return float32(sign * math.Ldexp(frac, -24))
	}
	return float32(sign * math.Ldexp(1024+frac, exp-25)) // no infinities among embeddings
}

func unit(v []float32) []float32 {
	var n float64
	for _, x := range v {
		n += float64(x) * float64(x)
	}
	n = 1 / math.Sqrt(n)
	for i := range v {
		v[i] = float32(float64(v[i]) * n)
	}
	return v
}
