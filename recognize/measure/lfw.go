package measure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"faceid/embed"
	"faceid/eval"
	"faceid/internal/hint"
	"faceid/recognize"
	"faceid/recognize/folder"
)

// Protocols are the names of LFW's protocols, and the files that hold their pairs; "all" compares all photos with each
// other.
var Protocols = map[string]string{
	"view2": "pairs.txt", "dev-train": "pairsDevTrain.txt", "dev-test": "pairsDevTest.txt", "all": "",
}

// LFW measures on Labeled Faces in the Wild in the folder dir: images/NAME/NAME_0001.jpg, or lfw/NAME/… or NAME/…,
// beside the files of the protocol. The Recognizer should select the central face, as the data set's authors have it.
// View 2 is the figure that everybody reports: the threshold is chosen on nine folds and applied to the tenth. "all"
// has 88 million pairs, enough for a false accept rate of 1e-5. (Huang et al., Labeled Faces in the Wild, UMass Amherst
// TR 07-49, 2007.)
func LFW(ctx context.Context, r *recognize.Recognizer, dir, protocol string,
	each func(p embed.Photo, of int)) (*Figures, error) {
	images, err := lfwImages(dir)
	if err != nil {
		return nil, err
	}
	if protocol == "all" {
		return all(ctx, r, images, each)
	}
	f, err := os.Open(filepath.Join(dir, Protocols[protocol]))
	if err != nil {
		return nil, hint.With(err, "the protocol's files come with the data set")
	}
	defer f.Close()
	pairs, err := eval.ReadLFWPairs(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	path := func(p eval.LFWPhoto) string { return filepath.Join(images, filepath.FromSlash(p.Path())) }
	set := map[string]bool{}
	for _, p := range pairs.Pairs {
		set[path(p.A)], set[path(p.B)] = true, true
	}
	e, err := embedAll(ctx, r, sorted(set), each)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(pairs.Pairs))
	for i, p := range pairs.Pairs {
		scores[i] = e.score(path(p.A), path(p.B))
	}
	folds, err := pairs.Scores(scores)
	if err != nil {
		return nil, err
	}
	e.Protocol = "LFW " + protocol
	if len(folds) > 1 {
		k, err := eval.KFold(folds)
		if err != nil {
			return nil, err
		}
		e.Accuracy, e.StdErr = k.Accuracy, k.StdErr
	}
	genuine, impostor := eval.All(folds)
	c, err := eval.ROC(genuine, impostor)
	if err != nil {
		return nil, err
	}
	e.fill(c, int64(len(genuine)), int64(len(impostor)), 1e-2, 1e-3)
	return e.Figures, nil
}

// LFWFiles are all files that LFW may read in the folder dir, and the published points in another.
func LFWFiles(dir, published string) ([]string, error) {
	images, err := lfwImages(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, in := range folder.Photos(images).Photos {
		files = append(files, in.Path)
	}
	for _, d := range []string{dir, published} {
		texts, err := filepath.Glob(filepath.Join(d, "*.txt"))
		if err != nil {
			return nil, err
		}
		files = append(files, texts...)
	}
	return files, nil
}

// lfwImages finds the folder of the people's folders.
func lfwImages(dir string) (string, error) {
	for _, d := range []string{"images", "lfw", "."} {
		if st, err := os.Stat(filepath.Join(dir, d, "Aaron_Peirsol")); err == nil && st.IsDir() {
			return filepath.Join(dir, d), nil
		}
	}
	return "", hint.With(fmt.Errorf("%s: %w: no folder Aaron_Peirsol here, nor in images/ or lfw/", dir,
		fs.ErrNotExist),
		"give the folder of Labeled Faces in the Wild; it is the public data set of UMass Amherst")
}

// all compares every photo with every other one.
func all(ctx context.Context, r *recognize.Recognizer, images string,
	each func(p embed.Photo, of int)) (*Figures, error) {
	f, err := folder.People(images)
	if err = cmp.Or(err, errors.Join(f.Bad...)); err != nil {
		return nil, err
	}
	in := f.Photos
	paths := make([]string, len(in))
	for i, x := range in {
		paths[i] = x.Path
	}
	e, err := embedAll(ctx, r, paths, each)
	if err != nil {
		return nil, err
	}
	var x []float32 // n × d, row-major
	var person []string
	for _, in := range in {
		if v := e.vecs[in.Path]; v != nil {
			x = append(x, v...)
			person = append(person, in.Label)
		}
	}
	c, genuine, impostor, err := eval.AllPairs(x, person)
	if err != nil {
		return nil, err
	}
	e.Protocol = "LFW, all pairs"
	e.fill(c, genuine, impostor, 1e-2, 1e-3, 1e-4, 1e-5)
	return e.Figures, nil
}
