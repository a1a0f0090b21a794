package command

import "testing"

func TestGalleryDoctorFlags(t *testing.T) {
	testFlags(t, newGalleryDoctor, []flagCase[galleryDoctorOptions]{
		{args: "", want: &galleryDoctorOptions{}},
		{args: "--all", want: &galleryDoctorOptions{all: true}},
		{args: "more", bad: "unknown command"},
	})
}
