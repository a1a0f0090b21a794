package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"golang.org/x/term"

	"faceid/internal/plain"
	"faceid/internal/usage"
	"faceid/recognize/lines"
)

const (
	exitMatch   = 0
	exitNoMatch = 1
	exitError   = 2
)

// errNoMatch ends a command that worked and found nothing: exit code 1, nothing more to say.
var errNoMatch = errors.New("no match")

// errReported ends a command whose failures have been printed one by one: exit code 2, nothing more to say.
var errReported = errors.New("some inputs failed")

// Main runs the program on its arguments, standard streams and signals, and returns the exit code.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	// The first Ctrl-C asks every command to finish cleanly; the second one kills.
	go func() {
		<-ctx.Done()
		stop()
	}()
	return run(ctx, os.Args[1:], stdStreams())
}

// streams are where a command reads and writes; tests pass buffers.
type streams struct {
	in       io.Reader
	out, err io.Writer
	errTTY   bool // err is a terminal: progress bars may be drawn
	inTTY    bool // in is a terminal: questions may be asked
}

func stdStreams() streams {
	return streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		inTTY:  term.IsTerminal(int(os.Stdin.Fd())),
	}
}

// run is the whole program but for the process: arguments in, exit code out.
func run(ctx context.Context, args []string, s streams) int {
	out := &firstError{w: s.out}
	stdout, stderr := plain.NewWriter(out), plain.NewWriter(s.err)
	defer stderr.Flush()
	a := &app{streams: s, args: args, bars: s.err}
	a.out, a.err = screen{stdout, a}, screen{stderr, a}
	root := newRoot(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	err = usage.Error(cmd, err, args)
	if cerr := a.close(); err == nil {
		err = cerr
	}
	if a.badArgs > 0 && (err == nil || errors.Is(err, errNoMatch)) {
		err = errReported
	}
	_ = stdout.Flush() // its error is out's
	// An answer that nobody could read is no answer, whatever it was.
	if out.err != nil && (err == nil || errors.Is(err, errNoMatch) || errors.Is(err, errReported)) {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	switch {
	case err == nil:
		return exitMatch
	case errors.Is(err, errNoMatch):
		return exitNoMatch
	case errors.Is(err, errReported):
		return exitError
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		a.fail(lines.Failure{Code: lines.CodeOf(err), Message: "interrupted" + goesOn[cmd.CommandPath()]})
		return exitError
	}
	a.json = a.json || slices.Contains(args, "--json") // behind what could not be parsed, too
	a.problem("", err)
	return exitError
}

// goesOn says of the commands that do not just end how to go on; finetune's own words are for its training.
var goesOn = map[string]string{
	"faceid enroll":         resumable,
	"faceid gallery copy":   resumable,
	"faceid gallery import": resumable,
	"faceid finetune":       "; no features were stored yet, run the same command again",
}

const resumable = "; what was reported as done is kept, run the same command again to go on"

// firstError is a writer that remembers its first failure: text for people is written without looking at every error.
type firstError struct {
	w   io.Writer
	err error
}

func (f *firstError) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err != nil && f.err == nil {
		f.err = err
	}
	return n, err
}
