package gallery

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"faceid/internal/f32"
)

const (
	jsonlFormat  = "faceid gallery"
	jsonlVersion = 1
	maxLine      = 64 << 20 // bytes; a line that ExportJSONL writes has at most partSize templates
	maxTemplates = 10000    // in a line: "{}," is three bytes in the file and two hundred in memory
)

// jsonHeader is the first line of an export.
type jsonHeader struct {
	Format    string `json:"format"`
	Version   int    `json:"version"`
	Model     *Model `json:"model,omitempty"`
	People    int    `json:"people,omitempty"`
	Templates int    `json:"templates,omitempty"`
}

// jsonPerson is every other line.
type jsonPerson struct {
	// of the exporting gallery: consecutive lines with one id are one person
	ID        int64           `json:"id,omitempty"`
	Name      string          `json:"name"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	Templates []jsonTemplate  `json:"templates"`
}

type jsonTemplate struct {
	Embedding jsonVector  `json:"embedding"`
	Trunk     *jsonVector `json:"trunk,omitempty"`
	Quality   *Quality    `json:"quality,omitempty"`
	Source    *Source     `json:"source,omitempty"`
}

// jsonVector is a vector as base64 of little-endian float32 or as an array of numbers.
type jsonVector struct {
	v       []float32
	numbers bool // how to write it
}

func (v jsonVector) MarshalJSON() ([]byte, error) {
	if v.numbers {
		return json.Marshal(v.v)
	}
	b := make([]byte, 0, 2+base64.StdEncoding.EncodedLen(4*len(v.v)))
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, f32.Append(nil, v.v))
	return append(b, '"'), nil
}

func (v *jsonVector) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		return json.Unmarshal(b, &v.v)
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(b)-2))
	n, err := base64.StdEncoding.Decode(raw, b[1:len(b)-1])
	if err != nil {
		return err
	}
	if n%4 != 0 {
		return errors.New("a vector's base64 is not a whole number of float32 values")
	}
	v.v = make([]float32, n/4)
	f32.Read(v.v, raw[:n])
	return nil
}

// ExportJSONL writes the gallery as JSON Lines. The first line holds format, version, model and counts:
//
//	{"format":"faceid gallery","version":1,"model":{…},"people":2,"templates":3}
//
// Every other line is a person with up to 256 templates; a person with more goes on in the next line, with the same id:
//
//	{"id":1,"name":"Ada","metadata":{…},"templates":[{"embedding":"…","trunk":"…","quality":{…},"source":{…}}]}
//
// A vector is the base64 of its little-endian float32 values, or with Numbers an array of numbers.
// What is enrolled or removed meanwhile may or may not be in it.
func ExportJSONL(ctx context.Context, from Engine, w io.Writer, o *TransferOptions) error {
	opt := o.orDefault()
	info, err := from.Info(ctx)
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	b := bufio.NewWriterSize(w, 1<<20)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(jsonHeader{jsonlFormat, jsonlVersion, &info.Model, info.People, info.Templates})
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	done := 0
	err = eachPart(ctx, from, opt, func(p part) error {
		line := jsonPerson{ID: p.id, Name: p.name, Metadata: p.metadata,
			Templates: make([]jsonTemplate, len(p.templates))}
		for i := range p.templates {
			t := &p.templates[i]
			j := jsonTemplate{Embedding: jsonVector{t.Embedding, opt.Numbers}, Quality: &t.Quality, Source: &t.Source}
			if t.Trunk != nil {
				j.Trunk = &jsonVector{t.Trunk, opt.Numbers}
			}
			line.Templates[i] = j
		}
		if done += len(p.templates); opt.Progress != nil {
			opt.Progress(done, info.Templates)
		}
		return enc.Encode(line)
	})
	if err == nil {
		err = b.Flush()
	}
	if err == nil {
		err = unchanged(ctx, from, info)
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// ImportJSONL adds the people of an export to the gallery to; see ExportJSONL for the format and Copy for how people
// and templates are matched with those that are there. The first line may be missing, and then the model is not
// compared; lines without an id are matched by name alone. A line has at most 64 MiB and 10,000 templates; a person
// with more goes on in the next. It returns ErrFormat with the line, ErrModel, or an error of Enrol.
func ImportJSONL(ctx context.Context, to Engine, r io.Reader, o *TransferOptions) (Transferred, error) {
	opt := o.orDefault()
	in := &lineReader{r: bufio.NewReaderSize(r, 1<<16)}
	var m *importer
	fail := func(err error) (Transferred, error) {
		var sum Transferred
		if m != nil {
			sum = m.sum
		}
		return sum, fmt.Errorf("import: %w", place(fmt.Sprintf("line %d", in.n), err))
	}
	var last int64
	for {
		b, err := in.next()
		if err == io.EOF && m == nil {
			err = fmt.Errorf("%w: empty", ErrFormat)
		}
		if err == io.EOF {
			err := m.finish()
			if err == nil {
				err = m.alike()
			}
			if err != nil {
				return fail(err)
			}
			return m.sum, nil
		}
		if err != nil {
			return fail(err)
		}
		if !utf8.Valid(b) { // what is not would be read as something else
			return fail(fmt.Errorf("%w: not UTF-8", ErrFormat))
		}
		if m == nil {
			h, err := parseHeader(b)
			if err != nil {
				return fail(err)
			}
			if m, err = newImporter(ctx, to, h.Model, opt); err != nil {
				return fail(err)
			}
			m.total = max(0, h.Templates)
			if h.Format != "" {
				continue
			}
		}
		p, err := parsePerson(b, opt)
		if err != nil {
			return fail(fmt.Errorf("%w: %v", ErrFormat, err))
		}
		if p.id == 0 {
			m.seen[p.name] = 0 // by name alone: the first of that name
		}
		p.again, last = p.id != 0 && p.id == last, p.id
		m.at = fmt.Sprintf("line %d", in.n)
		if err := m.add(p); err != nil {
			return fail(err)
		}
	}
}

// parseHeader returns the zero header for a line that is none.
func parseHeader(b []byte) (jsonHeader, error) {
	var is struct {
		Format string `json:"format"`
	}
	var h jsonHeader
	err := json.Unmarshal(b, &is)
	if err == nil && is.Format != "" {
		err = json.Unmarshal(b, &h)
	}
	if err != nil {
		return h, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if h.Format != "" && (h.Format != jsonlFormat || h.Version != jsonlVersion) {
		return h, fmt.Errorf("%w: format %.40q, version %d", ErrFormat, h.Format, h.Version)
	}
	return h, nil
}

// fewTemplates are at most maxTemplates of them.
type fewTemplates []jsonTemplate

func (ts *fewTemplates) UnmarshalJSON(b []byte) error {
	d := json.NewDecoder(bytes.NewReader(b))
	switch t, err := d.Token(); {
	case err != nil || t == nil:
		return err
	case t != json.Delim('['):
		return errors.New("templates is no array")
	}
	for d.More() {
		if len(*ts) == maxTemplates {
			return fmt.Errorf("a line has more than %d templates; go on in another line of the same person",
				maxTemplates)
		}
		var t jsonTemplate
		if err := d.Decode(&t); err != nil {
			return err
		}
		*ts = append(*ts, t)
	}
	return nil
}

func parsePerson(b []byte, o TransferOptions) (part, error) {
	var j jsonPerson
	var err error
	if bytes.Count(b, []byte{','}) < maxTemplates { // they cannot be more, and need not be counted at half the speed
		err = json.Unmarshal(b, &j)
	} else {
		var few struct {
			jsonPerson
			Templates fewTemplates `json:"templates"` // before that of jsonPerson
		}
		err = json.Unmarshal(b, &few)
		j, j.Templates = few.jsonPerson, few.Templates
	}
	if err != nil {
		return part{}, err
	}
	if strings.ContainsRune(j.Name, utf8.RuneError) && !bytes.ContainsRune(b, utf8.RuneError) &&
		!bytes.Contains(bytes.ToLower(b), []byte(`\ufffd`)) {
		return part{}, errors.New("the name has half of a surrogate pair, which is not a character")
	}
	p := part{id: j.ID, name: j.Name, metadata: j.Metadata, templates: make([]Template, len(j.Templates))}
	if bytes.Equal(p.metadata, []byte("null")) {
		p.metadata = nil
	}
	for i, t := range j.Templates {
		p.templates[i].Embedding = t.Embedding.v
		if t.Trunk != nil && !o.NoTrunk {
			p.templates[i].Trunk = t.Trunk.v
		}
		if t.Quality != nil {
			p.templates[i].Quality = *t.Quality
		}
		if t.Source != nil {
			p.templates[i].Source = *t.Source
		}
	}
	return p, nil
}
