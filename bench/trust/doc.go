// Command trust measures whether thresholds mean what they say: galleries are drawn from sets of people, calibrated by
// package calibrate, and the rates asked for are compared with those among the people left out.
//
// The sets are LFW, halved, and embeddings in .npz files: "embeddings", n × d float16, and "person", n int32. The last
// line is JSON.
package main
