// Package pictures keeps the photos that templates were made of, where somebody asks for that: in a folder beside the
// gallery's file, 0700, each as it was sent, 0600, by the name of its SHA-256, which the templates have.
//
//	f := pictures.Beside("gallery.db")
//	err = f.Put(photo)            // after e.Enrol
//	photo, err = f.Read(t.Source.SHA256)
//	n, err := f.Sweep(ctx, e)     // after e.Remove
//
// # Caveats
//
// A photo is kept whole, with others on it and with what the camera wrote into it, until the last template made of it
// is removed. Deleting unlinks the file; what a disk does with its blocks is the disk's. Where the system has no file
// locks (Windows), one program at a time may use a gallery with photos.
//
// # Design
//
// Names are of the content, so that moves, merges, exports and imports of people have nothing to do here, and one photo
// with templates of several people is there once. Rejected: names of templates, which would need all of that.
//
// First the template, then its photo; first the template is removed, then its photo. A crash between leaves a template
// without a photo, or a photo without a template, which the next Sweep deletes. Rejected: the photo first, which puts
// photos on the disk that are never enrolled. Both sides take a lock, for writing one photo and for a whole sweep, and
// each looks at the gallery when it has it: a photo cannot be deleted by somebody who looked before its template was
// there. Rejected: photos in the gallery's SQLite file, which every backup, copy and checksum would then carry.
package pictures
