package finetune

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"faceid/finetune/dense"
	"faceid/internal/atomicfile"
)

// Names of the files that Run writes to its folder.
const (
	TunedFile      = "tuned.onnx"
	HeadFile       = "head.safetensors"
	ReportFile     = "report.json"
	PageFile       = "report.html"            // where RunOptions.Page is given
	CheckpointFile = "checkpoint.safetensors" // while training lasts
)

// RunOptions tell Run where its files go.
type RunOptions struct {
	Out   string   // folder for the files; made with mode 0700 if it is not there
	Model string   // the base model's name, for the report
	Notes []string // what the reader of the report should know, such as photos that were left out

	// Thresholds finds the thresholds of the tuned model by the gate, for the report. Nil: there are none.
	Thresholds func(*Gate) []Threshold

	// Page writes report.html: finetune/report.Write does. Nil: there is no page.
	Page func(io.Writer, *Report) error
}

// Report is what Run did, measured and wrote; report.json holds it.
type Report struct {
	Version  int             `json:"version"` // of this format: 1
	Time     time.Time       `json:"time"`
	Model    string          `json:"model"`
	SHA256   string          `json:"sha256"` // of the base model's file, lower-case hex
	Config   *Config         `json:"config"`
	Data     Counts          `json:"data"`
	Found    *dense.Findings `json:"found"`    // copies, doubles and suspect labels
	Warnings []string        `json:"warnings"` // what the data could not give, and RunOptions.Notes
	History  []Epoch         `json:"history"`
	// whose weights were taken; 0: no epoch beat the closed form, or the untuned layer
	Best      int        `json:"best_epoch"`
	Way       Way        `json:"way,omitempty"`
	Attempts  []Attempt  `json:"attempts,omitempty"` // what was tried, and what each reached by cross-fitting
	Stopped   bool       `json:"stopped_early"`
	Seconds   float64    `json:"training_seconds"`
	Better    bool       `json:"better"`
	Reasons   []string   `json:"reasons"` // of the verdict, in words
	Gate      *Gate      `json:"gate"`    // null where nobody could be kept out
	HeadTests []HeadTest `json:"head_tests"`
	// the base model's thresholds, and those of the tuned one
	Thresholds []Threshold `json:"thresholds,omitempty"`

	Written     bool     `json:"written"`                // whether the tuned model and its head were
	Forced      bool     `json:"forced"`                 // written although it is not better
	Files       []string `json:"files"`                  // names in the folder
	TunedSHA256 string   `json:"tuned_sha256,omitempty"` // of tuned.onnx, lower-case hex; head.safetensors holds it too
}

// Counts say what a dataset held and how it was divided. A person with a row counts.
type Counts struct {
	People      int            `json:"people"`
	OnePhoto    int            `json:"people_with_one_photo"`
	Photos      int            `json:"photos"`
	Views       map[string]int `json:"views"` // rows by kind
	TrainPeople int            `json:"train_people"`
	TrainViews  int            `json:"train_views"`
	// of reports of version 1 before cross-fitting: chose the best epoch
	ValPeople   int  `json:"val_people"`
	GatePeople  int  `json:"gate_people"`  // judge the result
	Shared      bool `json:"val_is_gate"`  // as ValPeople
	ProbePhotos int  `json:"probe_photos"` // of trained people, kept out to test the head
}

// Run fine-tunes the last dense layer of an ONNX model to a dataset and writes to o.Out: tuned.onnx and
// head.safetensors if the gate finds the tuned layer better on people kept out of training, or with cfg.Force;
// report.json, and report.html where o.Page is given, in any case. Every file is written atomically with mode 0600,
// because class weights, centres and photo names are personal. nil cfg means Defaults. model is the file's bytes and is
// not changed.
//
// While training lasts a checkpoint is kept in o.Out, or where cfg.Checkpoint says: after a break, the same call with
// cfg.Resume goes on from there and ends at the same bits. It is removed at the end.
//
// A refused model is not an error: see Report.Better and Report.Written. Errors are those of Train and LayerOf, and of
// writing files.
func Run(ctx context.Context, data *Dataset, model []byte, cfg *Config, o *RunOptions) (*Report, error) {
	if o == nil || o.Out == "" {
		return nil, fmt.Errorf("%w: no folder to write to", ErrConfig)
	}
	if cfg == nil {
		cfg = Defaults("")
	}
	start, err := dense.LayerOf(model)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Out, 0o700); err != nil {
		return nil, fmt.Errorf("finetune: make the folder for the results: %w", err)
	}
	c := *cfg
	if c.Checkpoint == "" {
		c.Checkpoint = filepath.Join(o.Out, CheckpointFile)
	}
	// A run that was killed while it wrote leaves class weights in a temporary file.
	for _, name := range []string{CheckpointFile, HeadFile} {
		atomicfile.Sweep(filepath.Join(o.Out, name), 0)
	}
	if err := data.Check(); err != nil {
		return nil, err
	}
	if err := start.Check(data.T); err != nil {
		return nil, err
	}
	data, found := data.Tidy(start, c.Mirrored, dense.WrongLabelsAre(c.DropSuspects, c.KeepSuspects))
	t, err := CrossFit(ctx, data, start, &c)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Version: 1, Time: time.Now().UTC().Truncate(time.Second), Model: o.Model, SHA256: sum(model),
		Config: cfg.used(t.Folds),
		Data:   count(data, t), Found: found, Warnings: slices.Concat(found.Words(), t.Warnings, o.Notes),
		History: t.History, Best: t.Best, Way: t.Way, Attempts: t.Attempts, Seconds: t.Seconds, HeadTests: t.HeadTests,
	}
	if r.Gate = t.Gate; r.Gate == nil {
		r.Reasons = []string{"nobody could be kept out of training, so nothing is known about how the tuned model " +
			"does on people it has not seen"}
	} else {
		r.Better = r.Gate.Decision.Better
		if cfg.Force && !r.Better {
			r.Gate = t.Refused // whoever has it written wants to know what it is
		}
		r.Reasons = r.Gate.Decision.Reasons
		if o.Thresholds != nil {
			r.Thresholds = o.Thresholds(r.Gate)
		}
		r.Gate.Strangers = nil // they have served
	}
	if r.Better || cfg.Force {
		err = r.writeModel(o.Out, model, t)
	} else {
		r.mentionOld(o.Out)
	}
	if err != nil {
		return nil, err
	}
	if err := r.write(o.Out, o.Page); err != nil {
		return nil, err
	}
	return r, RemoveCheckpoints(c.Checkpoint)
}

// writeModel writes the head last: its presence means that the model it names is whole.
func (r *Report) writeModel(dir string, model []byte, t *Fitted) error {
	tuned, err := dense.Export(model, t.Layer)
	if err != nil {
		return err
	}
	r.TunedSHA256 = sum(tuned)
	t.Head.Model = r.TunedSHA256
	path := filepath.Join(dir, TunedFile)
	if err := atomicfile.Write(path, 0o600, func(w io.Writer) error {
		_, err := w.Write(tuned)
		return err
	}); err != nil {
		return fmt.Errorf("finetune: write %s: %w", path, err)
	}
	path = filepath.Join(dir, HeadFile)
	if err := t.Head.Save(path); err != nil {
		return fmt.Errorf("finetune: write %s: %w", path, err)
	}
	r.Written, r.Forced = true, !r.Better
	r.Files = append(r.Files, TunedFile, HeadFile)
	return nil
}

// mentionOld keeps a reader from taking an earlier run's model for this one's.
func (r *Report) mentionOld(dir string) {
	old := slices.DeleteFunc([]string{TunedFile, HeadFile}, func(name string) bool {
		_, err := os.Lstat(filepath.Join(dir, name))
		return err != nil
	})
	if len(old) > 0 {
		r.Warnings = append(r.Warnings, "the folder still holds "+strings.Join(old, " and ")+" of an earlier run, "+
			"which this run left alone")
	}
}

func (r *Report) write(dir string, page func(io.Writer, *Report) error) error {
	r.Files = append(r.Files, ReportFile, ConfigFile)
	if page != nil {
		r.Files = append(r.Files, PageFile)
	}
	js, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("finetune: report: %w", err)
	}
	put := func(name string, write func(io.Writer) error) error {
		path := filepath.Join(dir, name)
		if err := atomicfile.Write(path, 0o600, write); err != nil {
			return fmt.Errorf("finetune: write %s: %w", path, err)
		}
		return nil
	}
	if err := put(ReportFile, func(w io.Writer) error { _, err := w.Write(append(js, '\n')); return err }); err != nil {
		return err
	}
	if err := put(ConfigFile, r.Config.WriteTOML); err != nil {
		return err
	}
	if page == nil {
		return nil
	}
	return put(PageFile, func(w io.Writer) error { return page(w, r) })
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func count(d *Dataset, t *Fitted) Counts {
	c := Counts{
		Photos: len(d.Photos), Views: map[string]int{},
		TrainPeople: len(d.People), TrainViews: d.Len(), ProbePhotos: t.Probes,
	}
	for _, n := range d.PhotosOf() {
		if n > 0 {
			c.People++
		}
		if n == 1 {
			c.OnePhoto++
		}
	}
	for _, k := range d.Kind {
		c.Views[d.Kinds[k]]++
	}
	if t.Gate != nil {
		c.GatePeople = t.Gate.People
	}
	return c
}
