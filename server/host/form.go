package host

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Upload is a file of a request.
type Upload struct {
	Field    string
	Filename string // as the client says, for its eyes alone; never a path here
	Data     []byte
}

// Form is the body of a request: files and values of a multipart form, or the members of a JSON object, in which a file
// is a string of base64. A picture alone is the file "image".
type Form struct {
	files  []Upload
	values map[string][]string
	json   map[string]json.RawMessage
	limits Limits
}

const (
	maxParts = 1000
	maxValue = 1 << 20 // bytes of a value in a multipart form
)

// kinds says which bodies are read.
const kinds = "send multipart/form-data, application/json or image/…, and say which in Content-Type"

// Form reads the body of a request, bounded by the limits. An empty body is an empty form.
func (h *Host) Form(w http.ResponseWriter, r *http.Request) (*Form, error) {
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return nil, &Fault{
			Status:  415,
			Code:    "unsupported_encoding",
			Message: "the body is encoded",
			Hint:    "send it as it is",
		}
	}
	return readForm(r.Header.Get("Content-Type"), http.MaxBytesReader(w, r.Body, h.o.Limits.Body), h.o.Limits)
}

// readForm reads a body of a content type.
func readForm(contentType string, body io.Reader, l Limits) (*Form, error) {
	f := &Form{values: map[string][]string{}, limits: l}
	in := bufio.NewReader(body)
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil && contentType != "" && !strings.HasPrefix(strings.ToLower(contentType), "multipart/form-data") {
		return nil, Bad("the Content-Type is none")
	}
	if err != nil && contentType != "" {
		kind, params = "multipart/form-data", nil
	}
	switch {
	case kind == "multipart/form-data":
		boundary := params["boundary"]
		if boundary == "" {
			boundary = sniffBoundary(in)
		}
		err = f.readMultipart(multipart.NewReader(in, boundary), boundary)
	case kind == "application/json" || strings.HasSuffix(kind, "+json") || kind == "" || kind == "text/plain":
		err = f.readJSON(in)
	case strings.HasPrefix(kind, "image/") || kind == "application/octet-stream":
		var data []byte
		if data, err = readBounded(in, l.Photo); err == nil {
			f.files = []Upload{{Field: "image", Data: data}}
		}
	default:
		err = &Fault{
			Status:  415,
			Code:    "unsupported_media_type",
			Message: "bodies of this Content-Type are not read here",
			Hint:    kinds,
		}
	}
	return f, err
}

// badBody says what is wrong with a body that cannot be read: never the server's fault.
func badBody(err error) error {
	var large *http.MaxBytesError
	var fault *Fault
	switch {
	case errors.As(err, &large) || errors.As(err, &fault):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		return &Fault{
			Status:  400,
			Code:    "body_cut_off",
			Message: "the body is cut off",
			Hint:    "send the whole body",
			Err:     err,
		}
	}
	return &Fault{Status: 400, Code: "bad_request", Message: "the body cannot be read as what it says it is", Err: err}
}

// cleanName is a file's name as it may be told back.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(s, "_"))
	return s[:min(len(s), 255)]
}

func readBounded(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, badBody(err)
	}
	if int64(len(b)) > most {
		return nil, &Fault{Status: 413, Code: "photo_too_large", Message: "a file or value is larger than it may be",
			Hint: "shrink the photo", Details: map[string]int64{"limit_bytes": most}}
	}
	return b, nil
}

func (f *Form) readJSON(in io.Reader) error {
	b, err := io.ReadAll(in)
	if err != nil {
		return badBody(err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, &f.json); err != nil {
		return &Fault{Status: 400, Code: "bad_json", Message: "the body is not a JSON object", Hint: kinds, Err: err}
	}
	return nil
}

// Text is a value; "" where it is not given.
func (f *Form) Text(name string) (string, error) {
	if v := f.values[name]; len(v) > 0 {
		if !utf8.ValidString(v[0]) {
			return "", Bad("%s is not UTF-8", name)
		}
		return v[0], nil
	}
	var s string
	return s, f.JSON(name, &s)
}

// Has tells whether a value is given.
func (f *Form) Has(name string) bool {
	_, inJSON := f.json[name]
	return inJSON || len(f.values[name]) > 0
}

// Names are those of all values and files that are given, each once or more often.
func (f *Form) Names() (names []string) {
	for name := range f.values {
		names = append(names, name)
	}
	for name := range f.json {
		names = append(names, name)
	}
	for _, u := range f.files {
		names = append(names, u.Field)
	}
	return names
}

// Object is a value that is a JSON object, nil where it is not given or null.
func (f *Form) Object(name string) (json.RawMessage, error) {
	var raw json.RawMessage
	err := f.JSON(name, &raw)
	if string(raw) == "null" {
		raw = nil
	}
	return raw, err
}

// JSON decodes a value that is JSON, in a form or in a JSON body, into v; v stays as it is where it is not given.
func (f *Form) JSON(name string, v any) error {
	raw, ok := f.json[name]
	if !ok {
		if len(f.values[name]) == 0 {
			return nil
		}
		raw = json.RawMessage(f.values[name][0])
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return &Fault{Status: 400, Code: "bad_request", Message: name + " is not what it should be", Err: err}
	}
	return nil
}

// Photos are the files of these names, in the order of the body, or of the names where the body is JSON: there each is
// a string, or an array of strings, of base64.
func (f *Form) Photos(names ...string) ([]Upload, error) {
	var out []Upload
	for _, u := range f.files {
		for _, n := range names {
			if u.Field == n {
				out = append(out, u)
				break
			}
		}
	}
	for _, n := range names {
		raw, ok := f.json[n]
		if !ok || string(raw) == "null" {
			continue
		}
		var list []string
		if json.Unmarshal(raw, &list) != nil {
			var one string
			if err := json.Unmarshal(raw, &one); err != nil {
				return nil, Bad("%s is neither a string of base64 nor an array of them", n)
			}
			list = []string{one}
		}
		if len(out)+len(list) > f.limits.Photos {
			return nil, &Fault{Status: 413, Code: "too_many_photos", Message: "more photos than a request may have",
				Hint: "send them in several requests", Details: map[string]int{"limit": f.limits.Photos}}
		}
		for _, s := range list {
			data, err := Base64(s)
			if err != nil {
				return nil, &Fault{Status: 400, Code: "bad_base64", Message: n + " is not base64", Err: err}
			}
			if int64(len(data)) > f.limits.Photo {
				return nil, &Fault{Status: 413, Code: "photo_too_large", Message: "a photo is larger than it may be",
					Hint: "shrink the photo", Details: map[string]int64{"limit_bytes": f.limits.Photo}}
			}
			out = append(out, Upload{Field: n, Data: data})
		}
	}
	return out, nil
}

// Photo is the one file of these names.
func (f *Form) Photo(names ...string) (Upload, error) {
	all, err := f.Photos(names...)
	switch {
	case err != nil:
		return Upload{}, err
	case len(all) != 1:
		return Upload{}, &Fault{Status: 400, Code: "photo_missing", Message: "one photo is needed, as " + names[0],
			Details: map[string]int{"photos": len(all)}}
	case len(all[0].Data) == 0:
		return Upload{}, &Fault{Status: 400, Code: "photo_missing", Message: names[0] + " is empty"}
	}
	return all[0], nil
}

// Base64 decodes base64 of either alphabet, with or without padding, line breaks and a data URL's beginning.
func Base64(s string) ([]byte, error) {
	if strings.HasPrefix(s, "data:") {
		_, rest, ok := strings.Cut(s, ";base64,")
		if !ok {
			return nil, errors.New("a data URL without base64")
		}
		s = rest
	}
	s = strings.TrimRight(strings.TrimSpace(s), "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}
