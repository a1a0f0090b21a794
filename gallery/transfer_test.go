package gallery_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
	"faceid/gallery/sqlite"
	"faceid/internal/hint"
)

type transfer struct {
	name string
	run  func(ctx context.Context, from, to gallery.Engine, o *gallery.TransferOptions) (gallery.Transferred, error)
}

var transfers = []transfer{
	{"copy", gallery.Copy},
	{"jsonl", func(ctx context.Context, from, to gallery.Engine,
		o *gallery.TransferOptions) (gallery.Transferred, error) {
		var b bytes.Buffer
		if err := gallery.ExportJSONL(ctx, from, &b, o); err != nil {
			return gallery.Transferred{}, err
		}
		return gallery.ImportJSONL(ctx, to, &b, o)
	}},
	{"npz", func(ctx context.Context, from, to gallery.Engine,
		o *gallery.TransferOptions) (gallery.Transferred, error) {
		var b bytes.Buffer
		if err := gallery.ExportNPZ(ctx, from, &b, o); err != nil {
			return gallery.Transferred{}, err
		}
		return gallery.ImportNPZ(ctx, to, bytes.NewReader(b.Bytes()), int64(b.Len()), o)
	}},
}

// failing is an engine whose Enrol fails after some calls, once before and once after it has done its work.
type failing struct {
	gallery.Engine
	calls int
}

var errFailing = errors.New("the disk is on fire")

func (f *failing) Enrol(ctx context.Context, e []gallery.Enrolment,
	o *gallery.EnrolOptions) ([]gallery.Enrolled, error) {
	f.calls--
	if f.calls < 0 {
		if f.calls == -1 {
			f.Engine.Enrol(ctx, e, o) // done, but not acknowledged
		}
		return nil, errFailing
	}
	return f.Engine.Enrol(ctx, e, o)
}

// TestTransfer moves a gallery each way, at once and with interruptions at every place.
func TestTransfer(t *testing.T) {
	const dim = 8
	from := open(t, filepath.Join(t.TempDir(), "from"), dim)
	gallerytest.Populate(t, from, dim, 3)
	want := gallerytest.Dump(t, from)
	for _, tr := range transfers {
		for _, numbers := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/numbers=%v", tr.name, numbers), func(t *testing.T) {
				to := open(t, filepath.Join(t.TempDir(), "to"), dim)
				last := 0
				sum, err := tr.run(t.Context(), from, to, &gallery.TransferOptions{Numbers: numbers,
					Progress: func(done, total int) { last = done }})
				if err != nil {
					t.Fatal(err)
				}
				if got := gallerytest.Dump(t, to); got != want {
					t.Fatalf("got\n%.2000s\nwant\n%.2000s", got, want)
				}
				if i, _ := from.Info(t.Context()); sum.People != i.People || sum.Created != i.People ||
					sum.Added != i.Templates || sum.Duplicates != 0 || last != i.Templates {
					t.Errorf("%+v, progress %d, for %+v", sum, last, i)
				}
				again, err := tr.run(t.Context(), from, to, nil)
				if err != nil || again.Created != 0 || again.Added != 0 || again.Duplicates != sum.Added {
					t.Fatalf("again: %+v, %v", again, err)
				}
				if got := gallerytest.Dump(t, to); got != want {
					t.Fatal("a second transfer changed the gallery")
				}
			})
		}
		t.Run(tr.name+"/interrupted", func(t *testing.T) {
			for _, calls := range []int{0, 1, 4, 9} {
				to := open(t, filepath.Join(t.TempDir(), "to"), dim)
				f := &failing{to, calls}
				_, err := tr.run(t.Context(), from, f, &gallery.TransferOptions{Batch: 40})
				if !errors.Is(err, errFailing) {
					t.Fatalf("calls %d: %v", calls, err)
				}
				if _, err := tr.run(t.Context(), from, to, &gallery.TransferOptions{Batch: 70}); err != nil {
					t.Fatal(err)
				}
				if got := gallerytest.Dump(t, to); got != want {
					t.Fatalf("interrupted after %d calls: the rest did not make it whole", calls)
				}
			}
		})
		t.Run(tr.name+"/model", func(t *testing.T) {
			m := model(dim)
			m.SHA256 = "other"
			to, err := sqlite.Open(filepath.Join(t.TempDir(), "to"), &sqlite.Options{Model: m, Create: true})
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close()
			if _, err := tr.run(t.Context(), from, to, nil); !errors.Is(err, gallery.ErrModel) || hint.Of(err) == "" {
				t.Fatalf("another model: %v, hint %q", err, hint.Of(err))
			}
		})
		t.Run(tr.name+"/no trunk", func(t *testing.T) {
			to := open(t, filepath.Join(t.TempDir(), "to"), dim)
			if _, err := tr.run(t.Context(), from, to, &gallery.TransferOptions{NoTrunk: true}); err != nil {
				t.Fatal(err)
			}
			if st, err := to.Stats(t.Context()); err != nil || st.WithoutTrunk != st.Templates || st.Templates == 0 {
				t.Fatalf("%+v, %v", st, err)
			}
		})
	}
}

// TestImportForeign reads what other tools may write.
func TestImportForeign(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "g"), 3)
	in := `
{"name": "Ada", "templates": [{"embedding": [3, 0, 4]}]}

{"name": "Ada", "metadata": null, "templates": [{"embedding": [0, 1, 0], "extra": true}]}
{"name": "Bob", "templates": []}`
	sum, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(in), nil)
	if want := (gallery.Transferred{People: 3, Created: 2, Added: 2}); err != nil || !reflect.DeepEqual(sum, want) {
		t.Fatalf("got %+v, %v, want %+v", sum, err, want)
	}
	for name, bad := range map[string]string{
		"empty":      "",
		"not json":   "name,embedding\n",
		"array":      "[]",
		"version":    `{"format":"faceid gallery","version":2}`,
		"format":     `{"format":"something","version":1}`,
		"base64":     `{"name":"Eve","templates":[{"embedding":"!!!!"}]}`,
		"odd base64": `{"name":"Eve","templates":[{"embedding":"AAAA"}]}`,
		"too large":  `{"name":"Eve","templates":[{"embedding":[1e39,0,0]}]}`,
		"cut":        `{"name":"Eve","templates":[{"embedding":[1,0,0]}`,
	} {
		if _, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(bad),
			nil); !errors.Is(err, gallery.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bad := range map[string]string{
		"zero":   `{"name":"Eve","templates":[{"embedding":[0,0,0]}]}`,
		"length": `{"name":"Eve","templates":[{"embedding":[1,0]}]}`,
		"none":   `{"name":"Eve","templates":[{}]}`,
		"name":   `{"name":"","templates":[]}`,
		"NaN":    `{"name":"Eve","templates":[{"embedding":"AADAfwAAAAAAAAAA"}]}`,
	} {
		if _, err := gallery.ImportJSONL(t.Context(), s, strings.NewReader(bad), nil); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if ps, _ := s.Find(t.Context(), "Eve"); len(ps) != 0 {
		t.Errorf("half an import: %v", ps)
	}
}

// npz makes an archive of arrays given as header text and bytes.
func npz(t testing.TB, arrays map[string][2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, a := range arrays {
		w, err := z.Create(name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		h := a[0] + "\n"
		io.WriteString(w, "\x93NUMPY\x01\x00"+string([]byte{byte(len(h)), byte(len(h) >> 8)})+h+a[1])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// good is a minimal archive as numpy.savez would write it, with float64 and int32.
func goodNPZ() map[string][2]string {
	return map[string][2]string{
		"names": {"{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }",
			"A\x00\x00\x00d\x00\x00\x00B\x00\x00\x00\x00\x00\x00\x00"},
		"person": {"{'descr': '<i4', 'fortran_order': False, 'shape': (1,), }", "\x01\x00\x00\x00"},
		"embeddings": {"{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }",
			strings.Repeat("\x00\x00\x00\x00\x00\x00\xf0\x3f", 3)},
	}
}

func TestImportNPZForeign(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "g"), 3)
	read := func(b []byte) (gallery.Transferred, error) {
		return gallery.ImportNPZ(t.Context(), s, bytes.NewReader(b), int64(len(b)), nil)
	}
	sum, err := read(npz(t, goodNPZ()))
	if want := (gallery.Transferred{People: 2, Created: 2, Added: 1}); err != nil || !reflect.DeepEqual(sum, want) {
		t.Fatalf("got %+v, %v, want %+v", sum, err, want)
	}
	for name, f := range map[string]func(map[string][2]string){
		"missing":    func(m map[string][2]string) { delete(m, "person") },
		"person":     func(m map[string][2]string) { m["person"] = [2]string{m["person"][0], "\x02\x00\x00\x00"} },
		"person < 0": func(m map[string][2]string) { m["person"] = [2]string{m["person"][0], "\xff\xff\xff\xff"} },
		"short":      func(m map[string][2]string) { m["person"] = [2]string{m["person"][0], "\x01\x00\x00"} },
		"long":       func(m map[string][2]string) { m["person"] = [2]string{m["person"][0], "\x01\x00\x00\x00\x00"} },
		"rows": func(m map[string][2]string) {
			m["quality"] = [2]string{"{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }", ""}
		},
		"quality": func(m map[string][2]string) {
			m["quality"] = [2]string{"{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", "abcd"}
		},
		"big endian": func(m map[string][2]string) {
			m["person"] = [2]string{strings.Replace(m["person"][0], "<", ">", 1), m["person"][1]}
		},
		"fortran": func(m map[string][2]string) {
			m["person"] = [2]string{strings.Replace(m["person"][0], "False", "True", 1), m["person"][1]}
		},
		"huge": func(m map[string][2]string) {
			m["person"] = [2]string{strings.Replace(m["person"][0], "(1,)", "(2147483647, 2147483647)", 1),
				m["person"][1]}
		},
		"object": func(m map[string][2]string) {
			m["names"] = [2]string{strings.Replace(m["names"][0], "<U2", "|O", 1), m["names"][1]}
		},
		"no character": func(m map[string][2]string) {
			m["names"] = [2]string{m["names"][0], strings.Repeat("\xff", 16)}
		},
		"source": func(m map[string][2]string) {
			m["sources"] = [2]string{"{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }", "{\n"}
		},
		"header": func(m map[string][2]string) {
			m["person"] = [2]string{"{'descr': '<i4'}", "\x01\x00\x00\x00"}
		},
		"header at end": func(m map[string][2]string) { m["person"] = [2]string{m["person"][0] + "}", m["person"][1]} },
	} {
		m := goodNPZ()
		f(m)
		if sum, err := read(npz(t, m)); !errors.Is(err, gallery.ErrFormat) {
			t.Errorf("%s: %+v, %v", name, sum, err)
		}
	}
	if _, err := read([]byte("PK")); !errors.Is(err, gallery.ErrFormat) {
		t.Errorf("no zip: %v", err)
	}
	// Names longer than any name: refused before memory is taken.
	m := goodNPZ()
	m["names"] = [2]string{strings.Replace(m["names"][0], "<U2", "<U1000000000", 1), ""}
	if _, err := read(npz(t, m)); !errors.Is(err, gallery.ErrFormat) {
		t.Errorf("long names: %v", err)
	}
}

// sink is an engine that checks what it is given and keeps nothing, so that fuzzing does not wait for disks.
type sink struct {
	t   testing.TB
	dim int
}

func (s sink) Info(context.Context) (gallery.Info, error) {
	return gallery.Info{Model: *model(s.dim)}, nil
}
func (s sink) Enrol(_ context.Context, e []gallery.Enrolment, _ *gallery.EnrolOptions) ([]gallery.Enrolled, error) {
	e, err := gallery.NormaliseEnrolments(e, s.dim)
	out := make([]gallery.Enrolled, len(e))
	for i := range out {
		out[i].PersonID = 1
	}
	return out, err
}
func (s sink) People(context.Context) iter.Seq2[gallery.Person, error] {
	return func(func(gallery.Person, error) bool) {}
}
func (s sink) Person(context.Context, int64) (gallery.Person, error) {
	return gallery.Person{}, gallery.ErrNoPerson
}
func (s sink) Sources(ctx context.Context, id int64) iter.Seq2[gallery.Template, error] {
	return s.Templates(ctx, id)
}
func (s sink) Find(context.Context, string) ([]gallery.Person, error) { return nil, nil }
func (s sink) Templates(context.Context, int64) iter.Seq2[gallery.Template, error] {
	return func(func(gallery.Template, error) bool) {}
}
func (s sink) Update(context.Context, gallery.Person) error    { return nil }
func (s sink) Remove(context.Context, ...int64) error          { return nil }
func (s sink) RemoveTemplates(context.Context, ...int64) error { return nil }
func (s sink) Move(context.Context, []int64, int64) (gallery.Moved, error) {
	return gallery.Moved{}, nil
}
func (s sink) Merge(context.Context, int64, ...int64) (gallery.Moved, error) {
	return gallery.Moved{}, nil
}
func (s sink) Close() error { return nil }
func (s sink) Search(context.Context, [][]float32, *gallery.SearchOptions) ([][]gallery.Match, error) {
	return nil, nil
}

func FuzzImportJSONL(f *testing.F) {
	s := open(f, filepath.Join(f.TempDir(), "g"), 8)
	gallerytest.Populate(f, s, 8, 4)
	var b bytes.Buffer
	if err := gallery.ExportJSONL(f.Context(), s, &b, &gallery.TransferOptions{Numbers: true}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes()[:2000])
	f.Add([]byte(`{"id":1,"name":"Ada","templates":[{"embedding":"AACAPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",` +
		`"trunk":[1,2],"quality":{"score":1},"source":{"sha256":"","box":[1,2,3,4]}}]}`))
	f.Add([]byte(`{"format":"faceid gallery","version":1,` +
		`"model":{"name":"test","sha256":"00ff","dim":8,"views":"plain"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		gallery.ImportJSONL(t.Context(), sink{t, 8}, bytes.NewReader(in), nil)
	})
}

func FuzzImportNPZ(f *testing.F) {
	s := open(f, filepath.Join(f.TempDir(), "g"), 8)
	if _, err := s.Enrol(f.Context(), []gallery.Enrolment{{Name: "Ada", Metadata: []byte(`{"a":1}`),
		Templates: []gallery.Template{{Embedding: []float32{1, 0, 0, 0, 0, 0, 0, 0}, Trunk: []float32{1, 2}}}}},
		nil); err != nil {
		f.Fatal(err)
	}
	var b bytes.Buffer
	if err := gallery.ExportNPZ(f.Context(), s, &b, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(npz(f, goodNPZ()))
	f.Fuzz(func(t *testing.T, in []byte) {
		gallery.ImportNPZ(t.Context(), sink{t, 8}, bytes.NewReader(in), int64(len(in)), nil)
	})
}

// FuzzNpyHeader puts the header text into an otherwise good archive, past the checksums that stop other fuzzing.
func FuzzNpyHeader(f *testing.F) {
	f.Add("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 8), }")
	f.Add("{\"shape\":(),'fortran_order':False,'descr':'<U0'}")
	f.Fuzz(func(t *testing.T, header string) {
		if len(header) > 60000 {
			return
		}
		for _, name := range []string{"names", "person", "embeddings"} {
			m := goodNPZ()
			m[name] = [2]string{header, m[name][1]}
			in := npz(t, m)
			gallery.ImportNPZ(t.Context(), sink{t, 3}, bytes.NewReader(in), int64(len(in)), nil)
		}
	})
}
