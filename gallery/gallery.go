package gallery

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// Person is somebody enrolled.
type Person struct {
	ID       int64           `json:"id"` // > 0, chosen by the engine, never used again
	Name     string          `json:"name"`
	Metadata json.RawMessage `json:"metadata,omitempty"` // a JSON object, or nil
	Created  time.Time       `json:"created"`
	Updated  time.Time       `json:"updated"`
}

// Template is one stored view of a person.
type Template struct {
	ID        int64     `json:"id"`
	PersonID  int64     `json:"person_id"`
	Embedding []float32 `json:"embedding"` // unit length, Info.Dim values
	// input of the model's final layer, mean over the views, for Migrate; may be nil
	Trunk   []float32 `json:"trunk,omitempty"`
	Quality Quality   `json:"quality"`
	Source  Source    `json:"source"`
	Created time.Time `json:"created"`
}

// Quality mirrors the figures that package embed measures; the gallery only stores them.
type Quality struct {
	Score     float32 `json:"score"`
	Size      float32 `json:"size"`
	Sharpness float32 `json:"sharpness"`
	Frontal   float32 `json:"frontal"`
	Norm      float32 `json:"norm"`
}

// Source says where a template came from. A photo enrolled twice for one person is recognised by SHA256 and Box,
// a template without SHA256 by its embedding; see Template.Key.
type Source struct {
	Path   string     `json:"path,omitempty"`
	SHA256 string     `json:"sha256,omitempty"` // lower-case hex of the photo's bytes, or empty
	Box    [4]float32 `json:"box"`              // x0, y0, x1, y1 in pixels of the upright photo
}

// Info describes a gallery.
type Info struct {
	Engine    string `json:"engine"`
	Model     Model  `json:"model"`
	People    int    `json:"people"`
	Templates int    `json:"templates"`
	Exact     bool   `json:"exact"` // search equals brute force
}

// Enrolment is a person to create or extend, and the templates to add.
type Enrolment struct {
	PersonID  int64           // > 0: extend this person, Name is ignored; 0: by Name
	Name      string          // the person with this name and the lowest id, created if nobody has it; see EnrolOptions
	Metadata  json.RawMessage // replaces the person's where not nil
	Templates []Template      // ID, PersonID and Created are ignored
}

// EnrolOptions tune Enrol; nil means the zero value.
type EnrolOptions struct {
	UniqueName bool // refuse with ErrNameTaken a name somebody has already, instead of extending that person
	// create a person for every Enrolment by Name, even where somebody has that name (Copy and Import need it)
	NewPeople bool
}

// Enrolled is what became of one Enrolment.
type Enrolled struct {
	PersonID   int64
	Created    bool // the person is new
	Added      int  // templates added
	Duplicates int  // templates already there (the same Template.Key for this person), left as they were
}

// Moved is what became of the templates of a Move or a Merge.
type Moved struct {
	Templates  int `json:"templates"`  // given to the person
	Duplicates int `json:"duplicates"` // removed, since the person had them already
}

// Rank says how a person's score is made from those of the person's templates.
type Rank int

const (
	RankBest Rank = iota // the highest template score
	RankMean             // the mean of all template scores
)

// SearchOptions tune Search; nil means K = 10, RankBest and everybody.
type SearchOptions struct {
	K    int // people returned at most; 0 means 10
	Rank Rank
	// People restricts the search to these person ids, in any order; nil means everybody, empty nobody.
	People []int64
}

// Match is one person found for a probe.
type Match struct {
	PersonID   int64   `json:"person_id"`
	Name       string  `json:"name"`
	TemplateID int64   `json:"template_id"` // the person's best template
	Score      float32 `json:"score"`       // cosine similarity in [-1, 1]; no threshold is applied
	// the score normalised by a cohort, see package snorm; nil: there is none, as in all that an Engine returns
	Normalised *float32 `json:"normalised,omitempty"`
}

// Engine is a gallery, wherever it lives. All methods are safe for concurrent use.
// gallerytest.Run is its specification: every engine passes it.
type Engine interface {
	// Info returns the model contract and the counts.
	Info(ctx context.Context) (Info, error)

	// Enrol adds people and templates: all of them or none. When it returns nil they survive a killed process.
	// Embeddings are normalised on the way in (see Unit), and names (see CleanName). An Enrolment sees what those
	// before it in the same call did. It returns one Enrolled per Enrolment, in order, or ErrDimension, ErrZeroVector,
	// ErrNotFinite, ErrNameTaken, ErrNoPerson, ErrName, ErrMetadata or ErrSource.
	Enrol(ctx context.Context, e []Enrolment, o *EnrolOptions) ([]Enrolled, error)

	// People yields everybody by ascending id.
	People(ctx context.Context) iter.Seq2[Person, error]

	// Find returns the people with this exact name, by ascending id; none is not an error.
	Find(ctx context.Context, name string) ([]Person, error)

	// Person returns the person with this id, or ErrNoPerson.
	Person(ctx context.Context, id int64) (Person, error)

	// Templates yields the templates of a person by ascending id (0: of everybody, by person and id).
	Templates(ctx context.Context, personID int64) iter.Seq2[Template, error]

	// Sources yields what Templates does without reading the vectors: Embedding and Trunk are nil. It is for learning
	// what was enrolled before, without the memory and the time that vectors take.
	Sources(ctx context.Context, personID int64) iter.Seq2[Template, error]

	// Update stores p.Name (see CleanName) and p.Metadata (nil: none) for p.ID. Others may have that name.
	// It returns ErrNoPerson, ErrName or ErrMetadata.
	Update(ctx context.Context, p Person) error

	// Remove deletes people with every trace of them: all or none. It returns ErrNoPerson if one is unknown;
	// an id given twice counts once.
	Remove(ctx context.Context, personID ...int64) error

	// RemoveTemplates deletes templates, whoever has them, with every trace of them: all or none. People stay, also
	// those who have no template left. It returns ErrNoTemplate if one is unknown; an id given twice counts once.
	RemoveTemplates(ctx context.Context, templateID ...int64) error

	// Move gives templates, whoever has them, to another person: all or none. They keep their ids. One that the person
	// has already, by Template.Key, is removed as by RemoveTemplates; one that is this person's stays as it is. It
	// returns ErrNoPerson, or ErrNoTemplate if one is unknown; an id given twice counts once.
	Move(ctx context.Context, templateIDs []int64, toPerson int64) (Moved, error)

	// Merge makes one person of several: all templates of the others go to into, as by Move, and the others are
	// removed. The name is into's; its metadata gains what members the others' have and it has not, see MergeMetadata.
	// All or none. It returns ErrNoPerson if one is unknown, or ErrMetadata where the whole would be too long; into
	// among the others is left out, and an id given twice counts once.
	Merge(ctx context.Context, into int64, from ...int64) (Moved, error)

	// Search returns for each probe the K people most similar to it, best first, equal scores by ascending
	// person id. Probes need not be normalised. Fewer than K only if the gallery (or People) holds fewer
	// with a template; unknown ids in People are ignored. It sees every Enrol and Remove that returned before it began.
	// It returns ErrDimension, ErrZeroVector or ErrNotFinite.
	Search(ctx context.Context, probes [][]float32, o *SearchOptions) ([][]Match, error)

	Close() error
}
