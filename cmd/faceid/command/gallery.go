package command

import (
	"github.com/spf13/cobra"

	"faceid/gallery"
	"faceid/internal/words"
)

func newGallery(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gallery",
		Short: "List, change, check, move and migrate the enrolled people",
	}
	cmd.AddCommand(newGalleryList(a, a.galleryList), newGalleryShow(a, a.galleryShow),
		newGalleryRename(a, a.galleryRename), newGalleryReject(a, a.galleryReject),
		newGalleryRemove(a, a.galleryRemove), newGalleryMove(a, a.galleryMove), newGalleryMerge(a, a.galleryMerge),
		newGalleryStats(a, a.galleryStats), newGalleryCheck(a, a.galleryCheck), newGalleryRepair(a, a.galleryRepair),
		newGalleryCompact(a, a.galleryCompact), newGalleryExport(a, a.galleryExport),
		newGalleryImport(a, a.galleryImport), newGalleryCopy(a, a.galleryCopy), newGalleryMigrate(a, a.galleryMigrate),
		newGalleryCalibrate(a, a.galleryCalibrate), newGalleryDoctor(a, a.galleryDoctor))
	return group(cmd)
}

// transfer is the options of a copy, an export or an import, with a bar.
func (a *app) transfer(label string) (*gallery.TransferOptions, *bar) {
	b := a.progress(label, -1)
	return &gallery.TransferOptions{Progress: b.show}, b
}

// printTransferred prints what was transferred; in JSON with what else is known, whole.
func (a *app) printTransferred(t gallery.Transferred, whole any) error {
	a.printf("%s (%d new), %s new, %d there before\n", words.Plural(t.People, "person", "people"), t.Created,
		words.Plural(t.Added, "template", "templates"), t.Duplicates)
	a.namesAlike(t.Alike)
	return a.printJSON(whole)
}
