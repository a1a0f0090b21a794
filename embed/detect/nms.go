package detect

import (
	"cmp"
	"slices"

	"faceid/embed/photo"
)

// nms keeps, best score first, each detection that overlaps no better one by more than limit (intersection over union).
// Equal scores are ordered by place, so that the answer does not depend on the order of d. It orders d.
//
// A detector with points answers for one face from several cells, often with scores that differ by less than JPEG
// decoders do. Where the winner and a box that it suppresses differ by at most scoreTie, the smaller box of the two
// stands for the face, so that the answer does not jump between the candidates when a pixel changes by one.
func nms(d []Detection, limit float32) []Detection {
	byScore(d)
	var kept, best []Detection // what stands for each face, and what suppresses others
next:
	for _, x := range d {
		for i, k := range best {
			if photo.IoU(k.Box, x.Box) > limit {
				if x.Points != nil && k.Score-x.Score <= scoreTie && x.Box.Area() < kept[i].Box.Area() {
					kept[i] = x
				}
				continue next
			}
		}
		kept, best = append(kept, x), append(best, x)
	}
	return kept
}

// scoreTie is how far the scores of two candidates for a face may be apart and yet be exchanged by another decoder's
// rounding: libjpeg and image/jpeg differ by one grey level in a pixel of thirty, and YuNet's scores then by up to
// 2e-4.
const scoreTie = 2e-4

func byScore(d []Detection) { slices.SortFunc(d, better) }

// better orders detections: best score first, then by place.
func better(a, b Detection) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Box.Y0, b.Box.Y0), cmp.Compare(a.Box.X0, b.Box.X0),
		cmp.Compare(b.Box.Area(), a.Box.Area()))
}
