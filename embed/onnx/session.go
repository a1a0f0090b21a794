package onnx

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Session is an ONNX Runtime session and the tensors that its callers reuse. Many goroutines may run it at once; each
// run computes on the goroutine's own thread, since two one-thread sessions side by side beat one two-thread session.
type Session struct {
	name    string // as its entry has it
	s       *ort.DynamicAdvancedSession
	outputs int

	mu   sync.Mutex
	free []*Slot // Protected by mu. At most as many as ever ran at once.
}

// Slot holds the input and output tensors of one run. The outputs of the first run with a shape are kept for the next.
type Slot struct {
	shape ort.Shape
	buf   []float32 // backs in; grows only
	in    *ort.Tensor[float32]
	out   []ort.Value
}

// NewSession creates a session on a model in memory, which errors call by name. dynamic says that its input changes
// shape from run to run. It returns ErrModel, or ErrRuntime before Init.
func NewSession(name string, model []byte, input string, outputs []string, dynamic bool) (*Session, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, name, err)
	}
	defer o.Destroy()
	for _, err := range []error{
		o.SetIntraOpNumThreads(1),
		o.SetInterOpNumThreads(1),
		o.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
		o.SetLogSeverityLevel(ort.LoggingLevelError),
		// A memory pattern is planned and kept for each new input shape: good for one shape, a leak for many.
		o.SetMemPattern(!dynamic),
	} {
		if err != nil {
			return nil, fmt.Errorf("%w: %s: session options: %w", ErrRuntime, name, err)
		}
	}
	s, err := ort.NewDynamicAdvancedSessionWithONNXData(model, []string{input}, outputs, o)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrModel, name, err)
	}
	return &Session{name: name, s: s, outputs: len(outputs)}, nil
}

// Acquire returns a slot whose input tensor has the shape, with what was left in it. The caller fills Slot.Input,
// calls Run, reads Slot.Output and calls Release.
func (s *Session) Acquire(shape ...int64) (*Slot, error) {
	s.mu.Lock()
	var t *Slot
	for i := len(s.free) - 1; i >= 0; i-- { // prefer one of this shape
		if t = s.free[i]; t.shape.Equals(shape) {
			s.free = append(s.free[:i], s.free[i+1:]...)
			break
		}
		t = nil
	}
	if n := len(s.free); t == nil && n > 0 {
		t, s.free = s.free[n-1], s.free[:n-1]
	}
	s.mu.Unlock()
	if t == nil {
		t = &Slot{out: make([]ort.Value, s.outputs)}
	}
	if t.in != nil && t.shape.Equals(shape) {
		return t, nil
	}
	t.destroy()
	n := ort.Shape(shape).FlattenedSize()
	if int64(cap(t.buf)) < n {
		t.buf = make([]float32, n)
	}
	in, err := ort.NewTensor(ort.NewShape(shape...), t.buf[:n])
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrRuntime, s.name, err)
	}
	t.in, t.shape = in, ort.NewShape(shape...)
	return t, nil
}

// Release gives a slot back. It and its values must not be used any more.
func (s *Session) Release(t *Slot) {
	s.mu.Lock()
	s.free = append(s.free, t)
	s.mu.Unlock()
}

// Run computes the outputs. It returns ErrModel, also for an output that is not of float32.
func (s *Session) Run(t *Slot) error {
	if err := s.s.Run([]ort.Value{t.in}, t.out); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrModel, s.name, err)
	}
	for i, v := range t.out {
		if _, ok := v.(*ort.Tensor[float32]); !ok {
			return fmt.Errorf("%w: %s: output %d is not a float32 tensor", ErrModel, s.name, i)
		}
	}
	return nil
}

// Blank runs the model once on whatever lies in an input tensor of the shape, for benchmarks.
func (s *Session) Blank(shape ...int64) error {
	t, err := s.Acquire(shape...)
	if err == nil {
		err = s.Run(t)
		s.Release(t)
	}
	return err
}

// Name is the model's, as errors call it.
func (s *Session) Name() string { return s.name }

// Close frees the session. No run may be going on.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.free {
		t.destroy()
	}
	s.free = nil
	if s.s == nil {
		return nil
	}
	err := s.s.Destroy()
	s.s = nil
	return err
}

// Input returns the input tensor's values, to be written to.
func (t *Slot) Input() []float32 { return t.in.GetData() }

// Outputs is the number of outputs.
func (t *Slot) Outputs() int { return len(t.out) }

// Output returns the values of the i-th output; they are overwritten by the next run.
func (t *Slot) Output(i int) []float32 { return t.out[i].(*ort.Tensor[float32]).GetData() }

func (t *Slot) destroy() {
	if t.in != nil {
		t.in.Destroy()
		t.in = nil
	}
	for i, v := range t.out {
		if v != nil {
			v.Destroy()
			t.out[i] = nil
		}
	}
}
