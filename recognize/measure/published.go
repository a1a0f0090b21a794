package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"faceid/eval"
)

// ReadPublished reads the operating points that others published: the .txt files of a folder, each named as its method;
// see eval.ReadPublished.
func ReadPublished(dir string) ([]eval.PublishedCurve, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	var all []eval.PublishedCurve
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		p, err := eval.ReadPublished(strings.TrimSuffix(filepath.Base(name), ".txt"), f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, p)
	}
	return all, nil
}
