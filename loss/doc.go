// Package loss holds the classification losses on logits, value and gradient: cross-entropy, binary and multi-class,
// and focal loss, with class weights and label smoothing.
//
// Logits are a row-major slice z of n × c numbers, c = len(z)/len(y), float32 or float64; sums are float64 in both. The
// gradient goes to a slice of the same length, which may be z itself:
//
//	dz := make([]float32, len(z))
//	l := loss.CrossEntropy(dz, z, y, nil)        // mean of −log p_y, dz = (p − onehot)/n
//	l = loss.Focal(dz, z, y, 2, nil)             // −(1−p_y)² log p_y
//
// CrossEntropySoft and FocalSoft take a distribution over the classes, such as a one-hot row, in place of a class
// number; the binary losses take any target in [0, 1]. CrossEntropyProb, FocalProb, BinaryCrossEntropyProb and
// BinaryFocalProb take probabilities in place of logits, 0 and 1 included: there −log p is at most MaxNegLog.
//
// # Caveats
//
// Mean divides by the number of samples even where classes have weights, so that focal loss with γ = 0 and
// cross-entropy agree; PyTorch's weighted mean is WeightedMean. Shape errors, labels out of range and logits that are
// not finite panic: they are bugs or a training that has diverged, and a number would hide it. Probabilities are
// clipped instead, because 0 and 1 are what rounding makes of sure answers.
//
// # Design
//
// Logits are the way in, and probabilities only where there are none: log p is taken from the shifted logits, and 1−p
// from the sum over the other classes, so neither is lost when p rounds to 0 or 1 (|logit| = 800 is tested). The focal
// gradient is written with (−log p)/(1−p), whose limit at p = 1 is 1, instead of (1−p)^(γ−1), which is infinite there
// for γ < 1. Rejected: an interface for losses, because arcface fuses its own softmax and needs only Term.
//
// Sources: Lin, Goyal, Girshick, He, Dollár: Focal Loss for Dense Object Detection, ICCV 2017, eq. 4 and 5. Szegedy et
// al.: Rethinking the Inception Architecture, CVPR 2016, section 7 (label smoothing).
package loss
