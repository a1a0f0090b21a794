package models

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Options tune Open; nil means the defaults.
type Options struct {
	// Dir is the cache. Default: the environment's FACEID_CACHE, else faceid in os.UserCacheDir.
	Dir string
	// ConfigDir keeps what a cache may not lose: accepted licences and the user's own entries.
	// Default: Dir if that or FACEID_CACHE is given, else faceid in os.UserConfigDir.
	ConfigDir string
	// Local names folders that are searched before anything else; files in them are used where they lie.
	// Several are separated as in PATH. Default: the environment's FACEID_MODELS; "-" means none.
	Local string
	// Offline forbids every download.
	Offline bool
	// Commercial refuses every entry whose licence is not known to allow commercial use, accepted or not.
	Commercial bool
	// AcceptLicense accepts, for good, the licence of every entry that is used through this Store.
	AcceptLicense bool
	// NPM is the npm client. Default: npm.
	NPM string
	// Pip is the installer of Python's packages. Default: pip3.
	Pip string
	// Fetch opens what stands at an https address, with its length or −1; https.Fetch is one. Nil: nothing is
	// downloaded from addresses, and what the npm client cannot bring is missing.
	Fetch func(ctx context.Context, address string) (io.ReadCloser, int64, error)
	// Progress is called while a file is fetched, at most some ten times per second, and from several goroutines at
	// once if they fetch; nil means nobody wants to know.
	Progress func(Progress)
	// Notify is called with a sentence for what the user should know of: a download that begins, a damaged file that is
	// fetched again, a local file that is not the one of the catalogue. It too may be called from several goroutines.
	// Default: silence.
	Notify func(string)
}

// Progress says how far a download is.
type Progress struct {
	Name  string // of the entry
	Done  int64  // bytes so far
	Total int64  // bytes in all, or -1 while npm works, which does not tell
}

// Store finds the files of the catalogue and of the user's own entries, and fetches those that are missing.
// It is safe for concurrent use, and many processes may share one cache.
type Store struct {
	o      Options
	dir    string
	config string
	local  []string
	// why there is neither cache nor configuration; what needs one says so, and a gallery opens without
	nowhere error

	turns sync.Map // of locks: path → chan struct{}, which holds one while somebody of this process has the lock

	mu  sync.Mutex // Protects cat and own.
	cat *Manifest  // the catalogue and the user's own entries; replaced, never changed
	own map[string]bool
}

// Open returns the store. It reads the user's own manifest if there is one; it creates nothing and uses no network.
func Open(o *Options) (*Store, error) {
	s := &Store{cat: Catalogue(), own: map[string]bool{}}
	if o != nil {
		s.o = *o
	}
	s.dir, s.config = s.o.Dir, s.o.ConfigDir
	if s.dir == "" {
		s.dir = os.Getenv("FACEID_CACHE")
	}
	if s.config == "" {
		s.config = s.dir
	}
	for _, x := range []struct {
		dir  *string
		what string
		base func() (string, error)
	}{{&s.dir, "cache", os.UserCacheDir}, {&s.config, "configuration", os.UserConfigDir}} {
		if *x.dir != "" {
			continue
		}
		base, err := x.base()
		if err != nil {
			s.nowhere = withHint(fmt.Errorf("models: no %s folder: %w", x.what, err), "Set FACEID_CACHE to a folder.")
			s.dir, s.config = "", ""
			break
		}
		*x.dir = filepath.Join(base, "faceid")
	}
	for _, p := range []*string{&s.dir, &s.config} {
		if s.nowhere != nil {
			break
		}
		abs, err := filepath.Abs(*p)
		if err != nil {
			return nil, fmt.Errorf("models: %w", err)
		}
		*p = abs
	}
	if s.o.NPM == "" {
		s.o.NPM = "npm"
	}
	if s.o.Pip == "" {
		s.o.Pip = "pip3"
	}
	local := s.o.Local
	if local == "" {
		local = os.Getenv("FACEID_MODELS")
	}
	if local != "-" {
		for _, d := range filepath.SplitList(local) {
			if d != "" {
				s.local = append(s.local, d)
			}
		}
	}
	return s, s.loadOwn()
}

// Dir returns the cache folder; it may not exist yet. "": there is none, for neither FACEID_CACHE nor HOME is set.
func (s *Store) Dir() string { return s.dir }

func (s *Store) notify(format string, args ...any) {
	if s.o.Notify != nil {
		s.o.Notify(fmt.Sprintf(format, args...))
	}
}

func (s *Store) progress(p Progress) {
	if s.o.Progress != nil {
		s.o.Progress(p)
	}
}

// catalogue returns the current catalogue, which nobody changes any more.
func (s *Store) catalogue() *Manifest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cat
}

// Entries returns the catalogue followed by the user's own entries.
func (s *Store) Entries() []Entry {
	return slices.Clone(s.catalogue().Entries)
}

// Packs returns the packs of the catalogue; the first is the default.
func (s *Store) Packs() []Pack { return slices.Clone(s.catalogue().Packs) }

// Entry returns the entry of this name, or ErrUnknown.
func (s *Store) Entry(name string) (Entry, error) {
	cat := s.catalogue()
	if e := cat.find(name); e != nil {
		return *e, nil
	}
	return Entry{}, cat.unknown(name)
}

// Pack returns the pack of this name, or ErrUnknown.
func (s *Store) Pack(name string) (Pack, error) {
	cat := s.catalogue()
	for _, p := range cat.Packs {
		if p.Name == name {
			return p, nil
		}
	}
	return Pack{}, cat.unknown(name)
}

// Names that stand for several entries beside the packs.
const (
	// SamplesName is all sample photos.
	SamplesName = "samples"
	// RuntimeName is the libraries for this system: ONNX Runtime and, where there are any, libvips and libheif.
	RuntimeName = "runtime"
)

// expand returns the entries that a name stands for: one, those of a pack, the samples or the runtime.
func (s *Store) expand(name string) ([]Entry, error) {
	switch name {
	case SamplesName:
		return slices.DeleteFunc(s.Entries(), func(e Entry) bool { return e.Role != RoleSample }), nil
	case RuntimeName:
		e, err := s.runtimeEntry()
		es := []Entry{e}
		return append(es, s.codecs()...), err
	}
	names := []string{name}
	if p, err := s.Pack(name); err == nil {
		names = []string{p.Detector, p.Embedder}
		if p.Landmarks != "" {
			names = append(names, p.Landmarks)
		}
	}
	var es []Entry
	for _, n := range names {
		e, err := s.Entry(n)
		if err != nil {
			return nil, err
		}
		es = append(es, e)
	}
	return es, nil
}

// Path returns where the entry's file lies, verified; it is fetched if need be. Errors: ErrUnknown, ErrLicense, and
// ErrMissing with a hint that says what to put where.
func (s *Store) Path(ctx context.Context, name string) (string, error) {
	e, err := s.Entry(name)
	if err != nil {
		return "", err
	}
	path, _, err := s.get(ctx, e, false)
	return path, err
}

// Load returns the entry and the file's bytes. The bytes returned are the very ones that were hashed. Errors are those
// of Path.
func (s *Store) Load(ctx context.Context, name string) (Entry, []byte, error) {
	e, err := s.Entry(name)
	if err != nil {
		return Entry{}, nil, err
	}
	_, b, err := s.get(ctx, e, true)
	return e, b, err
}

// Pull makes files present. A name is that of an entry or a pack, SamplesName or RuntimeName; none means the default
// pack and the runtime. Where a library that only HEIC photos need cannot be had, it goes without and notifies. A
// runtime library that the user named elsewhere (FACEID_ORT) makes no difference here.
func (s *Store) Pull(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		names = []string{s.catalogue().Packs[0].Name, RuntimeName}
	}
	for _, n := range names {
		es, err := s.expand(n)
		if err != nil {
			return err
		}
		for _, e := range es {
			_, _, err := s.get(ctx, e, false)
			optional := n == RuntimeName && e.Role == RoleCodec && strings.HasPrefix(e.Sources[0], "pypi:")
			if optional && errors.Is(err, ErrMissing) {
				s.notify("going without %s, which only HEIC photos need: %v", e.Name, err)
				continue
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Samples returns the paths of the sample photos in order; they are fetched if need be.
func (s *Store) Samples(ctx context.Context) ([]string, error) {
	es, err := s.expand(SamplesName)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, e := range es {
		p, _, err := s.get(ctx, e, false)
		if err != nil {
			return nil, err
		}
		paths = append(paths, p)
	}
	return paths, nil
}

func (s *Store) cachePath(e Entry) string { return filepath.Join(s.dir, e.File) }

func (s *Store) localPaths(e Entry) []string {
	var ps []string
	for _, d := range s.local {
		for _, f := range append([]string{e.File}, e.Aliases...) {
			ps = append(ps, filepath.Join(d, filepath.FromSlash(f)))
		}
	}
	return ps
}

// get returns the path of a verified file, and its bytes if they are wanted.
func (s *Store) get(ctx context.Context, e Entry, read bool) (string, []byte, error) {
	if err := s.licensed(e); err != nil {
		return "", nil, err
	}
	for _, p := range s.localPaths(e) {
		b, err := s.verified(p, e, read)
		if err == nil {
			return p, b, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			s.notify("%s is passed over: %v", p, err)
		}
	}
	return s.fetched(ctx, e, read)
}

// fetched is get for the cache alone.
func (s *Store) fetched(ctx context.Context, e Entry, read bool) (string, []byte, error) {
	if s.nowhere != nil {
		return "", nil, s.nowhere
	}
	p := s.cachePath(e)
	b, err := s.verified(p, e, read)
	if err == nil {
		return p, b, nil
	}
	damaged := !errors.Is(err, os.ErrNotExist)
	if s.o.Offline && !s.here(e) {
		why := "nothing may be fetched (offline)"
		if damaged {
			why = fmt.Sprintf("%v; %s", err, why)
		}
		return "", nil, s.missing(e, errors.New(why))
	}
	if damaged {
		s.notify("%s is fetched again: %v", p, err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return "", nil, withHint(fmt.Errorf("models: cache folder: %w", err),
			"Set FACEID_CACHE to a folder that can be written.")
	}
	unlock, err := s.lock(ctx, filepath.Join(s.dir, "."+e.File+".lock"), e.Name+" is being fetched already")
	if err != nil {
		return "", nil, err
	}
	defer unlock()
	// Another process may have fetched it while this one waited.
	if b, err := s.verified(p, e, read); err == nil {
		return p, b, nil
	}
	if err := s.fetch(ctx, e); err != nil {
		return "", nil, err
	}
	b, err = s.verified(p, e, read)
	if err != nil {
		return "", nil, fmt.Errorf("models: %s was just stored: %w", p, err)
	}
	return p, b, nil
}

// here reports whether a source needs no network.
func (s *Store) here(e Entry) bool {
	return slices.ContainsFunc(e.Sources, func(src string) bool { return strings.HasPrefix(src, "file:") })
}

// verified checks a file against its entry. Models are hashed at every start: they are read anyway, and a few
// milliseconds buy that no damaged weights ever score anybody. For the runtime library, which the system maps and which
// takes 60 ms to hash, an earlier hash is trusted while the file's stamp is the same; see stamp.
func (s *Store) verified(path string, e Entry, read bool) ([]byte, error) {
	if !e.library() || read {
		return readVerified(path, e, read)
	}
	st, err := stampOf(path, e)
	if err != nil {
		return nil, err
	}
	if s.stamped(e, st) {
		return nil, nil
	}
	if _, err := readVerified(path, e, false); err != nil {
		return nil, err
	}
	s.stamp(e, st)
	return nil, nil
}

// readVerified hashes a file and compares; it returns the bytes if they are wanted.
func readVerified(path string, e Entry, keep bool) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: not a file", ErrCorrupt)
	}
	if fi.Size() != e.Size {
		return nil, fmt.Errorf("%w: %d bytes, not %d", ErrCorrupt, fi.Size(), e.Size)
	}
	h := sha256.New()
	r := io.LimitReader(f, e.Size+1)
	var b []byte
	if keep {
		b = make([]byte, e.Size)
		if _, err := io.ReadFull(f, b); err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	if _, err := io.Copy(h, r); err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != e.SHA256 {
		return nil, fmt.Errorf("%w: SHA-256 %s, not %s", ErrCorrupt, got, e.SHA256)
	}
	return b, nil
}
