package command

import "testing"

func TestGalleryCopyFlags(t *testing.T) {
	testFlags(t, newGalleryCopy, []flagCase[galleryCopyOptions]{
		{args: "a.db weaviate://h:1/Faces", want: &galleryCopyOptions{from: "a.db", to: "weaviate://h:1/Faces"}},
		{args: "a.db", bad: "accepts 2 arg(s)"},
		{args: "a.db b.db c.db", bad: "accepts 2 arg(s)"},
	})
}
