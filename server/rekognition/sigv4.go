package rekognition

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// errSignature is returned for a signature that is not one of the request by the secret.
var errSignature = errors.New("the signature is not the request's")

// signature is an Authorization header of Signature Version 4.
type signature struct {
	accessKey string
	date      string // YYYYMMDD
	region    string
	service   string
	headers   []string // signed, lower-case, sorted
	sum       []byte
}

const (
	algorithm  = "AWS4-HMAC-SHA256"
	maxHeader  = 8 << 10
	maxSigned  = 100
	clockSkew  = 15 * time.Minute
	amzDate    = "20060102T150405Z"
	terminator = "aws4_request"
)

// parseSignature reads an Authorization header; false for what is none of this kind.
func parseSignature(header string) (s signature, ok bool) {
	rest, ok := strings.CutPrefix(header, algorithm+" ")
	if !ok || len(header) > maxHeader {
		return s, false
	}
	seen := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if _, twice := seen[name]; !ok || twice {
			return s, false
		}
		seen[name] = value
	}
	scope := strings.Split(seen["Credential"], "/")
	if len(seen) != 3 || len(scope) != 5 || scope[4] != terminator || slices.Contains(scope, "") {
		return s, false
	}
	s.accessKey, s.date, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
	s.headers = strings.Split(seen["SignedHeaders"], ";")
	if len(s.headers) > maxSigned || !slices.IsSorted(s.headers) || !slices.Contains(s.headers, "host") {
		return s, false
	}
	for i, h := range s.headers {
		if h == "" || h != strings.ToLower(h) || i > 0 && h == s.headers[i-1] {
			return s, false
		}
	}
	sum, err := hex.DecodeString(seen["Signature"])
	s.sum = sum
	return s, err == nil && len(sum) == sha256.Size
}

// check returns errSignature unless s is the signature of the request with this body, by the secret, made now or
// nearly.
// See AWS General Reference, "Create a signed AWS API request".
func (s signature) check(r *http.Request, body []byte, secret string, now time.Time) error {
	at := r.Header.Get("X-Amz-Date")
	made, err := time.Parse(amzDate, at)
	if err != nil || !strings.HasPrefix(at, s.date) || made.Sub(now).Abs() > clockSkew ||
		!slices.Contains(s.headers, "x-amz-date") {
		return errSignature
	}
	payload := hashHex(body)
	if said := r.Header.Get("X-Amz-Content-Sha256"); said != "" && said != payload {
		return errSignature // UNSIGNED-PAYLOAD among them: a body that nobody vouches for
	}
	canonical, ok := s.canonical(r, payload)
	if !ok {
		return errSignature
	}
	scope := strings.Join([]string{s.date, s.region, s.service, terminator}, "/")
	text := strings.Join([]string{algorithm, at, scope, hashHex([]byte(canonical))}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.date, s.region, s.service, terminator} {
		key = mac(key, part)
	}
	if !hmac.Equal(mac(key, text), s.sum) {
		return errSignature
	}
	return nil
}

// canonical is the request as it is signed; false if a signed header is not there.
func (s signature) canonical(r *http.Request, payload string) (string, bool) {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + pathOf(r.URL) + "\n" + queryOf(r.URL) + "\n")
	for _, name := range s.headers {
		values := r.Header.Values(name)
		switch name { // net/http keeps these elsewhere
		case "host":
			values = []string{r.Host}
		case "content-length":
			values = []string{strconv.FormatInt(r.ContentLength, 10)}
		}
		if len(values) == 0 {
			return "", false
		}
		trimmed := make([]string, len(values))
		for i, v := range values {
			trimmed[i] = strings.Join(strings.Fields(v), " ")
		}
		b.WriteString(name + ":" + strings.Join(trimmed, ",") + "\n")
	}
	b.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + payload)
	return b.String(), true
}

func pathOf(u *url.URL) string {
	if p := u.EscapedPath(); p != "" {
		return p
	}
	return "/"
}

func queryOf(u *url.URL) string {
	var pairs []string
	for k, values := range u.Query() {
		for _, v := range values {
			pairs = append(pairs, escape(k)+"="+escape(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// escape is QueryEscape as SigV4 has it: a space is %20.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func hashHex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
