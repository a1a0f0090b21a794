// Package centerloss holds a centre for each class, pulls embeddings towards it, and scores by the distance.
//
//	c := centerloss.Centers{C: centres}            // c × d, for example class means
//	l := c.LossGrad(dX, x, y)                      // ½ Σ ‖x_i − c_{y_i}‖², dX = x_i − c_{y_i}
//	c.UpdateWen(x, y, 0.5)                         // then move the centres
//	c.Distances(dst, x)                            // n × c squared distances
//
// It is used beside a softmax loss, L = L_s + λ·L_c; see the Example. The centres are not weights: they do not follow a
// gradient but one of two rules, UpdateMean (the mean of the batch's samples of the class) or UpdateWen, which damps:
// one sample moves its centre by α/2 of the way.
//
// # Caveats
//
// The loss is a sum over the batch, as in the paper's equation, not a mean: with a mean softmax loss divide λ by the
// batch size to keep the balance when the batch grows. λ in the literature (0.003 to 0.008) is for embeddings that are
// not normalised; on unit embeddings, where a squared distance is 2 − 2·cosine ≤ 4, tune it again.
//
// # Design
//
// LossGrad does not move the centres, so that a step can be evaluated twice, and validated without a change. The
// distances are sums of squared differences and not ‖x‖² + ‖c‖² − 2x·c by a matrix product, which would be faster but
// loses all digits of the small distances, those that matter. Rejected: a Rule type; two methods say the same.
//
// Source: Wen, Zhang, Li, Qiao: A Discriminative Feature Learning Approach for Deep Face Recognition, ECCV 2016, eq. 2
// (loss), 3 (gradient), 4 (update), 5 (joint loss).
package centerloss
