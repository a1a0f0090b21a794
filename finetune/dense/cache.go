package dense

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"faceid/internal/atomicfile"
	"faceid/internal/safetensors"
)

const datasetFormat = "faceid-trunk-1"

// Save writes the dataset as safetensors, atomically, mode 0600, so that trunk features are computed once. key says
// what they were made from (photos, model, augmentations); LoadDataset wants it back.
func (d *Dataset) Save(path, key string) error {
	if err := d.Check(); err != nil {
		return err
	}
	n := d.Len()
	col := func(at func(i int) int64) safetensors.Tensor {
		v := make([]int64, n)
		for i := range v {
			v[i] = at(i)
		}
		return safetensors.Tensor{Shape: []int{n}, I64: v}
	}
	s := safetensors.File{
		Tensors: map[string]safetensors.Tensor{
			"trunk":  {Shape: []int{n, d.T}, F32: d.X},
			"person": col(func(i int) int64 { return int64(d.Person[i]) }),
			"photo":  col(func(i int) int64 { return int64(d.Photo[i]) }),
			"kind":   col(func(i int) int64 { return int64(d.Kind[i]) }),
		},
		Metadata: map[string]string{"format": datasetFormat, "key": key},
	}
	for name, list := range map[string][]string{"people": d.People, "photos": d.Photos, "kinds": d.Kinds} {
		js, err := json.Marshal(list)
		if err != nil {
			return fmt.Errorf("finetune: cache: %w", err)
		}
		s.Metadata[name] = string(js)
	}
	s.Seal()
	if err := atomicfile.Write(path, 0o600, func(w io.Writer) error {
		_, err := s.WriteTo(w)
		return err
	}); err != nil {
		return fmt.Errorf("finetune: cache: %w", err)
	}
	return nil
}

// LoadDataset reads what Save wrote. It returns ErrFormat if the file is something else or was saved with another key,
// and an error that wraps fs.ErrNotExist if there is none.
func LoadDataset(path, key string) (*Dataset, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("finetune: cache: %w", err)
	}
	s, err := safetensors.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	m := s.Metadata
	if m["format"] != datasetFormat || m["key"] != key {
		return nil, fmt.Errorf("%s: %w: it holds other features", path, ErrFormat)
	}
	if !s.Sealed() {
		return nil, fmt.Errorf("%s: %w: its checksum is wrong", path, ErrFormat)
	}
	d := &Dataset{}
	for name, list := range map[string]*[]string{"people": &d.People, "photos": &d.Photos, "kinds": &d.Kinds} {
		if err := json.Unmarshal([]byte(m[name]), list); err != nil {
			return nil, fmt.Errorf("%s: %w: %s: %v", path, ErrFormat, name, err)
		}
	}
	trunk, err := s.F32("trunk", -1, -1)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	n := trunk.Shape[0]
	d.X, d.T = trunk.F32, trunk.Shape[1]
	for name, add := range map[string]func(v int64){
		"person": func(v int64) { d.Person = append(d.Person, int32(v)) },
		"photo":  func(v int64) { d.Photo = append(d.Photo, int32(v)) },
		"kind":   func(v int64) { d.Kind = append(d.Kind, uint8(v)) },
	} {
		c, ok := s.Tensors[name]
		if !ok || len(c.I64) != n || len(c.Shape) != 1 {
			return nil, fmt.Errorf("%s: %w: column %q", path, ErrFormat, name)
		}
		for _, v := range c.I64 {
			if v < 0 || v > math.MaxInt32 || name == "kind" && v > math.MaxUint8 {
				return nil, fmt.Errorf("%s: %w: column %q holds %d", path, ErrFormat, name, v)
			}
			add(v)
		}
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}
