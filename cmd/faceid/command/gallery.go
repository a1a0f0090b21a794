package command

import (
	"github.com/spf13/cobra"

	"faceid/gallery"
)

func newGallery(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gallery",
		Short: "List, change, check, move and migrate the enrolled people",
	}
	cmd.AddCommand(newGalleryList(a, a.galleryList), newGalleryShow(a, a.galleryShow), newGalleryRename(a, a.galleryRename),
		newGalleryRemove(a, a.galleryRemove), newGalleryStats(a, a.galleryStats), newGalleryCheck(a, a.galleryCheck),
		newGalleryCompact(a, a.galleryCompact), newGalleryExport(a, a.galleryExport), newGalleryImport(a, a.galleryImport),
		newGalleryCopy(a, a.galleryCopy), newGalleryMigrate(a, a.galleryMigrate), newGalleryCalibrate(a, a.galleryCalibrate))
	return group(cmd)
}

// transfer is the options of a copy, an export or an import, with a bar.
func (a *app) transfer(label string) (*gallery.TransferOptions, *bar) {
	b := a.progress(label, -1)
	return &gallery.TransferOptions{Progress: func(done, total int) {
		if total > 0 {
			b.total = int64(total)
		}
		b.set(int64(done))
	}}, b
}

func (a *app) printTransferred(t gallery.Transferred) error {
	if a.json {
		return a.printJSON(t)
	}
	a.printf("%s (%d new), %s new, %d there before\n", plural(t.People, "person", "people"), t.Created,
		plural(t.Added, "template", "templates"), t.Duplicates)
	return nil
}
