// Package groups reads embeddings of people unlike LFW's.
package groups

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"

	"faceid/internal/f32"
)

// Read returns the unit embeddings of each person's photos from an .npz file: "embeddings", n × d float16, and
// "person", n int32.
func Read(file string) ([][][]float32, error) {
	people, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return people, nil
}

func read(file string) ([][][]float32, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	e, shape, err := readArray(&z.Reader, "embeddings.npy", "<f2", 2)
	if err != nil {
		return nil, err
	}
	who, one, err := readArray(&z.Reader, "person.npy", "<i4", 4)
	if err != nil {
		return nil, err
	}
	if len(shape) != 2 || len(one) != 1 || shape[0] != one[0] {
		return nil, fmt.Errorf("embeddings of shape %v and people of shape %v", shape, one)
	}
	byPerson := map[uint32][][]float32{}
	for i := range shape[0] {
		row := make([]float32, shape[1])
		for j := range row {
			row[j] = half(binary.LittleEndian.Uint16(e[2*(i*shape[1]+j):]))
		}
		f32.Unit(row)
		p := binary.LittleEndian.Uint32(who[4*i:])
		byPerson[p] = append(byPerson[p], row)
	}
	var ids []uint32
	for p := range byPerson {
		ids = append(ids, p)
	}
	slices.Sort(ids)
	var people [][][]float32
	for _, p := range ids {
		people = append(people, byPerson[p])
	}
	return people, nil
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
