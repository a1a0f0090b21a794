package host

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/internal/hint"
	"faceid/recognize"
)

// Scope is what a key may do; each may do what those before it may.
type Scope string

const (
	Read  Scope = "read"  // ask: detect, verify, embed, identify, list
	Enrol Scope = "enrol" // change people: add, rename, merge, move, remove
	Admin Scope = "admin" // collections as a whole: create, remove, export, import
)

var scopes = []Scope{Read, Enrol, Admin}

// Allows tells whether a key of scope s may do what needs scope want.
func (s Scope) Allows(want Scope) bool {
	return slices.Index(scopes, s) >= slices.Index(scopes, want) && slices.Contains(scopes, s)
}

// Key is a key as the file has it.
type Key struct {
	Name       string    `json:"name"`
	Scope      Scope     `json:"scope"`
	Collection string    `json:"collection,omitempty"` // the only one it opens; "": all
	SHA256     string    `json:"sha256"`               // of the key, in hex
	AccessKey  string    `json:"access_key,omitempty"` // of signed requests
	Secret     string    `json:"secret,omitempty"`     // the same; a signature cannot be checked by a hash
	Created    time.Time `json:"created"`
}

// DefaultKeys is where a user's keys are unless said otherwise: beside the gallery that is used by default.
func DefaultKeys() string { return beside("keys.json") }

// DefaultData is the folder of a user's collections unless said otherwise, see DefaultKeys.
func DefaultData() string { return beside("collections") }

// DefaultAudit is the file of a user's audit log unless said otherwise, see DefaultKeys.
func DefaultAudit() string { return beside("audit.jsonl") }

func beside(name string) string {
	if g := recognize.DefaultGallery(); g != "" && !recognize.IsAddress(g) {
		return filepath.Join(filepath.Dir(g), name)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "" // nothing is put where nobody looks for it
	}
	return filepath.Join(dir, "faceid", name)
}

type keyFile struct {
	Version int   `json:"version"`
	Keys    []Key `json:"keys"`
}

// Secrets are what whoever made a key is told once.
type Secrets struct {
	Key       string `json:"key"`                         // Authorization: Bearer, or x-api-key
	AccessKey string `json:"aws_access_key_id,omitempty"` // for the AWS clients
	Secret    string `json:"aws_secret_access_key,omitempty"`
}

// ReadKeys returns the keys in a file, none where there is no file. It refuses a file that others may read.
func ReadKeys(path string) ([]Key, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && fi.Mode().Perm()&0o077 != 0 {
		return nil, hint.With(
			fmt.Errorf("%s can be read by others (mode %04o)", path, fi.Mode().Perm()),
			"chmod 600 "+path,
		)
	}
	var k keyFile
	if err := json.NewDecoder(io.LimitReader(f, 16<<20)).Decode(&k); err != nil {
		return nil, fmt.Errorf("%s: not a file of keys: %w", path, err)
	}
	if k.Version != 1 {
		return nil, fmt.Errorf("%s: version %d of the file of keys is not known here", path, k.Version)
	}
	return k.Keys, nil
}

// AddKey makes a key and writes it to the file, which is made if it is not there. What it returns cannot be had again.
// With signed the key also has what signed requests need.
func AddKey(path, name string, scope Scope, collection string, signed bool) (Secrets, error) {
	switch {
	case gallery.CheckName(name) != nil:
		return Secrets{}, fmt.Errorf("key name %q: 1 to 1,000 bytes of UTF-8 without control characters", name)
	case !slices.Contains(scopes, scope):
		return Secrets{}, fmt.Errorf("scope %q: read, enrol or admin", scope)
	case collection != "" && !nameOK.MatchString(collection):
		return Secrets{}, fmt.Errorf("collection %q: up to 200 of a-z, A-Z, 0-9, '_', '.' and '-'", collection)
	}
	all, err := ReadKeys(path)
	if err != nil {
		return Secrets{}, err
	}
	if slices.ContainsFunc(all, func(k Key) bool { return k.Name == name }) {
		return Secrets{}, hint.With(
			fmt.Errorf("there is a key %q already", name),
			"revoke it first, or choose another name",
		)
	}
	s := Secrets{Key: NewUUID()}
	k := Key{
		Name:       name,
		Scope:      scope,
		Collection: collection,
		SHA256:     hashOf(s.Key),
		Created:    time.Now().UTC().Truncate(time.Second),
	}
	if signed {
		s.AccessKey = "FACEID" + base32.StdEncoding.EncodeToString(random(10))[:14]
		s.Secret = base64.RawURLEncoding.EncodeToString(random(30))
		k.AccessKey, k.Secret = s.AccessKey, s.Secret
	}
	return s, writeKeys(path, append(all, k))
}

// RevokeKey takes a key out of the file; servers notice within a second or two.
func RevokeKey(path, name string) error {
	all, err := ReadKeys(path)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(all), func(k Key) bool { return k.Name == name })
	if len(left) == len(all) {
		return fmt.Errorf("there is no key %q", name)
	}
	return writeKeys(path, left)
}

func writeKeys(path string, all []Key) error {
	if path == "" { // see DefaultKeys
		return hint.With(errors.New("there is no place for the keys"),
			"set HOME or XDG_DATA_HOME, or name a file for them")
	}
	return atomicfile.Write(path, 0o600, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(keyFile{1, all})
	})
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: it ends the program
	return b
}

// NewUUID is a random UUID (RFC 9562, version 4).
func NewUUID() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return formatUUID(b)
}

func hashOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// keys are those of a file, read again when it changes.
type keys struct {
	path string

	mu      sync.Mutex
	looked  time.Time
	changed time.Time
	size    int64
	all     []Key
	demand  bool // there were keys once: a file that is emptied or taken away opens nothing
}

func openKeys(path string) (*keys, error) {
	k := &keys{path: path}
	if path == "" {
		return k, nil
	}
	var err error
	k.all, err = ReadKeys(path)
	k.demand = len(k.all) > 0
	return k, err
}

// current returns the keys, and whether anybody is asked for one. A file that cannot be read opens nothing.
func (k *keys) current() (all []Key, demand bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.path == "" || time.Since(k.looked) < time.Second {
		return k.all, k.demand
	}
	k.looked = time.Now()
	fi, err := os.Stat(k.path)
	switch {
	case err == nil && fi.ModTime().Equal(k.changed) && fi.Size() == k.size:
		return k.all, k.demand
	case err == nil:
		k.changed, k.size = fi.ModTime(), fi.Size()
	}
	if k.all, err = ReadKeys(k.path); err != nil {
		k.demand = true
	}
	k.demand = k.demand || len(k.all) > 0
	return k.all, k.demand
}

// find returns the key that was presented. All are compared, each in constant time.
func find(all []Key, presented string) (Key, bool) {
	h := []byte(hashOf(presented))
	var found Key
	ok := false
	for _, k := range all {
		if subtle.ConstantTimeCompare(h, []byte(k.SHA256)) == 1 {
			found, ok = k, true
		}
	}
	return found, ok
}
