package gallery_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"faceid/gallery"
	"faceid/gallery/gallerytest"
)

// TestImportNPZFlipped flips a bit near the end of each array of a backup: none of it is enrolled.
func TestImportNPZFlipped(t *testing.T) {
	const dim = 8
	from := open(t, filepath.Join(t.TempDir(), "from"), dim)
	gallerytest.Populate(t, from, dim, 11)
	var b bytes.Buffer
	if err := gallery.ExportNPZ(t.Context(), from, &b, nil); err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		bad := slices.Clone(good)
		bad[at+int64(f.CompressedSize64)-6] ^= 1 // of a stored array the low bits of a number's fraction
		to := open(t, filepath.Join(t.TempDir(), "to"), dim)
		_, err = gallery.ImportNPZ(t.Context(), to, bytes.NewReader(bad), int64(len(bad)),
			&gallery.TransferOptions{Batch: 10})
		if !errors.Is(err, gallery.ErrFormat) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if i, err := to.Info(t.Context()); err != nil || i.People != 0 {
			t.Errorf("%s: %d people of a damaged file were enrolled, %v", f.Name, i.People, err)
		}
		_, err = gallery.ImportNPZ(t.Context(), to, bytes.NewReader(bad), int64(len(bad)),
			&gallery.TransferOptions{NoTrunk: true})
		if ok := f.Name == "trunks.npy"; ok != (err == nil) {
			t.Errorf("%s, without trunk features: %v", f.Name, err)
		}
	}
}
