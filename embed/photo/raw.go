package photo

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
)

// Tags of TIFF/EP, Exif and DNG by which a camera's raw file is known, and its previews are found.
const (
	tagSubfile    = 254 // bit 0: a smaller version of another picture
	tagSubDirs    = 330
	tagJPEG       = 513
	tagJPEGBytes  = 514
	tagDNGVersion = 50706
)

// minPreview is the shorter side in pixels from which on a preview stands for the photo: below lie thumbnails.
const minPreview = 480

// raw tells whether a TIFF file is a camera's raw file, or another whose first picture is only the small version of
// one: what it shows of itself is then not the photo.
func raw(b []byte) bool {
	order := tiffOrder(b)
	if order == nil {
		return false
	}
	d, _, ok := readTIFFDir(b, order.Uint32(b[4:]))
	return ok && (d.one(tagSubfile, 0)&1 == 1 || d[tagDNGVersion] != nil || len(b) > 10 && string(b[8:10]) == "CR")
}

// preview returns the largest JPEG in a raw file that is large enough, or nil.
func preview(b []byte) (best []byte, w, h int) {
	order := tiffOrder(b)
	todo := []uint32{order.Uint32(b[4:])}
	for seen := 0; len(todo) > 0 && seen < 64; seen++ { // a hostile file may go round in circles
		d, next, ok := readTIFFDir(b, todo[0])
		todo = todo[1:]
		if !ok {
			continue
		}
		if next != 0 {
			todo = append(todo, next)
		}
		todo = append(todo, d[tagSubDirs][:min(16, len(d[tagSubDirs]))]...)
		for _, p := range [][2]uint16{{tagJPEG, tagJPEGBytes}, {tagStrips, tagStripBytes}} {
			if len(d[p[0]]) != 1 || len(d[p[1]]) != 1 {
				continue
			}
			at, n := uint64(d[p[0]][0]), uint64(d[p[1]][0])
			if at > uint64(len(b)) || n > uint64(len(b))-at || !bytes.HasPrefix(b[at:at+n], []byte("\xff\xd8")) {
				continue
			}
			// A raw picture itself may be a JPEG without loss, which no decoder here reads.
			c, err := jpeg.DecodeConfig(bytes.NewReader(b[at : at+n]))
			if err == nil && min(c.Width, c.Height) >= minPreview && c.Width*c.Height > w*h {
				best, w, h = b[at:at+n], c.Width, c.Height
			}
		}
	}
	return best, w, h
}

// fromRaw decodes a raw file's preview. Which way is up the file says, and not the preview, which may say it again.
func fromRaw(ctx context.Context, b []byte, d DecodeOptions) (picture, error) {
	p, w, h := preview(b)
	if p == nil {
		return picture{}, &DecodeError{Kind: ErrFormat, Format: "camera raw",
			Detail: fmt.Sprintf("it holds no JPEG preview of %d pixels or more a side", minPreview),
			Advice: "develop it to JPEG with the camera maker's software or darktable"}
	}
	o := 1
	if !d.AsStored {
		o = orientation(b, metaTIFF)
	}
	d.AsStored = true
	m, err := decode(ctx, p, d, nil)
	if err != nil {
		return picture{}, err
	}
	m.remark = fmt.Sprintf("a camera's raw file; its preview of %d × %d pixels is read", w, h)
	m.Image = m.Image.Orient(o)
	return m, nil
}
