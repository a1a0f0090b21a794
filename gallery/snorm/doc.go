// Package snorm normalises the scores of a gallery by a cohort of strangers: for each side of a pair it asks how that
// face scores with people who are certainly somebody else.
//
//	m, err := snorm.Fit(strangers) // one unit embedding per stranger
//	n, err := snorm.New(m.Join(own, snorm.OwnWeight), strangers, mean, sd)
//	score := n.Score(cosine, n.Sides(probe), n.Sides(template))
//	found, err := n.Search(ctx, engine, probes, 10, weight)
//
// Groups of people differ in how alike their members look to a model, so one threshold passes more strangers of one
// group than of another. Of a face e the scores with the cohort have mean μ = eᵀm and variance σ² = eᵀSe, where m and S
// are mean and covariance of the cohort's embeddings. The score of a pair is
//
//	z = ½[(s − μ_p)/σ_p + (s − μ_t)/σ_t]
//
// s the cosine similarity (symmetric normalisation, S-norm: Kenny, "Bayesian Speaker Verification with Heavy-Tailed
// Priors", 2010; its closed form follows from s being linear in either side). z is then mapped to a + b·z, so that the
// cohort's own pairs have the mean and the deviation that cosines of different people have, and thresholds keep their
// look.
//
// A cohort helps the groups that it holds and may hurt others; package cohort of recognize judges that. Here is no
// judgement, no threshold and no I/O.
//
// # Design
//
// Shrinkage. A few hundred people say little of a covariance in 512 dimensions. S is the mean of the sample's and of
// the multiple of the identity with the same trace: by the Ledoit–Wolf estimate 0.05 to 0.15 would do, but on LFW and
// three other sets a half moves no figure that matters, and it keeps the least eigenvalue away from 0.
//
// Bounded sides. σ and μ/σ of a face are kept within what the cohort's own faces have. So no odd template can win by a
// σ that no face has; and for a probe and a cosine there is a bound of z that needs to know nothing of the templates,
// see Bound. Search takes from the engine's exact index the nearest by cosine, and twice as many until the bound says
// that nobody further can be among the K best: the answer is that of a scan over everybody.
// Rejected: bounds by the least eigenvalue of S and the length of m, which need no clamp but ask for a quarter of the
// gallery; the least σ of the gallery's own templates, which must be known before every search, of templates too that
// another process stored a moment ago.
//
// The gallery's own people join m and S with a weight of OwnWeight at most. Alone they would cost true accepts: what
// all of them share is what sets them apart from strangers. Measured with a cohort of LFW and South Asian halves and 50
// basketball players enrolled, other players' false accepts at LFW's 1e-3: 12.4 times without them, 7.7 with a weight
// of 0.1, 4.7 with 0.2, 2.1 with 0.35; from there on LFW's own true accepts and the other groups begin to pay.
package snorm
