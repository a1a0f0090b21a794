package rekognition

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// The vectors get-vanilla, post-vanilla and get-header-value-trim of AWS's "Signature Version 4 Test Suite".
var vectors = []struct{ method, signed, sum string }{
	{"GET", "host;x-amz-date", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"POST", "host;x-amz-date", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{
		"GET",
		"host;my-header1;my-header2;x-amz-date",
		"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
	},
}

const unsigned = "UNSIGNED-PAYLOAD"

const vectorSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

var vectorTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

func vectorRequest(method string) *http.Request {
	r := httptest.NewRequest(method, "/", nil)
	r.Host = "example.amazonaws.com"
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	r.Header.Set("My-Header1", " value1")
	r.Header.Set("My-Header2", ` "a   b   c"`)
	return r
}

func header(signed, sum string) string {
	return "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" + signed +
		", Signature=" + sum
}

func TestSignature(t *testing.T) {
	for _, v := range vectors {
		s, ok := parseSignature(header(v.signed, v.sum))
		if !ok || s.accessKey != "AKIDEXAMPLE" || s.region != "us-east-1" || s.service != "service" {
			t.Fatalf("%+v, %v", s, ok)
		}
		check := func(change func(*http.Request), secret, body string, at time.Time) error {
			r := vectorRequest(v.method)
			if change != nil {
				change(r)
			}
			return s.check(r, []byte(body), secret, at)
		}
		now, tomorrow := vectorTime, vectorTime.AddDate(0, 0, 1)
		set := func(name, v string) func(*http.Request) { return func(r *http.Request) { r.Header.Set(name, v) } }
		if err := check(nil, vectorSecret, "", vectorTime.Add(14*time.Minute)); err != nil {
			t.Errorf("%s %s: %v", v.method, v.signed, err)
		}
		for name, err := range map[string]error{
			"another secret":   check(nil, vectorSecret+"x", "", vectorTime),
			"another body":     check(nil, vectorSecret, "{}", vectorTime),
			"too late":         check(nil, vectorSecret, "", vectorTime.Add(16*time.Minute)),
			"too early":        check(nil, vectorSecret, "", vectorTime.Add(-16*time.Minute)),
			"another host":     check(func(r *http.Request) { r.Host = "x" }, vectorSecret, "", vectorTime),
			"another method":   check(func(r *http.Request) { r.Method = "PUT" }, vectorSecret, "", vectorTime),
			"a query":          check(func(r *http.Request) { r.URL.RawQuery = "a=b" }, vectorSecret, "", vectorTime),
			"no date":          check(set("X-Amz-Date", ""), vectorSecret, "", now),
			"another day":      check(set("X-Amz-Date", "20150831T123600Z"), vectorSecret, "", tomorrow),
			"an unsigned body": check(set("X-Amz-Content-Sha256", unsigned), vectorSecret, "", now),
		} {
			if err == nil {
				t.Errorf("%s %s: %s is taken", v.method, v.signed, name)
			}
		}
	}
}

func TestParseSignature(t *testing.T) {
	good := header(vectors[0].signed, vectors[0].sum)
	but := func(old, new string) string { return strings.Replace(good, old, new, 1) }
	for _, bad := range []string{"", "Bearer x", but("host;", ""), but("host;", "Host;"), but("host;", "host;host;"),
		but("host;x-amz-date", "x-amz-date;host"), but("aws4_request", "x"), but("/us-east-1", ""), but("20150830", ""),
		good + "0", good[:len(good)-2], good + ", Signature=00", good + strings.Repeat(" ", maxHeader)} {
		if _, ok := parseSignature(bad); ok {
			t.Errorf("%q is taken", bad)
		}
	}
}

// No header opens anything but one made with the secret.
func FuzzSignature(f *testing.F) {
	for _, v := range vectors {
		f.Add(header(v.signed, v.sum), "20150830T123600Z", []byte(""))
	}
	f.Add(
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request,SignedHeaders=host;x-amz-date,Signature="+strings.Repeat(
			"0",
			64,
		),
		"",
		[]byte("x"),
	)
	f.Fuzz(func(t *testing.T, auth, date string, body []byte) {
		s, ok := parseSignature(auth)
		if !ok {
			return
		}
		r := vectorRequest("POST")
		r.Header.Set("X-Amz-Date", date)
		if s.check(r, body, "a secret that nobody signs with", vectorTime) == nil {
			t.Errorf("%q opens", auth)
		}
	})
}
