package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"faceid/gallery"
	"faceid/gallery/sqlite/internal/file"
)

// Stats are figures of a gallery and its files.
type Stats struct {
	gallery.Info
	Created      time.Time `json:"created"`
	Bytes        int64     `json:"bytes"`         // of the gallery file
	FreeBytes    int64     `json:"free_bytes"`    // of these unused; Compact gives them back
	WALBytes     int64     `json:"wal_bytes"`     // of SQLite's write-ahead log
	IndexBytes   int64     `json:"index_bytes"`   // of the search index; 0: none yet
	NoTemplates  int       `json:"no_templates"`  // people without a template
	WithoutTrunk int       `json:"without_trunk"` // templates without a trunk feature, which Migrate refuses
	Removed      int       `json:"removed"`       // removals since the last Compact
}

// Stats returns the gallery's figures. It counts, and takes tens of milliseconds for a million templates.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	var st Stats
	if err := s.begin(ctx); err != nil {
		return st, err
	}
	defer s.live.Done()
	var err error
	if st.Info, err = file.ReadInfo(s.read); err != nil {
		return st, err
	}
	var created, pages, free int64
	err = s.read.QueryRow(`SELECT created,
		(SELECT count(*) FROM person WHERE NOT EXISTS (SELECT 1 FROM template WHERE person_id = person.id)),
		(SELECT count(*) FROM template) - (SELECT count(*) FROM trunk), (SELECT count(*) FROM tombstone),
		(SELECT page_count FROM pragma_page_count), (SELECT freelist_count FROM pragma_freelist_count) FROM gallery`).
		Scan(&created, &st.NoTemplates, &st.WithoutTrunk, &st.Removed, &pages, &free)
	if err != nil {
		return st, file.Wrap(err)
	}
	st.Created, st.Bytes, st.FreeBytes = file.Time(created), pages*file.PageSize, free*file.PageSize
	for _, f := range []struct {
		n    *int64
		name string
	}{{&st.WALBytes, s.path + "-wal"}, {&st.IndexBytes, file.IndexPath(s.path)}} {
		fi, err := os.Stat(f.name)
		if err == nil {
			*f.n = fi.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return st, err
		}
	}
	return st, nil
}
