package photo

import (
	"bytes"
	"errors"
	"strings"
)

// Formats are the names of what can be read, in words.
const Formats = "JPEG, PNG, GIF, BMP, TIFF, WebP, HEIC and AVIF"

// sniff finds the format by the first bytes. What people often have instead is recognised and answered with the way
// out.
func sniff(b []byte) (*format, error) {
	has := func(at int, s string) bool { return len(b) >= at+len(s) && string(b[at:at+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8"):
		return formatJPEG, nil
	case has(0, "\x89PNG\r\n\x1a\n"):
		return formatPNG, nil
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return formatGIF, nil
	case has(0, "BM"):
		return formatBMP, nil
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return formatTIFF, nil
	case has(0, "RIFF") && has(8, "WEBP"):
		return formatWebP, nil
	case has(4, "ftyp") && len(b) >= 12:
		switch isoKind(b) {
		case "HEIC":
			return formatHEIC, nil
		case "AVIF":
			return formatAVIF, nil
		}
	}
	bad := &DecodeError{Kind: ErrFormat, Advice: "supported are " + Formats}
	page := strings.ToLower(strings.TrimSpace(string(b[:min(len(b), 64)])))
	switch {
	case len(b) == 0:
		bad.Kind, bad.Detail, bad.Advice = ErrTruncated, "the file is empty", adviceTruncated
	case len(b) < 12 && startsAny(b, "\xff\xd8", "\x89PNG\r\n\x1a\n", "GIF8", "BM", "II*", "MM\x00", "RIFF",
		"\x00\x00\x00"):
		bad.Kind, bad.Detail, bad.Advice = ErrTruncated, "only the first bytes are there", adviceTruncated
	case has(4, "ftyp") && isoKind(b) == "CR3 raw":
		bad.Format, bad.Advice = "CR3 raw", "develop it to JPEG with the camera maker's software or darktable"
	case has(4, "ftyp"):
		bad.Format, bad.Detail = "MP4", "this is a video"
		bad.Advice = "extract frames first, for example: ffmpeg -i video.mp4 -r 1 frame%04d.jpg"
	case has(0, "\xff\x0a"), has(0, "\x00\x00\x00\x0cJXL "):
		bad.Format, bad.Advice = "JPEG XL", "convert it to JPEG, for example: djxl photo.jxl photo.jpg"
	case has(0, "\x00\x00\x00\x0cjP  "), has(0, "\xff\x4f\xff\x51"):
		bad.Format, bad.Advice = "JPEG 2000", "convert it to JPEG, for example: magick photo.jp2 photo.jpg"
	case has(0, "II+\x00"), has(0, "MM\x00+"):
		bad.Format, bad.Advice = "BigTIFF", "save it as an ordinary TIFF, PNG or JPEG"
	case has(0, "IIRO"), has(0, "IIRS"), has(0, "IIU\x00"), has(0, "FUJIFILMCCD-RAW"):
		bad.Format, bad.Advice = "camera raw", "develop it to JPEG with the camera maker's software or darktable"
	case has(0, "8BPS"):
		bad.Format, bad.Advice = "Photoshop", "export it as JPEG or PNG"
	case has(0, "%PDF"):
		bad.Format, bad.Advice = "PDF", "export its page as JPEG or PNG, for example: pdftoppm -jpeg file.pdf photo"
	case has(0, "version https://git-lfs"):
		bad.Format, bad.Detail, bad.Advice = "Git LFS pointer", "this is the stand-in for the photo, not the photo",
			"run: git lfs pull"
	case strings.HasPrefix(page, "<!doctype html"), strings.HasPrefix(page, "<html"):
		bad.Format, bad.Detail, bad.Advice = "HTML", "this is a web page, often the error page of a download",
			"download the photo itself again"
	case strings.HasPrefix(page, "<svg"), strings.HasPrefix(page, "<?xml"):
		bad.Format, bad.Advice = "SVG or XML", "export it as PNG"
	}
	return nil, bad
}

// Begins reports whether head, the first bytes of a file, are those of a photo, or of another file that DecodeBytes
// knows by name and refuses. It is false for other text, such as a list of paths, however that begins. 512 bytes are
// enough.
func Begins(head []byte) bool {
	_, err := sniff(head)
	var d *DecodeError
	if errors.As(err, &d) {
		switch d.Format {
		case "":
			return false
		case "HTML", "SVG or XML", "Git LFS pointer":
			return true
		}
	}
	return len(head) > 0 && (head[0] >= 0x80 || bytes.IndexByte(head, 0) >= 0)
}

// MediaType is the media type of a photo by its first bytes, as image/jpeg, whatever its name; empty where it is none
// of Formats. A raw file of a camera is of TIFF's kind. Nothing is decoded: what follows may be broken.
func MediaType(b []byte) string {
	f, err := sniff(b)
	if err != nil {
		return ""
	}
	return "image/" + strings.ToLower(f.name)
}

// startsAny tells whether b is the beginning of one of the magics, or begins with one.
func startsAny(b []byte, magics ...string) bool {
	for _, m := range magics {
		if strings.HasPrefix(m, string(b)) || strings.HasPrefix(string(b), m) {
			return true
		}
	}
	return false
}

// isoKind tells the formats that share the ISO base media container by their brands; "" is for videos.
func isoKind(b []byte) string {
	brands := b[8:min(len(b), 8+max(4, int(b[3])-8), 64)]
	switch {
	case bytes.Contains(brands, []byte("avif")), bytes.Contains(brands, []byte("avis")):
		return "AVIF"
	case bytes.HasPrefix(brands, []byte("he")), bytes.Contains(brands, []byte("mif1")),
		bytes.Contains(brands, []byte("msf1")), bytes.Contains(brands, []byte("hei")):
		return "HEIC"
	case bytes.HasPrefix(brands, []byte("crx ")):
		return "CR3 raw"
	}
	return ""
}
