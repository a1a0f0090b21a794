package lines

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"reflect"
	"strings"

	"faceid/finetune"
	"faceid/gallery"
	"faceid/gallery/sqlite"
	"faceid/internal/jsonshape"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/curate"
	"faceid/recognize/measure"
)

// Output is what a command prints.
type Output struct {
	Command string // as in "gallery list"
	Per     string // what there is a line for
	Line    any    // its zero value
}

// Outputs are those of the commands that print JSON. A command that is not among them prints none.
var Outputs = []Output{
	{"enroll", "person, once stored", Enrolled{}},
	{"verify", "command", Verified{}},
	{"identify", "face, or photo without one", Identified{}},
	{"identify --head", "face, or photo without one", ByHead{}},
	{"detect", "photo", Detected{}},
	{"embed", "face", Embedded{}},
	{"gallery list", "person", gallery.Person{}},
	{"gallery show", "person", Person{}},
	{"gallery rename", "command", gallery.Person{}},
	{"gallery reject", "command", recognize.Rejected{}},
	{"gallery remove", "person", Removed{}},
	{"gallery move", "command", Moved{}},
	{"gallery merge", "command", Moved{}},
	{"gallery stats", "command", curate.Stats{}},
	{"gallery check", "command", curate.Report{}},
	{"gallery compact", "command", sqlite.Stats{}},
	{"gallery import", "command", gallery.Transferred{}},
	{"gallery copy", "command", recognize.Copied{}},
	{"gallery migrate", "command", recognize.Migrated{}},
	{"gallery calibrate", "command", gallery.Calibration{}},
	{"gallery doctor", "command", curate.Examination{}},
	{"cluster", "command", curate.Sorted{}},
	{"finetune", "command", finetune.Report{}},
	{"eval lfw", "command", measure.Figures{}},
	{"eval pairs", "command", measure.PairFigures{}},
	{"eval folder", "command", measure.People{}},
	{"eval gallery", "command", measure.People{}},
	{"models list", "model", models.Status{}},
	{"models verify", "model", models.Status{}},
	{"models add", "command", models.Entry{}},
	{"models forget", "command", Forgotten{}},
	{"models path", "command", Path{}},
	{"doctor", "finding", Finding{}},
	{"demo", "rendition", measure.Row{}},
	{"errors", "failure, on standard error", Failed{}},
}

// Shape is what the line is in JSON.
func (o Output) Shape() jsonshape.Shape { return jsonshape.Of(reflect.TypeOf(o.Line)) }

//go:embed fields.txt
var fieldsText string

// meanings are the lines "NAME: MEANING" of fields.txt: of PARENT.FIELD, else of all that a PARENT has (PARENT.*), else
// of FIELD wherever it stands.
func meanings() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(fieldsText) {
		name, meaning, _ := strings.Cut(strings.TrimSpace(line), ": ")
		m[name] = meaning
	}
	return m
}

// WriteHelp describes every line: fields, what stands in them, what they mean.
func WriteHelp(w io.Writer, outputs []Output) error {
	var b bytes.Buffer
	says := meanings()
	var put func(indent string, parent string, fields []jsonshape.Field)
	put = func(indent, parent string, fields []jsonshape.Field) {
		for _, f := range fields {
			meaning := cmp.Or(says[parent+"."+f.Name], says[parent+".*"], says[f.Name])
			if f.Optional {
				meaning += "; may be missing"
			}
			fmt.Fprintf(&b, "%s%-*s %-23s %s\n", indent, 24-len(indent), f.Name, f.Words,
				strings.TrimPrefix(meaning, "; "))
			put(indent+"  ", f.Name, f.Fields)
		}
	}
	for _, o := range outputs {
		fmt.Fprintf(&b, "\n%s: a line per %s\n", o.Command, o.Per)
		put("  ", o.Command, o.Shape().Fields)
	}
	_, err := b.WriteTo(w)
	return err
}
