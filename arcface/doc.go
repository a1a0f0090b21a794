// Package arcface is the angular-margin softmax of face recognition: loss and exact gradient for training, cosines
// and probabilities of a trained head for scoring.
//
// With x̂ and ŵ_j the unit rows of embeddings and class weights and θ_j their angle, the logits of a sample of class y
// are
//
//	z_y = s·(cos(m1·θ_y + m2) − m3),   z_j = s·cos θ_j for j ≠ y
//
// and the loss is cross-entropy, or focal loss, of softmax(z), averaged over the batch. ArcFace is m2, CosFace m3,
// SphereFace m1; no margin is the normalised softmax. The smallest use:
//
//	h := arcface.Head{W: w, Margin: arcface.ArcFace(64, 0.5)}   // w is classes × d
//	l := h.LossGrad(dX, dW, x, y)                              // x is n × d
//	h.Probabilities(p, x)                                       // n × classes, without margin
//
// Sub-centers (K weights per class) are Head.Subcenters; Partial FC, a share of the classes in each step, is Sample and
// LossGradSampled.
//
// # Caveats
//
// Angles are radians. The gradient is that of the loss as defined: through the margin, sin(θ+m)/sin θ, which popular
// code leaves out, and through both normalisations, so a gradient row is orthogonal to its row. A row of zeros has
// cosine 0 with everything and gradient 0: it never moves. A Head is for one goroutine at a time; it uses all cores
// itself. dX is summed in an order that depends only on the shapes, so its bits are the same on any number of cores.
//
// # Design
//
// At 100,000 classes the n × c logits are as large as W, and memory, not arithmetic, is the cost, so they are never
// copied. W is cut into blocks of 504 rows. First each block gives its logits, kept class-major, with each sample's
// block maximum m_b, E = exp(z − m_b), and Σ E. Then the blocks' maxima and sums are joined in float64. Then each
// block's E, scaled by exp(m_b − m)/Σ on the way into the packed panels that the matrix kernel reads, gives its rows of
// dW and its part of dX. Row r of E (n floats) lives in row r of dW (d floats) until dW is written, so beside W and dW
// there are only a few megabytes as long as n ≤ d; otherwise another classes × n. What the target class contributes is
// kept apart and computed in float64 from the raw rows: the angle as 2·atan2(‖x̂−ŵ‖, ‖x̂+ŵ‖), because acos loses half
// of the digits near 0 and π, and the gradient along the tangent, because at small angles its two terms cancel.
// Rejected: computing the logits twice instead of keeping E (a third more arithmetic for no memory); float16 logits
// (errors above 1e-4); one partial dX a core (bits would depend on the number of cores).
//
// Head64 is the same mathematics in plain float64 loops, with the target's angle and tangents in double-double: the
// tests' second opinion, exact to 1e-9 at any angle.
//
// Sources: Deng, Guo, Xue, Zafeiriou: ArcFace, CVPR 2019, eq. 3 (ArcFace) and 4 (the family). Wang et al.: CosFace,
// CVPR 2018, eq. 4. Liu et al.: SphereFace, CVPR 2017. Deng, Guo, Liu, Gong, Zafeiriou: Sub-center ArcFace, ECCV 2020.
// An et al.: Killing Two Birds with One Stone: Efficient and Robust Training of Face Recognition CNNs by Partial FC,
// CVPR 2022. Lin et al.: Focal Loss, ICCV 2017, eq. 4 and 5. The joint loss with centres: Wen et al., ECCV 2016, eq. 5,
// package centerloss.
package arcface
