package host

import (
	"bufio"
	"bytes"
	"io"
	"mime/multipart"
	"strings"
)

// sniffBoundary reads the boundary off the first line of a multipart body, for clients that do not say it.
func sniffBoundary(in *bufio.Reader) string {
	line, _ := in.Peek(80) // a boundary has 70 characters at most (RFC 2046)
	line, _, _ = bytes.Cut(line, []byte("\n"))
	b, ok := strings.CutPrefix(strings.TrimRight(string(line), "\r"), "--")
	if !ok || len(b) > 70 {
		return ""
	}
	return b
}

func (f *Form) readMultipart(in *multipart.Reader, boundary string) error {
	if boundary == "" || len(boundary) > 70 {
		return Bad("the multipart body has no boundary")
	}
	for n := 0; ; n++ {
		p, err := in.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return badBody(err)
		}
		if n == maxParts {
			return Bad("more than %d parts in the multipart body", maxParts)
		}
		if enc := strings.ToLower(p.Header.Get("Content-Transfer-Encoding")); enc != "" && enc != "binary" &&
			enc != "8bit" &&
			enc != "7bit" {
			return Bad("parts of a multipart body are sent as they are, not in %.20q", enc)
		}
		name := p.FormName()
		if p.FileName() == "" && p.Header.Get("Content-Type") == "" {
			b, err := readBounded(p, maxValue)
			if err != nil {
				return badBody(err)
			}
			f.values[name] = append(f.values[name], string(b))
			continue
		}
		if len(f.files) >= f.limits.Photos {
			return &Fault{Status: 413, Code: "too_many_photos", Message: "more photos than a request may have",
				Hint: "send them in several requests", Details: map[string]int{"limit": f.limits.Photos}}
		}
		data, err := readBounded(p, f.limits.Photo)
		if err != nil {
			return badBody(err)
		}
		f.files = append(f.files, Upload{name, cleanName(p.FileName()), data})
	}
}
