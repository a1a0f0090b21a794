package finetune

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"faceid/internal/atomicfile"
	"faceid/internal/safetensors"
)

const checkpointFormat = "faceid-finetune-1"

// A checkpoint is a safetensors file with every number that the next step depends on: parameters, the optimiser's
// memory, centres, the best epoch so far; and in the metadata the position, the learning curve and a key, the hash
// of data, start and settings. Random choices follow from seed, epoch and step, so no generator state is kept.

// fingerprint hashes what a checkpoint is only good for.
func (t *trainer) fingerprint() string {
	if t.key != "" {
		return t.key
	}
	h := sha256.New()
	c := *t.cfg
	// of no consequence to one training: its start layer is hashed below
	c.Folds, c.Shrink, c.Augment, c.Central, c.Force = 0, 0, nil, false, false
	js, err := json.Marshal(&c)
	if err != nil {
		panic("finetune: a Config that JSON cannot hold") // Check has refused NaN and infinities
	}
	h.Write(js)
	h.Write([]byte(text(t.rate)))
	buf := make([]byte, 0, 1<<16)
	flush := func() { h.Write(buf); buf = buf[:0] }
	u32 := func(v uint32) {
		if len(buf)+4 > cap(buf) {
			flush()
		}
		buf = binary.LittleEndian.AppendUint32(buf, v)
	}
	floats := func(s []float32) {
		u32(uint32(len(s)))
		for _, v := range s {
			u32(math.Float32bits(v))
		}
	}
	d := t.split.Train
	floats(d.X)
	for i := range d.Len() {
		u32(uint32(d.Person[i]))
		u32(uint32(d.Photo[i]))
		u32(uint32(d.Kind[i]))
	}
	h.Write([]byte(strings.Join(d.Kinds, "\x00")))
	if v := t.split.Val; v != nil {
		floats(v.X)
		for i := range v.Len() {
			u32(uint32(v.Person[i]))
			u32(uint32(v.Photo[i]))
			u32(uint32(v.Kind[i]))
		}
	}
	floats(t.start.W)
	floats(t.start.B)
	flush()
	t.key = hex.EncodeToString(h.Sum(nil))
	return t.key
}

func text(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (t *trainer) params() []*param { return []*param{t.w, t.b, t.hw} }

func (t *trainer) save() error {
	if t.cfg.Checkpoint == "" {
		return nil
	}
	s := safetensors.File{Tensors: map[string]safetensors.Tensor{}, Metadata: map[string]string{}}
	put := func(name string, v []float32) {
		if v != nil {
			s.Tensors[name] = safetensors.Tensor{Shape: []int{len(v)}, F32: v}
		}
	}
	for _, p := range t.params() {
		put(p.name, p.w)
		put(p.name+".m", p.m)
		put(p.name+".v", p.v)
	}
	for i, l := range t.trail {
		put(fmt.Sprintf("trail.%d.w", i), l.W)
		put(fmt.Sprintf("trail.%d.b", i), l.B)
	}
	put("best.w", t.best.layer.W)
	put("best.b", t.best.layer.B)
	put("best.head", t.best.head)
	if t.cent != nil {
		put("centers", t.cent.C.Data)
		put("best.centers", t.best.cent)
	}
	js, err := json.Marshal(t.history)
	if err != nil {
		return fmt.Errorf("finetune: checkpoint: %w", err)
	}
	s.Metadata = map[string]string{
		"format": checkpointFormat, "key": t.fingerprint(), "history": string(js),
		"epoch": strconv.Itoa(t.epoch), "step": strconv.Itoa(t.step), "sum": text(t.sum),
		"sum_center": text(t.sumCenter),
		"best_epoch": strconv.Itoa(t.best.epoch), "best_val": text(t.bestVal),
		"elapsed": strconv.FormatInt(int64(t.elapsed+time.Since(t.begin)), 10),
	}
	s.Seal()
	if err := atomicfile.Write(t.cfg.Checkpoint, 0o600, func(w io.Writer) error {
		_, err := s.WriteTo(w)
		return err
	}); err != nil {
		return fmt.Errorf("finetune: checkpoint %s: %w", t.cfg.Checkpoint, err)
	}
	return nil
}

// load goes on from the checkpoint; a file that is not there is a fresh start.
func (t *trainer) load() error {
	path := t.cfg.Checkpoint
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finetune: checkpoint: %w", err)
	}
	fail := func(why any) error {
		return fmt.Errorf("%w: %s: %v; without resuming training starts afresh", ErrCheckpoint, path, why)
	}
	s, err := safetensors.Parse(data)
	if err != nil {
		return fail(err)
	}
	m := s.Metadata
	if m["format"] != checkpointFormat {
		return fail(fmt.Sprintf("format %q is not %q", m["format"], checkpointFormat))
	}
	if m["key"] != t.fingerprint() {
		return fail("it was made with other data, another model or other settings")
	}
	if !s.Sealed() {
		return fail("it is damaged: its checksum is wrong")
	}
	type slot struct {
		name string
		dst  []float32
	}
	t.best.layer = t.start.Clone()
	t.best.head = make([]float32, len(t.hw.w))
	slots := []slot{{"best.w", t.best.layer.W}, {"best.b", t.best.layer.B}, {"best.head", t.best.head}}
	for _, p := range t.params() {
		slots = append(slots, slot{p.name, p.w}, slot{p.name + ".m", p.m})
		if p.v != nil {
			slots = append(slots, slot{p.name + ".v", p.v})
		}
	}
	if t.cent != nil {
		t.best.cent = make([]float32, len(t.cent.C.Data))
		slots = append(slots, slot{"centers", t.cent.C.Data}, slot{"best.centers", t.best.cent})
	}
	for _, sl := range slots {
		x, err := s.F32(sl.name, len(sl.dst))
		if err != nil {
			return fail(err)
		}
		copy(sl.dst, x.F32)
	}
	if err := json.Unmarshal([]byte(m["history"]), &t.history); err != nil || len(t.history) == 0 {
		return fail("its learning curve is damaged")
	}
	if t.trail != nil {
		for i := range t.history {
			l := t.start.Clone()
			for name, dst := range map[string][]float32{fmt.Sprintf("trail.%d.w", i): l.W,
				fmt.Sprintf("trail.%d.b", i): l.B} {
				x, err := s.F32(name, len(dst))
				if err != nil {
					return fail(err)
				}
				copy(dst, x.F32)
			}
			t.trail = append(t.trail, l)
		}
	}
	if p := t.history[0].Points; len(p) > 0 {
		t.split.cleanStart(p[0])
	}
	var elapsed int
	for _, f := range []struct {
		key string
		dst *int
	}{{"epoch", &t.epoch}, {"step", &t.step}, {"best_epoch", &t.best.epoch}, {"elapsed", &elapsed}} {
		if *f.dst, err = strconv.Atoi(m[f.key]); err != nil || *f.dst < 0 {
			return fail(fmt.Sprintf("%s is %q", f.key, m[f.key]))
		}
	}
	t.elapsed = time.Duration(elapsed)
	if t.epoch > t.cfg.Epochs || t.step >= t.samp.steps() {
		return fail("its position is out of range")
	}
	if m["sum_center"] == "" { // older ones have the sum alone
		m["sum_center"] = "0"
	}
	for _, f := range []struct {
		key string
		dst *float64
	}{{"sum_center", &t.sumCenter}, {"sum", &t.sum}, {"best_val", &t.bestVal}} {
		if *f.dst, err = strconv.ParseFloat(m[f.key], 64); err != nil {
			return fail(err)
		}
	}
	return nil
}
