package flat

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestPowerCut deletes without the caller's fsyncs and cuts the power at every moment: of what was written since the
// last fsync, any pages may have reached the disk. An error, or the state that the stamp says, from which the deletion
// can be repeated.
func TestPowerCut(t *testing.T) {
	const page = 4096
	path, rows := smallFile(t, false)
	gone := []int64{3, 19}
	left := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return slices.Contains(gone, r.Person) })
	states := map[uint64][]Row{40: rows, 41: left}
	read := func() []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	r := rand.New(rand.NewPCG(2, 8))
	disk, cuts, sound := read(), 0, 0
	cut := func() {
		written := read()
		for i := range 40 {
			b := slices.Clone(disk)
			for at := 0; at < len(b); at += page {
				head := at == 0
				if i == 0 && head || i == 1 && !head || i > 1 && r.IntN(2) == 0 {
					copy(b[at:], written[at:at+page])
				}
			}
			cuts++
			if ok, seq := tryFile(t, path+".cut", b, states); !ok || seq == 41 {
				continue
			}
			sound++
			x, err := Open(path+".cut", nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := x.Delete(gone, nil, Stamp{Seq: 41}); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(x.Verify(ctx), x.Close()); err != nil {
				t.Fatal(err)
			}
		}
		disk = written
	}
	x, err := Open(path, &Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	sync := fsync
	defer func() { fsync = sync }()
	fsync = func(f *os.File) error {
		if f == x.file {
			cut()
		}
		return nil
	}
	if _, err := x.Delete(gone, nil, Stamp{Seq: 41}); err != nil {
		t.Fatal(err)
	}
	cut()
	t.Logf("%d power cuts, %d before the deletion began", cuts, sound)
	if cuts != 3*40 || sound == 0 {
		t.Error("too little happened")
	}
}
