package measure

import (
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"slices"

	"faceid/embed"
	"faceid/internal/atomicfile"
	"faceid/recognize/sheet"
)

// DrawFaces writes the photo with its faces marked to a PNG file. It shows faces: it is the owner's alone (0600), and
// it is written whole or not at all. stdin is the photo whose path is "-"; nil: "-" is a file.
func DrawFaces(file string, stdin []byte, photo embed.Photo, label func(i int, f embed.Face) string) (err error) {
	b := stdin
	if photo.Path != "-" || b == nil {
		if b, err = os.ReadFile(photo.Path); err != nil {
			return err
		}
	}
	m, err := embed.DecodeBytes(b, nil)
	if err != nil {
		return err
	}
	labels := make([]string, len(photo.Faces))
	for i, f := range photo.Faces {
		labels[i] = label(i, f)
	}
	return writePNG(file, embed.Draw(m, photo.Faces, labels))
}

func writePNG(file string, m image.Image) error {
	return atomicfile.Write(file, 0o600, func(w io.Writer) error { return png.Encode(w, m) })
}

// DrawSheet draws the false pairs, then the missed ones, with the people's names; see package sheet.
func (p *People) DrawSheet(file string) error {
	var pairs []sheet.Pair
	for _, x := range slices.Concat(p.False, p.Missed) {
		pairs = append(pairs, sheet.Pair{A: sheet.Face{Path: x.A, Box: x.boxA, Name: x.PersonA},
			B: sheet.Face{Path: x.B, Box: x.boxB, Name: x.PersonB}, Score: fmt.Sprintf("%.3f", x.Score)})
	}
	return sheet.Write(file, pairs)
}
