// Package snorm normalises the scores of a gallery by a cohort of strangers: for each side of a pair it asks how that
// face scores with people who are certainly somebody else.
//
//	n, err := snorm.New(strangers) // a unit embedding of each
//	n, err = n.With(own)           // the gallery's people join
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
// Priors", 2010; its closed form follows from s being linear in either side). z is mapped back to cosines.
//
// A cohort helps the groups that it holds and may not help others; package cohort of recognize judges that. Here is no
// judgement, no threshold and no file.
//
// # Design
//
// One side only. S-norm raises the scores of faces that few strangers look like, and these are those whom the cohort
// does not hold: it would let pass more of the people of whom it knows nothing. So σ and μ/σ of a face are kept at or
// above the median of the strangers', and z is mapped so that two faces at both medians score their cosine. Then no
// score is above its cosine, at no threshold does any group have more false accepts than by cosine, and half of all
// faces score just that. What is left is to lower the scores of faces that many people look like. At the other end σ
// and μ/σ are kept within the most that a stranger has: no odd template is lowered more than any face was.
//
// The bound. That the score is never above the cosine is all that an exact search needs, and what the probe's own side
// says makes it tighter, see BoundOf: Search takes from the engine's index the nearest by cosine, and twice as many,
// until nobody further can be among the K best; whoever cannot is not looked at. Rejected:
// bounds by the least σ of the gallery's templates, which must be known before every search, of templates too that
// another process stored a moment ago; and by the least eigenvalue of S, which ask for a quarter of the gallery.
//
// Shrinkage. A few hundred people say little of a covariance in 512 dimensions. S is the mean of the sample's and of
// the multiple of the identity with the same trace: by the Ledoit–Wolf estimate 0.05 to 0.15 would do, but on LFW and
// three other sets a half moves no figure that matters, and it keeps σ steady.
//
// The gallery's own people join m and S with a weight of OwnWeight at most. Alone they would cost true accepts: what
// all of them share is what sets them apart from strangers. With classic S-norm, a cohort of LFW and South Asian halves
// and 50 basketball players enrolled, other players' false accepts at LFW's 1e-3 were 12.4 times without them, 7.7 with
// a weight of 0.1, 4.7 with 0.2, 2.1 with 0.35; from there on true accepts and the other groups began to pay.
package snorm
