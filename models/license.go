package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// accepted is one line of the file of accepted licences.
type accepted struct {
	License string    `json:"license"`
	Time    time.Time `json:"time"`
}

func (s *Store) acceptedPath() string { return filepath.Join(s.config, "licenses.json") }

func (s *Store) readAccepted() (map[string]accepted, error) {
	m := map[string]accepted{}
	if s.nowhere != nil {
		return m, nil
	}
	b, err := os.ReadFile(s.acceptedPath())
	if errors.Is(err, os.ErrNotExist) {
		return m, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("models: accepted licences %s: %w", s.acceptedPath(), err)
	}
	return m, nil
}

// licensed returns nil if the entry may be used, else ErrLicense with what to do.
func (s *Store) licensed(e Entry) error {
	if s.o.Commercial && e.License.Class != Permissive {
		return withHint(fmt.Errorf("%w: %s is %s (%s), and only models for commercial use were asked for", ErrLicense,
			e.Name, e.License.Class, e.License.ID),
			"Use the default pack, whose models and library are permissive.")
	}
	if e.License.Class != Noncommercial {
		return nil
	}
	m, err := s.readAccepted()
	if err != nil {
		return err
	}
	if a, ok := m[e.Name]; ok && a.License == e.License.ID {
		return nil
	}
	if s.o.AcceptLicense {
		return s.AcceptLicense(e.Name)
	}
	return withHint(fmt.Errorf("%w: %s: %s, %s", ErrLicense, e.Name, e.License.ID, e.License.Caveats),
		"Read %s and, if you agree, give --accept-license once.", e.License.URL)
}

// AcceptLicense remembers that the user accepts the licence of an entry, or of all entries of a pack. It holds until
// the entry's licence changes. It returns ErrUnknown, or an error of the file system.
func (s *Store) AcceptLicense(name string) error {
	es, err := s.expand(name)
	if err != nil {
		return err
	}
	if s.nowhere != nil {
		return s.nowhere
	}
	if err := os.MkdirAll(s.config, 0o700); err != nil {
		return fmt.Errorf("models: %w", err)
	}
	unlock, err := s.lock(context.Background(), filepath.Join(s.config, ".licenses.json.lock"),
		"a licence is being accepted")
	if err != nil {
		return err
	}
	defer unlock()
	m, err := s.readAccepted()
	if err != nil {
		return err
	}
	for _, e := range es {
		m[e.Name] = accepted{e.License.ID, time.Now().UTC().Truncate(time.Second)}
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := writeFile(s.acceptedPath(), append(b, '\n')); err != nil {
		return fmt.Errorf("models: remember the licence: %w", err)
	}
	return nil
}
