// Package recognize decides: which models and which gallery go together, what counts as the same person, which of
// several faces is meant, who is known, and whom a name means. The command line, a server and somebody's Go program are
// doors to it; they have flags, routes and words, and decide nothing.
//
//	r, err := recognize.Open(ctx, &recognize.Options{Gallery: "door.db"})
//	...
//	defer r.Close()
//	_, err = r.Enroll(ctx, "Ada", "ada1.jpg", "ada2.jpg")
//	for a, err := range r.Identify(ctx, embed.Files("door.jpg")) {
//		... a.Face, a.Person /* nil: unknown */, a.Score, a.Threshold ...
//	}
//
// # Caveats
//
// A score is a cosine similarity, not a probability. A threshold stands for a false accept rate that was measured on
// certain people (Point.On); on others the rate may be ten times as high.
//
// Nothing here reaches the network. Models that are missing are an error, unless Options.Models has a Fetch; a gallery
// that lives elsewhere needs an opener in Options.Engines.
//
// # Design
//
// A Recognizer opens its parts when they are first needed: whoever lists people loads no model, and whoever verifies a
// pair opens no gallery. Rejected: one constructor for each combination of parts, since the rule that ties them
// together (photos are compared in the way that the gallery was enrolled) would stand in each.
//
// Answers are sequences. A folder of 50,000 photos is analysed by as many workers as there are cores and answered in
// order, in bounded memory; a caller that stops early stops the work. One bad photo is an error beside its answer and
// does not end the rest.
//
// An enrolment passes over what it stored before: it asks the gallery for the checksums of the person's photos and the
// pipeline for those of the new ones, so that an interrupted enrolment goes on by the same call. Rejected: a journal
// beside the gallery, which can disagree with it.
package recognize
