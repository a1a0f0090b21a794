package flat

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// TestCrash kills a process that appends and deletes, over and over. What it acknowledged must be there,
// or the index must say that it is damaged.
func TestCrash(t *testing.T) {
	if path := os.Getenv("FLAT_CRASH_CHILD"); path != "" {
		crashChild(path)
		return
	}
	rounds := 10
	if slow() {
		rounds = 500
	}
	damaged := 0
	r := rand.New(rand.NewPCG(8, 8))
	for round := range rounds {
		path, _ := smallFile(t, false)
		cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
		cmd.Env = append(os.Environ(), "FLAT_CRASH_CHILD="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		lines.Scan() // it has begun
		kill := time.AfterFunc(time.Duration(r.IntN(20))*time.Millisecond, func() { cmd.Process.Kill() })
		acked := uint64(40)
		for lines.Scan() {
			fmt.Sscan(lines.Text(), &acked)
		}
		cmd.Wait()
		kill.Stop()
		x, err := Open(path, nil)
		if errors.Is(err, ErrDamaged) { // it died in a deletion
			damaged++
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		seq := x.Stamp().Seq
		if seq < acked || seq > acked+1 {
			t.Fatalf("round %d: stamp %d, acknowledged %d", round, seq, acked)
		}
		if err := x.Verify(ctx); err != nil {
			t.Fatal(err)
		}
		all := crashState(seq)
		for _, p := range all[:min(4, len(all))] {
			got, err := x.Search(ctx, [][]float32{p.Vector}, &SearchOptions{K: 5})
			if want := brute(all, p.Vector, SearchOptions{K: 5}); err != nil || !slices.Equal(got[0], want) {
				t.Fatalf("round %d, stamp %d: %v\n got %v\nwant %v", round, seq, err, got, want)
			}
		}
		x.Close()
	}
	t.Logf("%d rounds, %d killed in a deletion", rounds, damaged)
}

// crashStep is what the child does to reach stamp seq: rows to add, or people to delete.
func crashStep(seq uint64) (add []Row, del []int64) {
	if seq%5 == 0 {
		return nil, []int64{int64(seq-1) * 100, int64(seq-2)*100 + 1}
	}
	r := rand.New(rand.NewPCG(seq, 3))
	for i := range int64(1 + seq%7*4) {
		add = append(add, Row{int64(seq)*100 + i, int64(seq)*100 + i, randomUnit(r, smallDim)})
	}
	return add, nil
}

func crashState(seq uint64) []Row {
	rows := testRows(rand.New(rand.NewPCG(1, 9)), 40, smallDim, 2)
	for s := uint64(41); s <= seq; s++ {
		add, del := crashStep(s)
		rows = slices.DeleteFunc(append(rows, add...), func(r Row) bool { return slices.Contains(del, r.Person) })
	}
	return rows
}

func crashChild(path string) {
	x, err := Open(path, nil)
	if err != nil {
		panic(err)
	}
	fmt.Println("ready")
	for seq := uint64(41); ; seq++ {
		add, del := crashStep(seq)
		if del != nil {
			_, err = x.Delete(del, nil, Stamp{Seq: seq})
		} else {
			err = x.Append(add, Stamp{Seq: seq})
		}
		if err != nil {
			panic(err)
		}
		fmt.Println(seq)
	}
}
