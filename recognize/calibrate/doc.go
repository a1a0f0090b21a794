// Package calibrate finds, from the scores between different enrolled people, the threshold that gives a wanted false
// accept rate among people like them, and says how far that can be trusted.
//
//	sample, _, err := calibrate.Pairs(people, nil) // one score per pair of people
//	sample.LeaveOut()                              // those who look enrolled twice
//	fit, err := calibrate.New(ref, sample)         // ref: from the thresholds that the model ships with
//	t := fit.Threshold(1e-4)
//	far, low, high := fit.FAR(t) // with a 95 % interval
//
// A model's shipped thresholds hold for the photos on which they were measured, LFW's. Among people who are more alike
// (one team, one region, one family) the same threshold passes 10 to 20 times as many strangers, among children 150
// times. The user's own people know better, and about twenty of them are enough.
//
// It is a room of its own, below recognize, because it estimates and recognize decides: which rate to ask for, when too
// few are enrolled, what is kept in the gallery and what is said. Here are pure functions of scores and embeddings: no
// gallery, no files, no model, so that a benchmark can put thousands of samples through exactly what users get.
//
// # Method
//
// Four moments and a shape. The scores of n people have a mean, a standard deviation, a skewness and a kurtosis. A
// threshold lies z standard deviations above the mean, and z at a rate differs from set to set: on LFW 3.41 at 1e-3
// where a normal curve has 3.09, among South Asian faces 3.54, among basketball players 3.23. But all sets measured
// follow one family from 1e-2 to 1e-5: the normal curve's z plus λ times LFW's excess over it. λ = 1 is LFW, λ = 0 a
// normal curve (people who are all alike), up to 1.7 for a mixture of groups.
//
// A prior that fades. With 20 people there are 190 pairs, and the third and fourth moments are mostly noise. So the
// five numbers have a normal prior, taken from sets of people and centred near what the model ships with, and the
// moments that were seen are normal observations of them, with the noise that a sample of n people has (about 1/n, as
// of independent pairs, plus what pairs of one person share). The posterior is closed form. At 10 people the prior
// decides about everything but the mean; at 100 it decides about little.
//
// The threshold is where the *expected* rate is the one asked for, the mean over what the five numbers may still be. It
// is therefore stricter the less is known: uncertainty costs true accepts, never false ones.
//
// The counted rate. The family is not exact. The ratio of the true rate to the family's has a Gamma prior, and the
// pairs at or above a threshold are counted against it, each worth less than one since pairs of one person rise
// together. Below some ten counted pairs the family speaks, above a hundred the count.
//
// The interval. What it promises holds on the average of sets of people, as the prior does: 95 of 100 intervals hold
// the true rate where the set is like those that the prior is from, and its people are drawn at random. Prior and noise
// are themselves figures of nine sets, so the posterior's deviations are those of Student's t with seven degrees of
// freedom, and more with more people. The moments and the count are of the same pairs: as long as the family still
// speaks, the count narrows the interval by less than its pairs are worth. The more people, the less is left to a shape
// that their moments do not tell, see known. `make bench-trust` draws galleries of 5, 10, 20, 50 and 100 people, 300 to
// 500 of each: 96.8 to 98.5 % of the intervals hold the truth at every size, at 1e-3 and at 1e-4.
//
// Rejected: the same z as LFW on the sample's own mean and deviation (4 to 5 times the rate asked for in one of ten
// samples of 20 people, and a third of it where people are alike); upper semi-deviations in place of skewness (the same
// shape for all sets, but more noise than that is worth); a generalised Pareto tail (of 190 pairs fewer than twenty lie
// where it would be fitted); thresholds by counting alone (needs 1/FAR pairs ten times over).
//
// # Caveats
//
// The rate holds for strangers who are like those enrolled, photographed alike. It says nothing about twins or
// siblings. Of one person only one photo is compared per pair, so neither people with many photos nor series of one day
// rule. Pairs that look like one person enrolled twice are left out and reported (Sample.Twice): left in, they would
// pass for strangers whom no threshold can tell apart.
package calibrate
