package train

import (
	"bytes"
	"context"
	"image/jpeg"
	"path/filepath"

	"github.com/disintegration/imaging"

	"faceid/embed"
	"faceid/embed/photo"
)

// Thumbnails returns how the page of a run gets a small JPEG, at most 112 pixels to a side, of a photo by its name in
// the training set; nil of one that cannot be read any more.
func Thumbnails(ctx context.Context, root string) func(name string) []byte {
	const side = 112
	return func(name string) []byte {
		b, err := photo.File(ctx, filepath.Join(root, name), nil)
		if err != nil {
			return nil
		}
		m, err := embed.DecodeBytes(b, nil)
		if err != nil {
			return nil
		}
		var out bytes.Buffer
		small := imaging.Fit(m.NRGBA(), side, side, imaging.Linear)
		if err := jpeg.Encode(&out, small, &jpeg.Options{Quality: 80}); err != nil {
			return nil
		}
		return out.Bytes()
	}
}
