package finetune_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"faceid/finetune"
	"faceid/finetune/internal/synthetic"
)

const killEnv = "FINETUNE_KILL_CHECKPOINT" // set in the child: the path of its checkpoint

func killJob(t testing.TB) (*finetune.Dataset, finetune.Layer, *finetune.Config) {
	d, l := synthetic.World{People: 100, T: 64, D: 48, Photos: synthetic.Each(4),
		Kinds: []string{"noisy"}, Seed: 20}.Make(t)
	c := small()
	c.Epochs, c.CheckpointSteps, c.Patience, c.CenterLambda = 8, 2, 0, 0.1
	return d, l, c
}

// TestKillChild is the training process that TestKill kills; alone it does nothing.
func TestKillChild(t *testing.T) {
	path := os.Getenv(killEnv)
	if path == "" {
		t.Skip("it is the child of TestKill")
	}
	d, l, c := killJob(t)
	c.Checkpoint, c.Resume = path, true
	// so that there is a middle to be killed in
	c.Progress = func(finetune.Progress) { time.Sleep(2 * time.Millisecond) }
	train(t, d, l, c)
}

// TestKill kills the training process with SIGKILL at random moments and goes on from what it left, until it gets
// through: 5 kills, 20 with FACEID_SLOW=1. The weights must be those of a run that nobody disturbed, to the bit.
func TestKill(t *testing.T) {
	d, l, c := killJob(t)
	whole := train(t, d, l, c)
	kills := 5
	if os.Getenv("FACEID_SLOW") == "1" {
		kills = 20
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	path := filepath.Join(dir, "checkpoint")
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	finished, left := 0, 0
	for killed := 0; killed < kills; {
		cmd := exec.Command(exe, "-test.run=^TestKillChild$", "-test.count=1")
		cmd.Env = append(os.Environ(), killEnv+"="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		select {
		case <-time.After(time.Duration(20+rng.IntN(300)) * time.Millisecond):
			if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			<-done
			killed++
			if _, err := os.Stat(path); err == nil {
				left++
			}
		case err := <-done:
			if err != nil {
				t.Fatalf("the child failed by itself: %v", err)
			}
			finished++ // it got through: check what it left, and start afresh for the kills still due
			resume(t, whole, path)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	resume(t, whole, path)
	t.Logf("%d kills, %d of them left a checkpoint; got through %d times in between", kills, left, finished)
	if left == 0 {
		t.Error("no kill came after the first checkpoint: nothing was tested")
	}
}

// resume goes on from a checkpoint, whatever its state, and compares the end with the undisturbed run.
func resume(t *testing.T, whole *finetune.Result, path string) {
	t.Helper()
	d, l, c := killJob(t)
	c.Checkpoint, c.Resume = path, true
	r, err := finetune.Train(context.Background(), d, l, c)
	if err != nil {
		t.Fatal(err)
	}
	same(t, whole, r)
}
