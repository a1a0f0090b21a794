// Package tidy finds the faults of a gallery and sorts unnamed photos into people, by nothing but embeddings.
//
//	var g tidy.Gallery
//	err := g.Add(0, embedding, sha256, usable) // of person 0, and so on
//	faults, err := tidy.Examine(ctx, &g, fit, nil) // fit: a calibrate.Fit of these people
//	clusters, err := tidy.Cluster(ctx, embeddings, fit, nil)
//
// It is a room of its own below recognize for calibrate's reason: pure functions, so that a benchmark plants faults and
// runs exactly what users get. Package recognize turns numbers into names and faults into the commands that mend them.
//
// # Design
//
// One number for two groups. Photos and people of any number of templates are compared by one score with one
// distribution among strangers, see scale; so a single curve, that of a calibration, says for all of them what is
// likely between strangers.
//
// Thresholds by false alarms. People who look like one are listed from the score on that so many of all pairs of people
// reach by chance as there may be false alarms, Options.Alarms per template: with a hundred people 1e-3 of the pairs,
// with ten thousand 1e-6. What a calibration says is therefore what the list may cost its reader.
//
// A runner-up tells more than the score. Where a person has one photo under each of two names, the pair scores less
// than some strangers do among so many. Some people are near many others, some near nobody: so below that score a pair
// counts where neither comes near a third one, see examiner.like. On LFW's even people with one photo per name, at
// eight false pairs per 1,000 names, the score alone finds 92.2 % of the pairs, less half of the runner-up's 94.0 %;
// scores normalised by the mean and deviation of each side's scores with everybody (S-norm within the gallery) 92.0 %.
//
// A person's templates are grouped first, at a score that strangers reach in two of a hundred pairs. The largest
// group is the person (the sub-centres of Deng and others, "Sub-center ArcFace", 2020, found after the fact); of
// several equal ones the one that nobody else claims. The others belong to whoever they look like, or to a stranger.
//
// Of a person's groups of one size the one that nobody certain claims is the person; who is certain by that may settle
// others. Where nothing settles it, nobody else's photos are said to be such a person's.
//
// All pairs are compared, by blocks of a matrix product of sketches that miss none, see sketch: 100,000 templates take
// less than half the time that as many searches of the index would, and what is found does not hang on an
// approximation. Of a template's neighbours the four nearest people are kept.
//
// Groups are joined by average linkage on a sparse graph. Rejected: connected components (one pair of look-alikes in
// ten thousand chains all of LFW together), Chinese Whispers and rank-order (other answers for another order of the
// photos, or settings without a unit), and a curve from the groups of a first pass (of people whom it leaves in pieces
// the pieces look like doubles, so that the threshold rises with every pass: film actors fell from F 0.80 to 0.24).
//
// # Caveats
//
// A person whose only templates are all somebody else's shows no fault, but looks like that other one. Twins look like
// one person enrolled twice. Where a person has two templates that are unlike and nobody claims either, no one can tell
// which is wrong: both are named.
package tidy
