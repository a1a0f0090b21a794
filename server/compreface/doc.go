// Package compreface speaks the REST protocol of CompreFace, under /api/v1: subjects and faces, recognition, detection,
// verification, embeddings. Its clients need another address and a key, and nothing else.
//
// A subject is a person of the collection that the key opens, else of the default one; its image ids stand for
// templates. One key serves recognition, detection and verification.
//
// # Caveats
//
// The nearest face is always answered, whether it is near enough or not: the client decides, by a similarity whose
// values mean the same for every model and gallery here: 0.4, 0.5, 0.6 and 0.8 are the thresholds of false accept rates
// of 1e-2, 1e-3, 1e-4 and 1e-5, linear between. A face that is too poor to tell stays below 0.4, and is not enrolled.
//
// Photos are kept with host.Options.KeepPhotos alone; else what asks for them gets an empty body. Whoever gets one is
// told not to store it, where CompreFace lets everybody store it for a year: a face that is deleted is to be gone. Age,
// gender, pose and mask are not answered. A photo sent with detect_faces=false is searched for its face nevertheless,
// since a crop that is not aligned tells little; where none is found all of it is taken for one.
//
// # Design
//
// CompreFace maps a distance by (tanh((c0 − d)·c1) + 1)/2 with constants of its models. Rejected: to imitate that,
// which would give its clients' thresholds a meaning by accident. Its clients' defaults, 0.5 and 0.6, now say 1 in
// 1,000 and 1 in 10,000.
package compreface
