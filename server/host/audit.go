package host

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"faceid/internal/hint"
)

// Entry is a line of the audit log: who changed what, when, about whom. People and faces are numbers, not names: the
// log outlives them. Hash is the SHA-256 of the entry's JSON with an empty Hash, and Before the hash of the entry
// before, so that none can be changed or taken out without all that follow.
type Entry struct {
	Time       time.Time `json:"time"`
	Action     string    `json:"action"` // enrol, change, merge, move, remove, create, drop, export, import, calibrate
	Collection string    `json:"collection"`
	People     []int64   `json:"people,omitempty"`
	Faces      []int64   `json:"faces,omitempty"`
	Key        string    `json:"key,omitempty"` // name of the key; missing where nobody was asked for one
	From       string    `json:"from"`          // address
	RequestID  string    `json:"request_id"`
	Before     string    `json:"before"`
	Hash       string    `json:"hash"`
}

// seal sets the hash.
func (e *Entry) seal() ([]byte, error) {
	e.Hash = ""
	b, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	e.Hash = hex.EncodeToString(sum[:])
	b, err = json.Marshal(e)
	return append(b, '\n'), err
}

// audit is the log, one server's at a time.
type audit struct {
	mu   sync.Mutex
	file *os.File // nil: none is kept
	last string   // hash
}

const maxEntry = 4 << 20

// openAudit opens the log at the end. What a killed process wrote half of the last entry is cut off.
func openAudit(path string) (*audit, error) {
	if path == "" {
		return &audit{}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockAudit(f); err != nil {
		f.Close()
		err = fmt.Errorf("%s: another server writes this log: %w", path, err)
		return nil, hint.With(err, "another faceid serve runs already: end it, or name another file: --audit FILE")
	}
	a := &audit{file: f}
	whole := int64(0)
	err = eachEntry(f, func(e Entry, _ []byte, end int64) error { a.last, whole = e.Hash, end; return nil })
	if errors.Is(err, errTorn) {
		err = f.Truncate(whole)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// errTorn is returned for a log whose last line has no end.
var errTorn = errors.New("the last entry is cut off")

// eachEntry reads entries, each with its line and where it ends.
func eachEntry(r io.Reader, do func(e Entry, line []byte, end int64) error) error {
	in, end := bufio.NewReader(r), int64(0)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err == io.EOF || len(line) > maxEntry {
			return errTorn
		}
		if err != nil {
			return err
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("line %d is no entry: %w", n, err)
		}
		end += int64(len(line))
		if err := do(e, line, end); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// write appends an entry; when it returns the entry survives a power cut.
func (a *audit) write(e Entry) error {
	if a.file == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	e.Time, e.Before = time.Now().UTC(), a.last
	b, err := e.seal()
	if err != nil {
		return err
	}
	if _, err := a.file.Write(b); err != nil {
		return err
	}
	a.last = e.Hash
	return a.file.Sync()
}

func (a *audit) close() error {
	if a.file == nil {
		return nil
	}
	return a.file.Close()
}

// VerifyAudit reads a log and returns the number of its entries, or what is wrong with it. That entries are missing at
// its end, or all of them, nothing in it can tell: keep the last hash elsewhere, which is returned too.
func VerifyAudit(path string) (n int, last string, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, "", hint.With(err, "a server makes it with the first change")
	}
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	err = eachEntry(f, func(e Entry, line []byte, _ int64) error {
		want, err := e.seal()
		switch {
		case err != nil:
			return err
		case !bytes.Equal(want, line):
			return errors.New("the entry was changed")
		case e.Before != last:
			return errors.New("an entry before it is missing, or was changed")
		}
		n, last = n+1, e.Hash
		return nil
	})
	return n, last, err
}

// Note writes into the audit log what the request of ctx did. The change is done by then: a log that cannot be written
// is an error in the server's other log, not the client's.
func Note(ctx context.Context, action, collection string, people, faces []int64) {
	r, ok := ctx.Value(requestKey{}).(*request)
	if !ok {
		return
	}
	err := r.h.audit.write(Entry{Action: action, Collection: collection, People: people, Faces: faces, Key: r.who.Name,
		From: r.from, RequestID: r.id})
	if err != nil {
		r.h.log.Error("the audit log cannot be written", "request_id", r.id, "error", err.Error())
	}
}
