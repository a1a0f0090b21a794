package models

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/url"
	"path"
	"slices"
	"strings"
)

//go:embed manifest.json
var builtin []byte

// manifestVersion is the only version of the format so far. A reader refuses later ones.
const manifestVersion = 1

// maxSize bounds the size that an entry may name, and so what is ever downloaded for it: 4 GiB.
const maxSize = 4 << 30

// Manifest is a catalogue as it is stored in JSON.
type Manifest struct {
	Version int `json:"version"`
	// NAME@VERSION to the integrity of its tarball, "sha512-…" in base64
	PyPI    map[string]Wheel  `json:"pypi,omitempty"` // NAME==VERSION to its wheel
	NPM     map[string]string `json:"npm,omitempty"`
	Packs   []Pack            `json:"packs,omitempty"`
	Entries []Entry           `json:"entries"`
}

// Catalogue returns the manifest that is built into the program.
func Catalogue() *Manifest {
	m, err := ParseManifest(builtin)
	if err != nil {
		panic("models: the built-in manifest is damaged: " + err.Error()) // TestManifestComplete has read it
	}
	return m
}

// ParseManifest reads a manifest and checks that it is complete and free of contradictions: every entry has a plain
// file name, a source, a SHA-256, a size and a licence class; every model its input contract. It returns ErrManifest
// with the entry and the reason.
func ParseManifest(b []byte) (*Manifest, error) {
	return parseManifest(b, false)
}

// parseManifest also allows the sources of a user's own entries if own is set.
func parseManifest(b []byte, own bool) (*Manifest, error) {
	m := &Manifest{}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: something follows its end", ErrManifest)
	}
	if m.Version != manifestVersion {
		return nil, withHint(fmt.Errorf("%w: version %d, this program reads %d", ErrManifest, m.Version,
			manifestVersion), "Update the program.")
	}
	names := map[string]bool{}
	for i := range m.Entries {
		e := &m.Entries[i]
		if err := m.checkEntry(e, own); err != nil {
			return nil, fmt.Errorf("%w: entry %d %q: %w", ErrManifest, i, e.Name, err)
		}
		if names[e.Name] {
			return nil, fmt.Errorf("%w: two entries %q", ErrManifest, e.Name)
		}
		names[e.Name] = true
	}
	for _, p := range m.Packs {
		if err := m.checkPack(p); err != nil {
			return nil, fmt.Errorf("%w: pack %q: %w", ErrManifest, p.Name, err)
		}
	}
	return m, nil
}

func (m *Manifest) find(name string) *Entry {
	for i := range m.Entries {
		if m.Entries[i].Name == name {
			return &m.Entries[i]
		}
	}
	return nil
}

func (m *Manifest) checkPack(p Pack) error {
	if !plainName(p.Name) {
		return fmt.Errorf("bad name")
	}
	for _, c := range []struct {
		name string
		role Role
	}{{p.Detector, RoleDetector}, {p.Landmarks, RoleLandmarks}, {p.Embedder, RoleEmbedder}} {
		if c.name == "" && c.role == RoleLandmarks {
			continue
		}
		if e := m.find(c.name); e == nil || e.Role != c.role {
			return fmt.Errorf("its %s %q is not an entry of that role", c.role, c.name)
		}
	}
	return nil
}

// plainName reports whether s can be a file name on every system and a word on a command line.
func plainName(s string) bool {
	if s == "" || len(s) > 200 || strings.HasPrefix(s, "-") || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") {
		return false
	}
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.') {
			return false
		}
	}
	return true
}

func (m *Manifest) checkEntry(e *Entry, own bool) error {
	switch {
	case !plainName(e.Name):
		return fmt.Errorf("the name may hold letters, digits, '-', '_' and '.' only")
	case e.Name == SamplesName || e.Name == RuntimeName:
		return fmt.Errorf("the name stands for something else")
	case !plainName(e.File):
		return fmt.Errorf("file %q is not a plain file name", e.File)
	case len(e.Sources) == 0:
		return fmt.Errorf("no source")
	case e.Size <= 0 || e.Size > maxSize:
		return fmt.Errorf("size %d is not in 1 to %d", e.Size, int64(maxSize))
	case e.License.ID == "":
		return fmt.Errorf("no licence")
	case !slices.Contains([]string{Permissive, Noncommercial, UnknownLicense}, e.License.Class):
		return fmt.Errorf("licence class %q is none of %q, %q, %q", e.License.Class, Permissive, Noncommercial,
			UnknownLicense)
	}
	if h, err := hex.DecodeString(e.SHA256); err != nil || len(h) != 32 || e.SHA256 != strings.ToLower(e.SHA256) {
		return fmt.Errorf("sha256 %q is not 64 lower-case hex digits", e.SHA256)
	}
	for _, a := range e.Aliases {
		if path.Clean(a) != a || path.IsAbs(a) || strings.HasPrefix(a, "..") || strings.ContainsAny(a, `\:`) ||
			a == "." {
			return fmt.Errorf("alias %q is not a relative path", a)
		}
	}
	for _, s := range e.Sources {
		if err := m.checkSource(s, own); err != nil {
			return fmt.Errorf("source %q: %w", s, err)
		}
	}
	switch e.Role {
	case RoleRuntime, RoleCodec:
		if e.OS == "" || e.Arch == "" {
			return fmt.Errorf("a library needs os and arch")
		}
		return nil
	case RoleSample:
		return nil
	case RoleDetector, RoleLandmarks, RoleEmbedder:
		return e.checkModel()
	}
	return fmt.Errorf("unknown role %q", e.Role)
}

func (m *Manifest) checkSource(s string, own bool) error {
	switch {
	case strings.HasPrefix(s, "https://"):
		if u, err := url.Parse(s); err != nil || u.Host == "" {
			return fmt.Errorf("bad address")
		}
	case strings.HasPrefix(s, "npm:"):
		p, err := parseNPM(s)
		if err != nil {
			return err
		}
		sum, ok := strings.CutPrefix(m.NPM[p.pack], "sha512-")
		if b, err := base64.StdEncoding.DecodeString(sum); !ok || err != nil || len(b) != 64 {
			return fmt.Errorf("no sha512 integrity is pinned for %s", p.pack)
		}
	case strings.HasPrefix(s, "pypi:"):
		p, err := parsePyPI(s)
		if err != nil {
			return err
		}
		w := m.PyPI[p.wheel()]
		if h, err := hex.DecodeString(w.SHA256); err != nil || len(h) != 32 || !strings.HasPrefix(w.URL, "https://") {
			return fmt.Errorf("no wheel with an https address and a sha256 is pinned for %s", p.pack)
		}
	case own && strings.HasPrefix(s, "file:"):
	default:
		return fmt.Errorf("must be an https address or a file of an npm or PyPI package")
	}
	return nil
}

// checkModel checks the contracts of a model.
func (e *Entry) checkModel() error {
	in, out := e.Input, e.Output
	if in == nil || out == nil {
		return fmt.Errorf("a model needs an input and an output contract")
	}
	role := map[Decoder]Role{
		DecoderYuNet: RoleDetector, DecoderSCRFD: RoleDetector, DecoderUltraFace: RoleDetector,
		DecoderCenterFace:  RoleDetector,
		DecoderLandmarks68: RoleLandmarks, DecoderEmbedding: RoleEmbedder,
	}
	if r, ok := role[e.Decoder]; !ok || r != e.Role {
		return fmt.Errorf("decoder %q is none for a %s", e.Decoder, e.Role)
	}
	const maxSide = 1 << 14
	if in.Width <= 0 || in.Height <= 0 || in.Width > maxSide || in.Height > maxSide {
		return fmt.Errorf("input of %d×%d pixels", in.Width, in.Height)
	}
	if in.Stride < 0 || in.Stride > maxSide || in.Dynamic &&
		(in.Stride == 0 || in.Width%in.Stride != 0 || in.Height%in.Stride != 0) {
		return fmt.Errorf("a dynamic input needs a stride that divides %d and %d", in.Width, in.Height)
	}
	n := map[string]int{"RGB": 3, "BGR": 3, "GRAY": 1}[in.Channels]
	if n == 0 {
		return fmt.Errorf("channels %q are none of RGB, BGR, GRAY", in.Channels)
	}
	if len(in.Mean) != n || len(in.Std) != n {
		return fmt.Errorf("%d means and %d standard deviations for %d channels", len(in.Mean), len(in.Std), n)
	}
	for i := range n {
		if !finite(float64(in.Mean[i])) || !finite(float64(in.Std[i])) || in.Std[i] <= 0 {
			return fmt.Errorf("mean %g and standard deviation %g", in.Mean[i], in.Std[i])
		}
	}
	fits := map[Role][]string{RoleDetector: {"letterbox", "stretch"}, RoleLandmarks: {"stretch"},
		RoleEmbedder: {"align112"}}
	if !slices.Contains(fits[e.Role], in.Fit) {
		return fmt.Errorf("fit %q is none of %q", in.Fit, fits[e.Role])
	}
	if e.Role == RoleEmbedder && (out.Dim < 1 || out.Dim > 1<<14) {
		return fmt.Errorf("embedding of %d values", out.Dim)
	}
	if e.Role == RoleDetector && !(out.Score > 0 && out.Score < 1 && out.NMS > 0 && out.NMS < 1) {
		return fmt.Errorf("score %g and nms %g are not in (0, 1)", out.Score, out.NMS)
	}
	if !(out.Confirm >= 0 && out.Confirm < 1) {
		return fmt.Errorf("confirm %g is not in [0, 1)", out.Confirm)
	}
	if q := out.Quality; q != nil && (len(q.Weights) == 0 || len(q.Weights) > 1<<14 || q.On == "" ||
		!finite(float64(q.Scale)) || !finite(float64(q.Bias))) {
		return fmt.Errorf("quality of %d weights, scale %g, bias %g, on %q", len(q.Weights), q.Scale, q.Bias, q.On)
	}
	if u := out.Upright; u != nil && !(finite(u.Mean) && finite(u.Std) && u.Std > 0) {
		return fmt.Errorf("upright %+v", *u)
	}
	for _, s := range out.Strides {
		if s <= 0 || s > maxSide {
			return fmt.Errorf("output stride %d", s)
		}
	}
	for _, t := range e.Thresholds {
		if !(t.FAR > 0 && t.FAR < 1) || !(t.Score >= -1 && t.Score <= 1) || !(t.TAR >= 0 && t.TAR <= 1) || t.On == "" {
			return fmt.Errorf("threshold %+v", t)
		}
	}
	if t := e.SelfTest; t != nil {
		if !finite(t.Lo) || !finite(t.Hi) || t.Lo >= t.Hi {
			return fmt.Errorf("self-test from %g to %g", t.Lo, t.Hi)
		}
		for _, w := range t.Want {
			if w.Len < len(w.Head) || w.Len == 0 || !finite(w.Norm) {
				return fmt.Errorf("self-test output %q", w.Output)
			}
		}
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// unknown is the error for a name that is neither an entry nor a pack.
func (m *Manifest) unknown(name string) error {
	set := map[string]bool{}
	for _, e := range m.Entries {
		if !e.library() && e.Role != RoleSample {
			set[e.Name] = true
		}
	}
	for _, p := range m.Packs {
		set[p.Name] = true
	}
	set[SamplesName], set[RuntimeName] = true, true
	return withHint(fmt.Errorf("%w: %q", ErrUnknown, name), "Known are %s.",
		strings.Join(slices.Sorted(maps.Keys(set)), ", "))
}
