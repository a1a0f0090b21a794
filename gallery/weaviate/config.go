package weaviate

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Config is what the URL of a gallery on a cluster says.
type Config struct {
	Hosts      []string // host:port of the REST interface; name every node (see the package's documentation)
	Collection string   // an upper-case letter, then letters and digits, at most 64
	TLS        bool     // https, with the system's certificates

	// copies of everything; 0 means as many as the collection was made with, 1 for a new one; see ErrReplicas
	Replicas    int
	Consistency string // "ONE", "QUORUM" or "ALL": how many replicas acknowledge a write; "" means QUORUM
	Index       string // "hnsw" or "flat"; "" means hnsw; used when the collection is made

	Timeout time.Duration // of one request; 0 means 10 s
	Retry   time.Duration // how long an operation tries other hosts before it gives up; 0 means 30 s

	// APIKey is sent with every request if not empty. ParseURL takes it from FACEID_WEAVIATE_API_KEY, never from
	// the URL, which shells and process lists remember.
	APIKey string
}

// Scheme is how the URL of a gallery on a cluster begins.
const Scheme = "weaviate://"

var collectionName = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,63}$`)

// ParseURL reads weaviate://host:port,host:port/Collection?replicas=3 with the options replicas (1…64), consistency
// (one, quorum, all), index (hnsw, flat), tls (true, false), timeout and retry (such as 5s). A port may be left out:
// 8080, with TLS 443. An option that it does not know is an error, as is a user or password.
func ParseURL(s string) (Config, error) {
	fail := func(format string, a ...any) (Config, error) {
		return Config{}, fmt.Errorf("weaviate: URL %q: %s", s, fmt.Sprintf(format, a...))
	}
	rest, ok := strings.CutPrefix(s, Scheme)
	if !ok {
		return fail("want %shost:port,host:port/Collection", Scheme)
	}
	rest, query, _ := strings.Cut(rest, "?")
	hosts, collection, _ := strings.Cut(rest, "/")
	if strings.Contains(hosts, "@") {
		return Config{}, fmt.Errorf("weaviate: no user or password in the URL: set FACEID_WEAVIATE_API_KEY")
	}
	c := Config{Collection: collection, APIKey: os.Getenv("FACEID_WEAVIATE_API_KEY")}
	q, err := url.ParseQuery(query)
	if err != nil {
		return fail("%v", err)
	}
	for key, vs := range q {
		v := vs[0]
		var err error
		switch key {
		case "replicas":
			c.Replicas, err = strconv.Atoi(v)
			if err == nil && c.Replicas < 1 {
				err = fmt.Errorf("want at least 1")
			}
		case "consistency":
			c.Consistency = strings.ToUpper(v)
		case "index":
			c.Index = v
		case "tls":
			c.TLS, err = strconv.ParseBool(v)
		case "timeout":
			c.Timeout, err = positive(v)
		case "retry":
			c.Retry, err = positive(v)
		default:
			return fail("unknown option %q; there are replicas, consistency, index, tls, timeout and retry", key)
		}
		if err != nil {
			return fail("option %s: %v", key, err)
		}
		if len(vs) > 1 {
			return fail("option %s is given twice", key)
		}
	}
	c.Hosts = strings.Split(hosts, ",")
	if err := c.complete(); err != nil {
		return fail("%v", err)
	}
	return c, nil
}

func positive(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err == nil && d <= 0 {
		err = fmt.Errorf("want more than 0")
	}
	return d, err
}

// complete fills in defaults and checks.
func (c *Config) complete() error {
	port := "8080"
	if c.TLS {
		port = "443"
	}
	if len(c.Hosts) == 0 {
		return fmt.Errorf("no host")
	}
	seen := make(map[string]bool)
	hosts := make([]string, len(c.Hosts))
	for i, h := range c.Hosts {
		host, p, err := net.SplitHostPort(h)
		if err != nil {
			host, p = strings.Trim(h, "[]"), port
		}
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 || host == "" ||
			strings.ContainsAny(host, "/?#@\\ ") {
			return fmt.Errorf("bad host %q", h)
		}
		hosts[i] = net.JoinHostPort(host, p)
		if seen[hosts[i]] {
			return fmt.Errorf("host %q is given twice", h)
		}
		seen[hosts[i]] = true
	}
	c.Hosts = hosts
	if !collectionName.MatchString(c.Collection) {
		return fmt.Errorf("bad collection %q: an upper-case letter, then letters and digits, at most 64", c.Collection)
	}
	if c.Consistency == "" {
		c.Consistency = "QUORUM"
	}
	if c.Index == "" {
		c.Index = "hnsw"
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	if c.Retry == 0 {
		c.Retry = 30 * time.Second
	}
	switch {
	case c.Replicas < 0 || c.Replicas > 64:
		return fmt.Errorf("%d replicas, want 1…64", c.Replicas)
	case c.Consistency != "ONE" && c.Consistency != "QUORUM" && c.Consistency != "ALL":
		return fmt.Errorf("consistency %q, want one, quorum or all", c.Consistency)
	case c.Index != "hnsw" && c.Index != "flat":
		return fmt.Errorf("index %q, want hnsw or flat", c.Index)
	case c.Timeout < 0 || c.Retry < 0:
		return fmt.Errorf("negative timeout")
	}
	return nil
}

// readers is how many hosts a list or a search asks, so that with the replicas that acknowledged a write they have one
// in common.
func (c *Config) readers() int {
	n := 1
	if c.Consistency == "QUORUM" {
		n = c.Replicas/2 + 1
	}
	return min(n, len(c.Hosts))
}

// acks is how many replicas acknowledge a write.
func (c *Config) acks() int {
	switch c.Consistency {
	case "ALL":
		return c.Replicas
	case "QUORUM":
		return c.Replicas/2 + 1
	}
	return 1
}

// proven says whether what all readers() hosts list is on as many replicas as acknowledge a write. Where nodes
// outnumber replicas, two hosts may have asked the same replica.
func (c *Config) proven() bool {
	n := c.acks()
	return n == 1 || n <= c.readers() && len(c.Hosts) <= c.Replicas
}
