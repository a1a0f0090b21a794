package pictures

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"faceid/gallery"
	"faceid/internal/atomicfile"
	"faceid/internal/hint"
)

// ending is that of the folder beside a gallery's file.
const ending = ".photos"

// Folder is where the photos of a gallery lie, whether it is there or not. It is safe for concurrent use, by several
// programs where the system has file locks (Unix).
type Folder struct{ dir string }

// Beside is the folder of the gallery in a file: FILE.photos, where FILE is, whatever links lead there.
func Beside(file string) Folder {
	if at, err := filepath.EvalSymlinks(file); err == nil {
		file = at
	}
	return Folder{file + ending}
}

// Of returns the gallery's file for the name of a folder, false for a name that is no folder's.
func Of(folder string) (file string, ok bool) { return strings.CutSuffix(folder, ending) }

// Path is the folder's.
func (f Folder) Path() string { return f.dir }

var (
	isHash = regexp.MustCompile(`^[0-9a-f]{64}$`)
	isTemp = regexp.MustCompile(`^\.[0-9a-f]{64}-[0-9]+-[0-9]+$`) // atomicfile's
)

// There tells whether anything was ever kept. A folder that others may write into, or a link to one, is refused.
func (f Folder) There() (bool, error) {
	fi, err := os.Lstat(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && (!fi.IsDir() || othersWrite(fi)) {
		err = hint.With(fmt.Errorf("%s: not a folder of its owner alone", f.dir), "photos of faces are kept there: "+
			"move away what is in the way, or chmod 700 it")
	}
	return err == nil, err
}

// Put keeps a photo by the SHA-256 of its bytes, as Source.SHA256 has it; when it returns nil the photo survives a
// power cut. It is called after the templates are stored, so that nothing is kept for which there is none; whoever
// removes them meanwhile may have looked before: see Sweep.
func (f Folder) Put(photo []byte) error {
	sum := sha256.Sum256(photo)
	at := filepath.Join(f.dir, hex.EncodeToString(sum[:]))
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	if _, err := f.There(); err != nil {
		return err
	}
	unlock, err := f.lock(shared)
	if err != nil {
		return err
	}
	defer unlock()
	if have, err := os.ReadFile(at); err == nil && bytes.Equal(have, photo) {
		return nil
	}
	return atomicfile.Write(at, 0o600, func(w io.Writer) error { _, err := w.Write(photo); return err })
}

// Has tells whether a photo is kept.
func (f Folder) Has(sha string) bool {
	if !isHash.MatchString(sha) {
		return false
	}
	fi, err := os.Lstat(filepath.Join(f.dir, sha))
	return err == nil && fi.Mode().IsRegular()
}

// Read returns a photo, or fs.ErrNotExist.
func (f Folder) Read(sha string) ([]byte, error) {
	if !f.Has(sha) {
		return nil, fmt.Errorf("photo %.64q: %w", sha, fs.ErrNotExist)
	}
	return os.ReadFile(filepath.Join(f.dir, sha))
}

// Sweep deletes the photos of which the gallery has no template any more, and what killed programs left half written.
// It returns the number of photos deleted. Whoever removes templates calls it, and whoever finds that those whose photo
// was just Put are gone; so does a program that starts, for those of others that did not get so far.
func (f Folder) Sweep(ctx context.Context, e gallery.Engine) (n int, err error) {
	if there, err := f.There(); !there {
		return 0, err
	}
	unlock, err := f.lock(exclusive) // before the gallery is read: what is Put later has a template by then
	if err != nil {
		return 0, err
	}
	defer unlock()
	keep := map[string]bool{}
	for t, err := range e.Sources(ctx, 0) {
		if err != nil {
			return 0, err
		}
		keep[t.Source.SHA256] = true
	}
	return f.remove(func(sha string) bool { return !keep[sha] })
}

// Settle is Sweep after a change of the gallery in a file, by whoever may not know that photos are kept.
func Settle(ctx context.Context, file string, open func(context.Context) (gallery.Engine, error)) error {
	f := Beside(file)
	if there, err := f.There(); !there {
		return err
	}
	e, err := open(ctx)
	if err == nil {
		_, err = f.Sweep(ctx, e)
	}
	return err
}

// Drop deletes all photos and the folder, for a gallery that is deleted. It returns the number of photos deleted.
func (f Folder) Drop() (n int, err error) {
	if there, err := f.There(); !there {
		return 0, err
	}
	unlock, err := f.lock(exclusive)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if n, err = f.remove(func(string) bool { return true }); err != nil {
		return n, err
	}
	os.Remove(f.dir) // stays where somebody put something into it
	return n, atomicfile.SyncDir(filepath.Dir(f.dir))
}

// remove deletes the photos that are gone, and half written ones. Files of other names are not ours.
func (f Folder) remove(gone func(sha string) bool) (n int, err error) {
	list, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, err
	}
	for _, file := range list {
		photo := isHash.MatchString(file.Name())
		if !isTemp.MatchString(file.Name()) && !(photo && gone(file.Name())) {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, file.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
		if photo {
			n++
		}
	}
	return n, atomicfile.SyncDir(f.dir)
}
