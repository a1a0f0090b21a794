package weaviate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"faceid/gallery"
	"faceid/internal/hint"
)

func TestParseURL(t *testing.T) {
	t.Setenv("FACEID_WEAVIATE_API_KEY", "secret")
	c, err := ParseURL("weaviate://a:1,[::1]:2,b/Faces?replicas=3&consistency=all&index=flat" +
		"&tls=true&timeout=5s&retry=1m")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{Hosts: []string{"a:1", "[::1]:2", "b:443"}, Collection: "Faces", TLS: true,
		Replicas: 3, Consistency: "ALL",
		Index: "flat", Timeout: 5 * time.Second, Retry: time.Minute, APIKey: "secret"}
	if !slices.Equal(c.Hosts, want.Hosts) {
		t.Errorf("hosts %v", c.Hosts)
	}
	c.Hosts, want.Hosts = nil, nil
	if c.APIKey != want.APIKey || c.Collection != want.Collection || !c.TLS || c.Replicas != 3 ||
		c.Consistency != "ALL" || c.Index != "flat" || c.Timeout != want.Timeout || c.Retry != want.Retry {
		t.Errorf("%+v", c)
	}
	c, err = ParseURL("weaviate://localhost/F")
	if err != nil || c.Hosts[0] != "localhost:8080" || c.Replicas != 0 ||
		c.Consistency != "QUORUM" || c.Index != "hnsw" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, s := range []string{
		"", "http://a/F", "weaviate://", "weaviate:///F", "weaviate://a", "weaviate://a/", "weaviate://a/faces",
		"weaviate://a/F-1", "weaviate://a/F/G",
		"weaviate://a,a/F", "weaviate://a,/F", "weaviate://a:0/F", "weaviate://a:99999/F",
		"weaviate://a:x/F", "weaviate://u:p@a/F",
		"weaviate://a/F?replicas=0", "weaviate://a/F?replicas=65", "weaviate://a/F?replicas=x",
		"weaviate://a/F?replicas=1&replicas=2",
		"weaviate://a/F?consistency=most", "weaviate://a/F?index=ivf", "weaviate://a/F?timeout=-1s",
		"weaviate://a/F?timeout=0s",
		"weaviate://a/F?retry=1", "weaviate://a/F?tls=maybe", "weaviate://a/F?key=x", "weaviate://a/F?%zz",
		"weaviate://a b/F", "weaviate://a/" + strings.Repeat("F", 65),
	} {
		if c, err := ParseURL(s); err == nil {
			t.Errorf("%q gave %+v", s, c)
		} else if strings.Contains(err.Error(), "u:p") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func TestReaders(t *testing.T) {
	three := []string{"a", "b", "c"}
	for _, x := range []struct {
		c      Config
		want   int
		proven bool
	}{
		{Config{Hosts: three, Replicas: 3, Consistency: "QUORUM"}, 2, true},
		{Config{Hosts: three, Replicas: 1, Consistency: "QUORUM"}, 1, true},
		{Config{Hosts: three, Replicas: 3, Consistency: "ALL"}, 1, false},
		{Config{Hosts: three, Replicas: 3, Consistency: "ONE"}, 1, true},
		{Config{Hosts: three[:1], Replicas: 3, Consistency: "QUORUM"}, 1, false},
		{Config{Hosts: three, Replicas: 2, Consistency: "QUORUM"}, 2, false},
	} {
		if n := x.c.readers(); n != x.want || x.c.proven() != x.proven {
			t.Errorf("%+v: %d, %v, want %d, %v", x.c, n, x.c.proven(), x.want, x.proven)
		}
	}
}

func TestIDs(t *testing.T) {
	i := newIDs()
	clock := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	i.now = func() time.Time { return clock }
	last := int64(0)
	for k := range 10_000 {
		switch {
		case k%3 == 0:
			clock = clock.Add(time.Microsecond)
		case k%1000 == 1:
			clock = clock.Add(-time.Second) // set back
		case k == 9_000:
			clock = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // before the epoch
		}
		id := i.next()
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
		if back, err := parseID(idText(id)); err != nil || back != id {
			t.Fatalf("%d is read as %d, %v", id, back, err)
		}
	}
	i.now = func() time.Time { return time.Date(2091, 1, 1, 0, 0, 0, 0, time.UTC) }
	if id := i.next(); id <= last {
		t.Fatalf("in 2091: %d", id)
	}
	for _, s := range []string{"", "0", "ffffffffffffffff", "000000000000000g", "00000000000000000"} {
		if _, err := parseID(s); !errors.Is(err, gallery.ErrDamaged) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if a, b := personUUID(0x0123456789abcdef), "01234567-89ab-cdef-0000-000000000000"; a != b {
		t.Errorf("%s, want %s", a, b)
	}
}

func TestQuorum(t *testing.T) {
	h := &hosts{timeout: time.Second, retry: time.Second}
	for _, a := range []string{"a", "b", "c"} {
		h.all = append(h.all, &host{addr: a})
	}
	bad := errors.New("bad")
	// Two different hosts, the third taking the place of one that fails.
	for range 20 {
		got, err := quorum(t.Context(), h, 2, func(_ context.Context, h *host) (string, error) {
			if h.addr == "b" {
				return "", bad
			}
			return h.addr, nil
		})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, []string{"a", "c"}) {
			t.Fatalf("%v, %v", got, err)
		}
	}
	// One that hangs is passed by.
	start := time.Now()
	if got, err := quorum(t.Context(), h, 2, func(ctx context.Context, h *host) (string, error) {
		if h.addr == "b" {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return h.addr, nil
	}); err != nil || slices.Contains(got, "b") || time.Since(start) > 900*time.Millisecond {
		t.Fatalf("%v, %v after %v", got, err, time.Since(start))
	}
	// All again after a pause.
	n := 0
	if got, err := once(t.Context(), h, func(context.Context, *host) (int, error) {
		if n++; n < 8 {
			return 0, bad
		}
		return n, nil
	}); err != nil || got != 8 {
		t.Fatalf("%v, %v", got, err)
	}
	// Not for ever.
	if _, err := once(t.Context(), h, func(context.Context,
		*host) (int, error) {
		return 0, bad
	}); !errors.Is(err, ErrUnavailable) || hint.Of(err) == "" {
		t.Fatalf("%v", err)
	}
	// Not at all where no host will answer otherwise.
	n = 0
	if _, err := once(t.Context(), h, func(context.Context,
		*host) (int, error) {
		n++
		return 0, permanentError{bad}
	}); !errors.Is(err, bad) || n != 1 {
		t.Fatalf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := once(ctx, h, func(context.Context,
		*host) (int, error) {
		cancel()
		return 0, bad
	}); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
}

func TestCommonReach(t *testing.T) {
	list := func(ids ...int64) (l []props) {
		for _, id := range ids {
			l = append(l, props{"person": idText(id)})
		}
		return l
	}
	for _, x := range []struct {
		lists, want [][]props
		reach       string
	}{
		{[][]props{list(1, 2), list(2)}, [][]props{list(1, 2), list(2)}, ""},
		{[][]props{list(1, 2, 3), list(1, 3, 4)}, [][]props{list(1, 2, 3), list(1, 3)}, idText(3)},
		{[][]props{list(1, 2, 3), list(9)}, [][]props{list(1, 2, 3), list()}, idText(3)},
		{[][]props{list(1, 2, 3), list(1, 2)}, [][]props{list(1, 2, 3), list(1, 2)}, idText(3)},
	} {
		text := fmt.Sprint(x.lists)
		if reach := commonReach(x.lists, 3); reach != x.reach || fmt.Sprint(x.lists) != fmt.Sprint(x.want) {
			t.Errorf("%s: %v up to %q, want %v up to %q", text, x.lists, reach, x.want, x.reach)
		}
	}
}

func TestLocks(t *testing.T) {
	var l locks
	free := l.hold("id", []string{"b", "a", "b"})
	done := make(chan bool)
	go func() {
		l.hold("id", []string{"c", "a"})()
		close(done)
	}()
	l.hold("id", []string{"d"})()
	l.hold("name", []string{"a"})()
	select {
	case <-done:
		t.Fatal("a held lock was taken")
	case <-time.After(10 * time.Millisecond):
	}
	free()
	<-done
	if len(l.m) != 0 {
		t.Fatalf("%d locks left", len(l.m))
	}
}
