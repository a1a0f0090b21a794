package sqlite

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"faceid/gallery"
	"faceid/internal/hint"
)

// scrub makes a removal final. secure_delete zeroes a deleted cell and a freed page, but two kinds of copies stay:
// older page versions in the write-ahead log, and what SQLite leaves in the unused middle of a b-tree page when it
// moves cells to a neighbour. So the log is emptied into the file, and with the write lock held and the log still
// empty the unused middle of every page is overwritten with zeros. Nobody can move a page meanwhile: that takes a
// frame in the log, and a frame takes the write lock. The bytes written mean nothing to SQLite, so a crash half-way
// does no harm; gallery.scrub stays 1 until all is done, and the next Open, Remove or Compact does it again.
//
// It waits for readers, and then returns ErrBusy. With keep gallery.scrub stays 1, since something else is left to be done.
func (s *Store) scrub(ctx context.Context, wait time.Duration, keep bool) error {
	deadline := time.Now().Add(wait)
	for {
		done, err := s.tryScrub(ctx, keep)
		switch {
		case done || err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case !time.Now().Before(deadline):
			return hint.With(fmt.Errorf("%w: it reads what stands in the log", gallery.ErrBusy), "try again when the other process is done")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (s *Store) tryScrub(ctx context.Context, keep bool) (bool, error) {
	if err := s.checkpoint(ctx); err != nil {
		return false, err
	}
	tx, err := s.beginWrite(ctx)
	if err != nil {
		return false, err
	}
	defer tx.rollback()
	st, err := os.Stat(s.path + "-wal")
	if err == nil && st.Size() > 0 {
		return false, nil
	}
	var pending int
	if err := tx.row(`SELECT scrub FROM gallery`).Scan(&pending); err != nil || pending == 0 {
		return err == nil, wrapDB(err)
	}
	f, err := s.file.open(s.path)
	if err != nil {
		return false, err
	}
	if err := zeroGaps(f); err != nil {
		return false, err
	}
	if keep {
		return true, nil
	}
	if _, err := tx.exec(`UPDATE gallery SET scrub = 0`); err != nil {
		return false, wrapDB(err)
	}
	if err := tx.commit(); err != nil {
		return false, err
	}
	// That commit makes other connections read their pages anew; this one must not write old ones back.
	_, err = s.write.Exec(`PRAGMA shrink_memory`)
	return true, wrapDB(err)
}

// checkpoint empties the write-ahead log into the file, unless somebody reads from it.
func (s *Store) checkpoint(ctx context.Context) error {
	select {
	case s.writeLock <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writeLock }()
	var busy, log, moved int
	err := s.write.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved)
	if isBusy(err) {
		return nil
	}
	return wrapDB(err)
}

// zeroGaps overwrites the unallocated middle of every b-tree page of an SQLite file; see
// https://www.sqlite.org/fileformat2.html, section 1.6. Overflow and free pages begin with the high byte of a page
// number, 0 in any file below 256 GB, so that the first byte tells b-tree pages from others.
func zeroGaps(f *os.File) error {
	const block = 64 * pageSize
	b := make([]byte, block)
	zero := make([]byte, pageSize)
	for off := int64(0); ; off += block {
		n, err := f.ReadAt(b, off)
		for p := 0; p+pageSize <= n; p += pageSize {
			from, to, ok := gap(b[p:p+pageSize], off+int64(p) == 0)
			if !ok || allZero(b[p+from:p+to]) {
				continue
			}
			if _, err := f.WriteAt(zero[:to-from], off+int64(p+from)); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return f.Sync()
		case err != nil:
			return err
		}
	}
}

// gap returns the unallocated part of a b-tree page; first is the page that begins with the file header.
func gap(page []byte, first bool) (from, to int, ok bool) {
	h := 0
	if first {
		h = 100
	}
	size := 8
	switch page[h] {
	case 2, 5: // interior
		size = 12
	case 10, 13: // leaf
	default:
		return 0, 0, false
	}
	from = h + size + 2*int(binary.BigEndian.Uint16(page[h+3:]))
	to = int(binary.BigEndian.Uint16(page[h+5:]))
	if to == 0 {
		to = 65536
	}
	return from, to, from < to && to <= len(page)
}

func allZero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// rawFile is this process's own descriptor of a gallery file. A process loses all its POSIX locks on a file when it
// closes any descriptor of it, SQLite's too, so the descriptor is shared by all stores on that file and
// closed after the last of them.
type rawFile struct {
	info os.FileInfo
	refs int
	f    *os.File
}

var (
	rawMu    sync.Mutex // protects rawFiles and their fields
	rawFiles []*rawFile
)

// holdFile registers a user of the file at path.
func holdFile(path string) (*rawFile, error) {
	rawMu.Lock()
	defer rawMu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	for _, r := range rawFiles {
		if os.SameFile(r.info, info) {
			r.refs++
			return r, nil
		}
	}
	r := &rawFile{info: info, refs: 1}
	rawFiles = append(rawFiles, r)
	return r, nil
}

// open opens the file by one of the paths that lead to it; another may be through a mount for reading only.
func (r *rawFile) open(path string) (*os.File, error) {
	rawMu.Lock()
	defer rawMu.Unlock()
	if r.f == nil {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		info, err := f.Stat()
		if err != nil || !os.SameFile(info, r.info) {
			f.Close()
			return nil, errors.Join(errors.New("gallery: the file was replaced by another while open"), err)
		}
		r.f = f
	}
	return r.f, nil
}

// release ends the use; call it after SQLite's connections are closed.
func (r *rawFile) release() error {
	rawMu.Lock()
	defer rawMu.Unlock()
	if r.refs--; r.refs > 0 {
		return nil
	}
	for i, x := range rawFiles {
		if x == r {
			rawFiles = append(rawFiles[:i], rawFiles[i+1:]...)
			break
		}
	}
	if r.f == nil {
		return nil
	}
	return r.f.Close()
}
