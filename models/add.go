package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"faceid/internal/onnxgraph"
)

// Inspect reads a user's ONNX file and returns an entry with all that its graph tells: file, SHA-256, size, the input's
// name and size, the outputs' names and, where the first output is one row of numbers per image, its length as
// Output.Dim. The name is made from the file's. What is left open is in Entry.Unknown; a Role has to be set first.
func Inspect(path string) (Entry, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return Entry{}, fmt.Errorf("models: %w", err)
	}
	if !fi.Mode().IsRegular() || fi.Size() == 0 || fi.Size() > maxSize {
		return Entry{}, fmt.Errorf("models: %s: not a file of 1 to %d bytes", path, int64(maxSize))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Entry{}, fmt.Errorf("models: %w", err)
	}
	e, err := inspect(b)
	if err != nil {
		return Entry{}, fmt.Errorf("models: %s: %w", path, err)
	}
	e.Name = entryName(path)
	return e, nil
}

// entryName makes a catalogue name of a file's: its letters and digits in lower case, anything else a dash.
func entryName(path string) string {
	base := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	var b strings.Builder
	for _, r := range strings.ToLower(base) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

func inspect(b []byte) (Entry, error) {
	m, err := onnxgraph.Parse(b)
	if err != nil {
		return Entry{}, err
	}
	if err := m.Sound(); err != nil {
		return Entry{}, err
	}
	ins, outs := m.Inputs(), m.Outputs()
	if len(ins) != 1 {
		return Entry{}, fmt.Errorf("the graph has %d inputs; a face model has one, the image", len(ins))
	}
	in := ins[0]
	size := in.Sizes()
	if in.Type != onnxgraph.Float32 || len(size) != 4 {
		return Entry{}, fmt.Errorf("input %q is %v %v; a face model takes float32 [N, C, height, width]", in.Name,
			in.Type, size)
	}
	h := sha256.Sum256(b)
	e := Entry{SHA256: hex.EncodeToString(h[:]), Size: int64(len(b)), Input: &Input{Name: in.Name}, Output: &Output{}}
	switch {
	case size[3] == 3 && size[1] != 3:
		return Entry{}, fmt.Errorf("input %q is %v: channels come last (NHWC), and only [N, C, height, width] is taken",
			in.Name, size)
	case size[1] == 1:
		e.Input.Channels = "GRAY"
	case size[1] != 3 && size[1] != -1:
		return Entry{}, fmt.Errorf("input %q has %d channels, not 1 or 3", in.Name, size[1])
	}
	if size[2] > 0 && size[3] > 0 {
		e.Input.Height, e.Input.Width = int(size[2]), int(size[3])
	} else {
		e.Input.Dynamic = true
	}
	for _, o := range outs {
		e.Output.Names = append(e.Output.Names, o.Name)
	}
	e.Output.Dim = rowLength(outs[0].Sizes())
	return e, nil
}

// rowLength returns D of a shape [N, D], [N, D, 1, 1] or the like, else 0.
func rowLength(size []int64) int {
	if len(size) < 2 || size[1] < 1 || size[1] > 1<<14 {
		return 0
	}
	for _, d := range size[2:] {
		if d != 1 {
			return 0
		}
	}
	return int(size[1])
}

// Unknown names the fields, as in the manifest's JSON, that a model's entry still lacks, in the order in which to ask
// for them: "role" first, since the rest depends on it. An empty list means that the entry is complete.
func (e Entry) Unknown() []string {
	var u []string
	ask := func(missing bool, field string) {
		if missing {
			u = append(u, field)
		}
	}
	ask(e.Name == "", "name")
	if e.Role == "" {
		return append(u, "role")
	}
	ask(e.Decoder == "" && e.Role == RoleDetector, "decoder")
	in, out := e.Input, e.Output
	if in == nil {
		in = &Input{}
	}
	if out == nil {
		out = &Output{}
	}
	ask(in.Width == 0, "width")
	ask(in.Height == 0, "height")
	ask(in.Dynamic && in.Stride == 0, "stride")
	ask(in.Channels == "", "channels")
	ask(len(in.Mean) == 0, "mean")
	ask(len(in.Std) == 0, "std")
	ask(in.Fit == "" && e.Role == RoleDetector, "fit")
	ask(out.Score == 0 && e.Role == RoleDetector, "score")
	ask(out.NMS == 0 && e.Role == RoleDetector, "nms")
	ask(out.Dim == 0 && e.Role == RoleEmbedder, "dim")
	ask(e.License.Class == "", "license")
	return u
}

// Add puts the user's own ONNX file into the store: it is copied into the cache, and e into the user's manifest, from
// where every process finds it by name. What e leaves empty is taken from the file's graph, as Inspect does; what e
// says must agree with the graph. A name of the catalogue is refused; an own entry of the same name with another file
// is kept as NAME-SHA, since a gallery may have been enrolled with it. It returns the finished entry, or ErrIncomplete
// with the fields that are still unknown.
//
// If the cache is emptied the file is copied from path again.
func (s *Store) Add(ctx context.Context, path string, e Entry) (Entry, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return Entry{}, fmt.Errorf("models: %w", err)
	}
	g, err := Inspect(abs)
	if err != nil {
		return Entry{}, err
	}
	if e, err = merge(e, g); err != nil {
		return Entry{}, fmt.Errorf("models: %s: %w", path, err)
	}
	if u := e.Unknown(); len(u) > 0 {
		return e, withHint(fmt.Errorf("%w: %s: the graph does not tell %s", ErrIncomplete, path, strings.Join(u, ", ")),
			"The model's own documentation says how its input is prepared; a wrong channel order or mean still "+
				"gives plausible, worse scores.")
	}
	e.File = e.Name + "-" + e.SHA256[:12] + ".onnx"
	e.Sources = []string{"file:" + abs}
	if e.License.ID == "" {
		e.License.ID = "LicenseRef-" + e.License.Class
	}
	if err := CheckName(e.Name); err != nil {
		return e, err
	}
	if err := s.sameFile(e); err != nil {
		return e, err
	}
	if s.nowhere != nil {
		return e, s.nowhere
	}
	if err := os.MkdirAll(s.config, 0o700); err != nil {
		return e, fmt.Errorf("models: %w", err)
	}
	unlock, err := s.lock(ctx, filepath.Join(s.config, ".models.json.lock"), "the list of models is being changed")
	if err != nil {
		return e, err
	}
	defer unlock()
	m, err := s.readOwn()
	if err != nil {
		return e, err
	}
	m.Entries = slices.DeleteFunc(m.Entries, func(o Entry) bool {
		return o.SHA256 == e.SHA256 && (o.Name == e.Name || o.Name == oldName(e))
	})
	for i := range m.Entries {
		if o := &m.Entries[i]; o.Name == e.Name {
			o.Name = oldName(*o)
		}
	}
	m.Entries = append(m.Entries, e)
	if err := m.checkEntry(&e, true); err != nil {
		return e, fmt.Errorf("models: %s: %w", path, err)
	}
	if _, _, err := s.fetched(ctx, e, false); err != nil {
		return e, err
	}
	return e, s.writeOwn(m)
}

// sameFile refuses an entry for a file that has one, with other preparation of its input: a gallery knows a model by
// the file's checksum, and would take embeddings that mean something else for its own.
func (s *Store) sameFile(e Entry) error {
	for _, o := range s.Entries() {
		if o.SHA256 != e.SHA256 || o.Name == e.Name || o.Role != e.Role || o.Input == nil {
			continue
		}
		a, b := *o.Input, *e.Input
		if a.Channels != b.Channels || a.Fit != b.Fit ||
			!slices.Equal(PerChannel(a.Mean, a.Channels), PerChannel(b.Mean, b.Channels)) ||
			!slices.Equal(PerChannel(a.Std, a.Channels), PerChannel(b.Std, b.Channels)) {
			err := fmt.Errorf("models: this file is on the list as %s, with channels %s, mean %v and std %v", o.Name,
				a.Channels, a.Mean, a.Std)
			return withHint(err, "use it as --model %s; if that entry is your own and wrong, faceid models forget "+
				"%[1]s first", o.Name)
		}
	}
	return nil
}

// CheckName returns an error for a name that no own model can have: one with other characters than file names and flags
// want, or one that the catalogue has for a model or a pack.
func CheckName(name string) error {
	if !plainName(name) {
		return withHint(fmt.Errorf("models: %q cannot be the name of a model", name),
			"Use letters, digits, '.', '-' and '_'.")
	}
	c := Catalogue()
	taken := c.find(name) != nil
	for _, p := range c.Packs {
		taken = taken || p.Name == name
	}
	if taken || name == SamplesName || name == RuntimeName {
		return withHint(fmt.Errorf("models: the catalogue has %q already", name), "Choose another name.")
	}
	return nil
}

// oldName is what an entry is called once another has taken its name.
func oldName(e Entry) string { return e.Name + "-" + e.SHA256[:8] }

// UnknownOf names the fields that e lacks and the graph, as Inspect has read it, does not tell either; see
// Entry.Unknown.
func UnknownOf(e, graph Entry) ([]string, error) {
	e, err := merge(e, graph)
	return e.Unknown(), err
}

// merge fills what e leaves open from g, what the graph tells, and refuses what contradicts it.
func merge(e, g Entry) (Entry, error) {
	in, out := Input{}, Output{}
	if e.Input != nil {
		in = *e.Input
	}
	if e.Output != nil {
		out = *e.Output
	}
	if e.Name == "" {
		e.Name = g.Name
	}
	if in.Name != "" && in.Name != g.Input.Name {
		return e, fmt.Errorf("the graph's input is %q, not %q", g.Input.Name, in.Name)
	}
	in.Name = g.Input.Name
	if !g.Input.Dynamic {
		if in.Width == 0 && in.Height == 0 {
			in.Width, in.Height = g.Input.Width, g.Input.Height
		}
		if in.Width != g.Input.Width || in.Height != g.Input.Height || in.Dynamic {
			return e, fmt.Errorf("the graph's input is fixed at %d×%d pixels", g.Input.Width, g.Input.Height)
		}
	}
	if g.Input.Channels != "" && in.Channels != "" && in.Channels != g.Input.Channels {
		return e, fmt.Errorf("the graph's input has one channel, not %s", in.Channels)
	}
	if in.Channels == "" {
		in.Channels = g.Input.Channels
	}
	for _, n := range out.Names {
		if !slices.Contains(g.Output.Names, n) {
			return e, fmt.Errorf("the graph has no output %q, only %q", n, g.Output.Names)
		}
	}
	switch e.Role {
	case RoleEmbedder:
		if len(out.Names) == 0 {
			out.Names = g.Output.Names[:1]
		}
		if out.Dim == 0 {
			out.Dim = g.Output.Dim
		}
		if g.Output.Dim != 0 && out.Names[0] == g.Output.Names[0] && out.Dim != g.Output.Dim {
			return e, fmt.Errorf("the graph's embedding has %d values, not %d", g.Output.Dim, out.Dim)
		}
		e.Decoder, in.Fit = DecoderEmbedding, "align112"
	case RoleLandmarks:
		e.Decoder, in.Fit = DecoderLandmarks68, "stretch"
	}
	if g.Input.Dynamic && in.Stride > 0 {
		in.Dynamic = true
	}
	e.SHA256, e.Size, e.Input, e.Output = g.SHA256, g.Size, &in, &out
	return e, nil
}

// Forget removes one of the user's own entries. The cached copy is removed too, the file it was made from never.
// It returns ErrUnknown for a name that is not the user's own.
func (s *Store) Forget(ctx context.Context, name string) error {
	if s.nowhere != nil {
		return s.nowhere
	}
	if err := os.MkdirAll(s.config, 0o700); err != nil {
		return fmt.Errorf("models: %w", err)
	}
	unlock, err := s.lock(ctx, filepath.Join(s.config, ".models.json.lock"), "the list of models is being changed")
	if err != nil {
		return err
	}
	defer unlock()
	m, err := s.readOwn()
	if err != nil {
		return err
	}
	e := m.find(name)
	if e == nil {
		return withHint(fmt.Errorf("%w: %q is none of your own models", ErrUnknown, name),
			"Only models that were added can be forgotten.")
	}
	gone := s.cachePath(*e)
	m.Entries = slices.DeleteFunc(m.Entries, func(o Entry) bool { return o.Name == name })
	if err := s.writeOwn(m); err != nil {
		return err
	}
	if err := os.Remove(gone); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("models: %w", err)
	}
	return nil
}
