// Package cohort judges whether strangers' photos make a gallery's scores fairer, before scores are normalised by them.
//
//	v, err := cohort.Judge(strangers, own) // people by the embeddings of their photos
//	if v.Used { n, err := snorm.New(…) … }
//
// # Design
//
// A cohort helps the groups that it holds: at the model's own threshold a cohort of LFW alone leaves 9.8 and 8.7 times
// the false accepts asked for among basketball players and South Asian faces at 9.8 and 8.3; with South Asian faces in
// it the latter fall to 2.4 to 4.5. What it does not hold cannot be measured. So two things are asked of it. First, of
// the scores: that no face gains by them, which package snorm sees to; at one threshold no group's rate rises. Classic
// S-norm, which raises the scores of faces that few strangers look like, was tried first: a cohort of LFW and South
// Asian faces doubled the rate of basketball players (9.8 to 18.3 times), and at the threshold of a South Asian gallery
// let twelve times as many of them pass as cosine did (1.0 to 11.9 times); now these are 9.2 and 3.2.
//
// Second, that it shows a gain on people kept out of it. Halves of the cohort and of the gallery's people normalise
// each other. The cohort's groups are found by clustering, since nobody labels strangers. At one threshold the spread
// of their false accept rates must be large to begin with (else there is nothing to gain), and shrink by a fifth, also
// at the upper end of the 95 % interval that resampled people give; and true matches must not be lost, neither where
// the strictest group sets the threshold nor where the gallery's people do. Rates are by mean, deviation and LFW's
// tail: counts of a group of fifty are noise.
//
// The bounds were chosen on halves of LFW and the sets of package bench/trust, whose -cohort prints what they do to the
// other halves: refused are all cohorts of LFW, of LFW with 113 basketball players or 20 film actors; used are those
// with 755 South Asian faces beside LFW's, for galleries of all three sets, and those of South Asian faces where the
// gallery's people have two photos. The sets that chose the bounds are those in the table: others have yet to judge.
// Rejected: leaving each group out in turn and asking that it does not lose, which classic S-norm never passes (six to
// twenty times the rate, with every cohort tried); the spread within the gallery alone, which is too small to tell.
//
// The gallery's own people join the cohort, and look unlike everybody to it: Cross scores them as strangers like them.
// Without that, thresholds that say 1 in 1,000 let two to four times as many pass.
//
// # Caveats
//
// Where the gallery's people are of a group that the cohort corrects, their threshold falls, and of groups that are in
// neither more strangers pass than at the threshold before (2.9 to 3.2 times as many basketball players).
package cohort
