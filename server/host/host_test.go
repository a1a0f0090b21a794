package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"faceid/gallery"
	"faceid/recognize"
)

// Never more work than slots, nothing beyond the room, and none for whoever is gone.
func TestPool(t *testing.T) {
	p := newPool(2, 3)
	var leaves []func()
	for range 5 {
		leave, err := p.enter()
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leave)
	}
	if _, err := p.enter(); FaultOf(err).Status != 503 {
		t.Errorf("a sixth: %v", err)
	}
	leaves[0]()
	if leave, err := p.enter(); err != nil {
		t.Errorf("one left: %v", err)
	} else {
		leave()
	}
	var at, most atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			p.work(t.Context(), func() error {
				n := at.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				at.Add(-1)
				return nil
			})
		})
	}
	all.Wait()
	if most.Load() > 2 {
		t.Errorf("%d at once", most.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 { // a slot is free as well
		if err := p.work(ctx, func() error { t.Error("worked for nobody"); return nil }); !errors.Is(
			err,
			context.Canceled,
		) {
			t.Fatal(err)
		}
	}
}

// The file of keys is its owner's alone and holds no key; what was made opens, what was revoked does not.
func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "keys.json")
	made, err := AddKey(path, "door", Read, "", false)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := AddKey(path, "aws", Admin, "x", true)
	if err != nil || len(signed.AccessKey) != 20 || len(signed.Secret) != 40 {
		t.Fatalf("%+v, %v", signed, err)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, []byte(made.Key)) {
		t.Errorf("the file holds the key: %v", err)
	}
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	for _, bad := range []struct {
		name, collection string
		scope            Scope
	}{{"door", "", Read}, {"", "", Read}, {"x", "", "all"}, {"x", "../x", Read}} {
		if _, err := AddKey(path, bad.name, bad.scope, bad.collection, false); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	all, err := ReadKeys(path)
	if err != nil || len(all) != 2 {
		t.Fatalf("%v, %v", all, err)
	}
	if k, ok := find(all, made.Key); !ok || k.Name != "door" {
		t.Errorf("%+v, %v", k, ok)
	}
	for _, no := range []string{"", "x", all[0].SHA256, made.Key + " ", strings.ToUpper(made.Key)} {
		if k, ok := find(all, no); ok && no != made.Key {
			t.Errorf("%q opens %+v", no, k)
		}
	}
	if err := RevokeKey(path, "door"); err != nil {
		t.Fatal(err)
	}
	if err := RevokeKey(path, "door"); err == nil {
		t.Error("revoked twice")
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKeys(path); err == nil {
		t.Error("a file that others can read is taken")
	}
}

// A file of keys that is emptied, damaged or taken away opens nothing.
func TestKeysStayAskedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := AddKey(path, "a", Read, "", false); err != nil {
		t.Fatal(err)
	}
	for _, spoil := range []func() error{
		func() error { return RevokeKey(path, "a") },
		func() error { return os.WriteFile(path, []byte("{"), 0o600) },
		func() error { return os.Remove(path) },
	} {
		k, err := openKeys(path)
		if err != nil {
			t.Fatal(err)
		}
		keep, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if all, demand := k.current(); len(all) > 0 || !demand {
			t.Errorf("%v, keys asked for: %v", all, demand)
		}
		if err := os.WriteFile(path, keep, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScopes(t *testing.T) {
	for i, have := range scopes {
		for j, want := range scopes {
			if have.Allows(want) != (i >= j) {
				t.Errorf("%s allows %s: %v", have, want, have.Allows(want))
			}
		}
	}
	if Scope("").Allows(Read) || Scope("root").Allows(Read) || Scope("").Allows("") {
		t.Error("no scope allows something")
	}
}

// What goes wrong here is told without its text, which may name files.
func TestFaultOf(t *testing.T) {
	secret := errors.New("open /home/ada/gallery.db: broken")
	for _, x := range []struct {
		err    error
		status int
		code   string
	}{
		{secret, 500, "internal"},
		{fmt.Errorf("%w: %w", secret, gallery.ErrDiskFull), 507, "disk_full"},
		{&recognize.PhotoError{Path: "/home/ada/x.jpg", Err: recognize.ErrNoFace}, 422, "face_not_found"},
		{&recognize.ModelError{Gallery: "/home/ada/gallery.db"}, 409, "model_mismatch"},
		{fmt.Errorf("/home/ada/gallery.db: %w", recognize.ErrNobody), 409, "nobody_enrolled"},
		{&os.PathError{Op: "open", Path: "/home/ada", Err: os.ErrNotExist}, 409, "nobody_enrolled"},
	} {
		f := FaultOf(x.err)
		if f.Status != x.status || f.Code != x.code || strings.Contains(f.Message+f.Hint, "ada") {
			t.Errorf("%v: %+v", x.err, f)
		}
	}
}

// A photo is answered with its own media type, also one of those that net/http does not know; nothing that a browser
// would run is.
func TestReplyPhoto(t *testing.T) {
	const other = "application/octet-stream"
	for name, want := range map[string]string{"soft420.avif": "image/avif", "soft420.heic": "image/heic",
		"packbits.tif": "image/tiff", "<svg onload=alert(1)>": other, "": other} {
		b := []byte(name)
		if strings.HasPrefix(want, "image/") {
			var err error
			if b, err = os.ReadFile("../../embed/photo/testdata/pictures/" + name); err != nil {
				t.Fatal(err)
			}
		}
		w := httptest.NewRecorder()
		ReplyPhoto(w, b)
		if got := w.Header().Get("Content-Type"); got != want || !bytes.Equal(w.Body.Bytes(), b) {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
