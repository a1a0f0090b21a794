package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func (s *Store) ownPath() string { return filepath.Join(s.config, "models.json") }

func (s *Store) isOwn(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.own[name]
}

// readOwn returns the user's own manifest, an empty one if there is none.
func (s *Store) readOwn() (*Manifest, error) {
	if s.nowhere != nil {
		return &Manifest{Version: manifestVersion}, nil
	}
	b, err := os.ReadFile(s.ownPath())
	if errors.Is(err, os.ErrNotExist) {
		return &Manifest{Version: manifestVersion}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("models: %w", err)
	}
	m, err := parseManifest(b, true)
	if err != nil {
		return nil, withHint(fmt.Errorf("%s: %w", s.ownPath(), err),
			"Mend the file, or move it away and add your models again.")
	}
	return m, nil
}

// loadOwn puts the user's entries behind the catalogue's. The catalogue's names win.
func (s *Store) loadOwn() error {
	m, err := s.readOwn()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cat := Catalogue()
	s.own = map[string]bool{}
	for _, e := range m.Entries {
		if cat.find(e.Name) == nil {
			cat.Entries = append(cat.Entries, e)
			s.own[e.Name] = true
		}
	}
	s.cat = cat
	return nil
}

// writeOwn stores the user's manifest.
func (s *Store) writeOwn(m *Manifest) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if _, err := parseManifest(b, true); err != nil {
		return err
	}
	if err := writeFile(s.ownPath(), append(b, '\n')); err != nil {
		return fmt.Errorf("models: %w", err)
	}
	return s.loadOwn()
}
