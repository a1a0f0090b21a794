package embed

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Errors of the ONNX Runtime environment and of models.
var (
	// ErrRuntime is returned when the ONNX Runtime library cannot be loaded or is too old.
	ErrRuntime = errors.New("embed: ONNX Runtime is not usable")
	// ErrModel is returned when a model file cannot be used: not readable, other inputs or outputs than its entry says.
	ErrModel = errors.New("embed: model is not usable")
	// ErrSelfTest is returned when a model's answer to the stored input differs from the stored one.
	ErrSelfTest = errors.New("embed: model fails its self-test")
)

// minRuntime is the first ONNX Runtime release with the C API version that the Go binding is compiled against:
// API 24 came with release 1.24.
const minRuntime = "1.24"

// telemetryOff names the variable with which ONNX Runtime counts and sends nothing. Release 1.30 otherwise reads the
// machine's id and the command line (and overflows its stack on a long one), keeps a device id and a queue in the
// user's cache, and sends them to its maker.
const telemetryOff = "ORT_DISABLE_TELEMETRY"

// init is early enough for the library, and before any other thread may be reading the environment in C.
func init() { os.Setenv(telemetryOff, "1") }

var environment struct {
	sync.Mutex
	path string
	err  error
	done bool
}

// Init loads the ONNX Runtime shared library at path and creates the environment, which a process has once: a second
// call with the same path returns what the first did, and one with another path is an error. It returns ErrRuntime.
// Open calls it; programs that build their own Pipeline call it before the first NewX.
func Init(path string) error {
	e := &environment
	e.Lock()
	defer e.Unlock()
	if e.done && e.err == nil {
		if path != e.path {
			return fmt.Errorf("%w: %s is loaded already, %s cannot be loaded beside it", ErrRuntime, e.path, path)
		}
		return nil
	}
	e.path, e.err, e.done = path, initRuntime(path), true
	return e.err
}

func initRuntime(path string) error {
	if path == "" {
		return fmt.Errorf("%w: no library given", ErrRuntime)
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("%w: %w", ErrRuntime, err)
	}
	// Somebody may have cleared the environment since init: without the variable in place nothing is loaded.
	if os.Getenv(telemetryOff) != "1" {
		if err := os.Setenv(telemetryOff, "1"); err != nil {
			return fmt.Errorf("%w: its telemetry cannot be turned off: %w", ErrRuntime, err)
		}
	}
	ort.SetSharedLibraryPath(path)
	err := ort.InitializeEnvironment()
	switch {
	case err == nil:
		if err := ort.DisableTelemetry(); err != nil { // by its API too, for a build that does not know the variable
			return fmt.Errorf("%w: its telemetry cannot be turned off: %w", ErrRuntime, err)
		}
		return nil
	case strings.Contains(err.Error(), "setting ORT API base"):
		// The library knows its own version even where it does not serve the API asked for.
		return fmt.Errorf("%w: %s is release %s, and release %s or later is needed", ErrRuntime, path, ort.GetVersion(),
			minRuntime)
	case strings.Contains(err.Error(), "OrtGetApiBase"):
		return fmt.Errorf("%w: %s is not an ONNX Runtime library", ErrRuntime, path)
	}
	return fmt.Errorf("%w: %s: %w", ErrRuntime, path, err)
}

// RuntimeVersion returns the release of the library that Init loaded, or "" before that.
func RuntimeVersion() string {
	if !ort.IsInitialized() {
		return ""
	}
	return ort.GetVersion()
}

// Provider returns what the sessions compute on. It is "CPU": nothing else is asked for, so nothing falls back in
// silence.
func Provider() string { return "CPU" }

// session is an ONNX Runtime session and the tensors that its callers reuse. Many goroutines may run it at once; each
// run computes on the goroutine's own thread, since two one-thread sessions side by side beat one two-thread session.
type session struct {
	name    string
	s       *ort.DynamicAdvancedSession
	outputs int

	mu   sync.Mutex
	free []*slot // Protected by mu. At most as many as ever ran at once.
}

// slot holds the input and output tensors of one run. The outputs of the first run with a shape are kept for the next.
type slot struct {
	shape ort.Shape
	buf   []float32 // backs in; grows only
	in    *ort.Tensor[float32]
	out   []ort.Value
}

// newSession creates a session on a model in memory. dynamic says that its input changes shape from run to run.
func newSession(name string, model []byte, input string, outputs []string, dynamic bool) (*session, error) {
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
	return &session{name: name, s: s, outputs: len(outputs)}, nil
}

// acquire returns a slot whose input tensor has the shape, with what was left in it. The caller fills slot.input,
// calls run, reads slot.output and calls release.
func (s *session) acquire(shape ...int64) (*slot, error) {
	s.mu.Lock()
	var t *slot
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
		t = &slot{out: make([]ort.Value, s.outputs)}
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

func (s *session) release(t *slot) {
	s.mu.Lock()
	s.free = append(s.free, t)
	s.mu.Unlock()
}

func (s *session) run(t *slot) error {
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

// close frees the session. No run may be going on.
func (s *session) close() error {
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

func (t *slot) input() []float32 { return t.in.GetData() }

// output returns the values of the i-th output; they are overwritten by the next run.
func (t *slot) output(i int) []float32 { return t.out[i].(*ort.Tensor[float32]).GetData() }

func (t *slot) destroy() {
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
