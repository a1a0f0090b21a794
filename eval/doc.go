// Package eval turns lists of similarity scores into the figures by which face recognition is judged: ROC, TAR@FAR,
// EER and AUC for verification (1:1), LFW's 10-fold accuracy, CMC and FNIR@FPIR for identification (1:N), each with
// bootstrap confidence intervals. Package eval/plot draws ROC and DET.
//
//	curve, err := eval.ROC(genuine, impostor) // similarities, higher is more alike
//	tar, threshold := curve.TARAtFAR(1e-3)
//	eer, _ := curve.EER()
//
// A score is a similarity. A pair is accepted when score ≥ threshold, everywhere in this package. A genuine pair shows
// one person twice, an impostor pair two people; TAR and FAR are the accepted shares of each. (1−TAR is also called
// FRR or FNMR, FAR also FMR.)
//
// # Caveats
//
// The smallest non-zero FAR that N impostor pairs can show is 1/N, and below about 10/N a figure is mostly luck: print
// the interval beside it. Pairs that share a person are not independent, so an interval over pairs is too narrow where
// each person is in many pairs; take BootstrapPeople there. A threshold read from a curve is fitted to these scores:
// KFold shows what it does to others.
//
// All functions copy what they sort, and are safe for concurrent use. Time is O(n log n), memory some 24 bytes per
// score; for the millions of impostor scores of an all-against-all matrix Stream gives the same curve in memory
// proportional to the genuine scores only.
//
// # Design
//
// Curves are exact: one point per distinct score, no histogram and no interpolation, since at FAR 1e-4 the bins of a
// histogram are the answer. Only EER, by nature between two points, and drawing interpolate. Rejected: thresholds on a
// grid (facenet and its descendants use 400 steps; the best threshold falls between them), pooling FAR over folds,
// and taking the curve's convex hull. (Package finetune counts scores in 2^18 bins while it trains, where
// speed counts, and says there what that costs.)
//
// Bootstrap intervals are percentile intervals: plain, and valid for a bounded and skewed figure such as TAR@FAR where
// normal ones leave [0, 1]. Two models are compared by the replicates of their difference on the same resamples
// (Estimate.Minus), which is far sharper than looking whether two intervals overlap.
//
// LFW's files are parsed strictly. A name becomes a path, so separators and dots in front are refused at the door.
package eval
