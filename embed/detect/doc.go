// Package detect finds faces: a Net is a detector's model (UltraFace, YuNet, SCRFD, CenterFace) and what one has to do
// around it so that every face is found once, and nothing else.
//
//	d, err := detect.New(entry, model)
//	found, err := d.Detect(m, nil) // best score first
//
// # Design
//
// Tiles: a detector sees a face from about 14 pixels of its input on. Where the whole photo shows a face of
// Options.MinSize smaller than that, finer levels of overlapping tiles follow, never enlarged beyond the photo's own
// pixels; the overlap is as wide as the smallest face that the level before shows, and what a tile's inner edge cuts is
// dropped, so each face is seen whole once.
//
// A model costs what its pixels cost, so there should be few. A graph for one size (UltraFace's) is cut before its
// priors, which are computed here, and then takes any: one finer level of a few large tiles replaces two or three of
// dozens of small ones, and second looks are as small as they can be. Rejected: to look for small faces only where a
// coarse look finds something, since a face of 7 pixels is nothing to it; int8, which other CPUs compute otherwise.
//
// Candidates are confirmed by a second look, in which the face stands elsewhere and at another scale (confirm.go);
// where nothing is found the photo is looked at again at other scales and with a lower threshold, unless Options.Once
// says not to.
//
// One file per kind of model holds nothing but the reading of its outputs, and names the paper.
package detect
