package command

import "testing"

func TestGalleryDoctorFlags(t *testing.T) {
	testFlags(t, newGalleryDoctor, []flagCase[galleryDoctorOptions]{
		{args: "", want: &galleryDoctorOptions{}},
		{args: "--all", want: &galleryDoctorOptions{all: true}},
		{args: "-o s.png", want: &galleryDoctorOptions{sheet: "s.png"}},
		{args: "--sheet s.gif", bad: "end the name in .png"},
		{args: "more", bad: "unknown command"},
	})
}
