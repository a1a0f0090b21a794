package onnx

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// Errors of the ONNX Runtime environment and of models. They name package embed, which hands them on under the same
// names.
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
// embed.Open calls it; programs that build their own Pipeline call it before the first model is made.
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
