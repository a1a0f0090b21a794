// Package finetune fits the last dense layer of a face embedder to new people and new cameras, proves on people it
// was not trained on that the result is better, and writes it as a plain ONNX file.
//
// # Idea
//
// A face embedder is a deep trunk and one dense layer: embedding = W·t + b for the trunk feature t. Computing t is
// nearly all the work, and t does not change while W and b are trained. So trunk features are computed once per view of
// a photo (plain, mirrored, spoilt as the user's camera spoils it) and kept in a [Dataset]; an epoch over thousands
// of photos is then a few matrix products, seconds on a laptop.
//
// [Train] minimises L_s + λ·L_c: L_s is the loss of an angular-margin head (ArcFace, CosFace, plain softmax, or focal
// on the margin logits; package arcface), L_c the Center Loss (package centerloss). Part of the people is kept out of
// training: one half of them chooses the epoch, the other half is the gate, which compares the layer before and after
// (see [Measure]). [Run] does all of it and writes tuned.onnx, head.safetensors and report.json; package
// finetune/report makes a page of it.
//
// # Smallest use
//
//	data := &finetune.Dataset{}
//	var ix finetune.Index
//	for each view of each photo {
//		// kind is finetune.KindClean, finetune.KindMirror, "lowres", "lowres/mirror"
//		err := data.Add(&ix, person, photo, kind, trunk)
//	}
//	report, err := finetune.Run(ctx, data, modelBytes, nil, &finetune.RunOptions{Out: "tuned"})
//	// report.Better, report.Reasons; tuned/tuned.onnx if it is better
//
// # Caveats
//
//   - Embeddings of the base and the tuned model do not compare: a gallery has to be recomputed, and Head.Model says
//     which file a head belongs to.
//   - A spoilt view must be spoilt as in use. Training on low-resolution views helps with low resolution, not with fog.
//   - The gate measures people like those given. Below about forty kept-out people with several photos its intervals
//     are wide, and one group of people both chooses the epoch and judges; the report says so. Below five nothing is
//     proven.
//   - Scores of the tuned layer spread wider than before: thresholds have to follow, see [Gate.Threshold].
//   - Head.KnownDistance rests on people kept out, so it is only as good as they are like the strangers to come.
//   - The softmax probability of a head is among the trained people: a stranger gets one too. That is what the distance
//     is for.
//   - Equal bits for equal seeds hold on one kind of machine; another processor may round otherwise.
//   - Files are written with mode 0600: class weights, centres and trunk features are biometric.
//
// # Design
//
// Why the last layer only: its input can be cached, so no GPU and no gradient through a trunk is needed; it is linear,
// so a gallery that kept its trunk features follows by one matrix product, without photos; and 512×512 numbers can be
// learnt from a few thousand views, where a whole network would need millions. Rejected: training the trunk (a
// framework, hours, and a file that is no longer the one audited), a second layer behind the last one (two products
// of linear maps are one), a small adapter network (the file would change its nodes).
//
// Why a gate on unseen people: the loss on trained people falls whatever happens, and a layer that knows them by heart
// may know others less. People, not photos, are kept out, and resampled for the intervals: photos of one person are not
// independent. The gate's people are not those who chose the epoch, or the best of many epochs would be taken for
// progress.
//
// Why a penalty on what clean photos give (Config.KeepClean): a general embedder has seen millions of people, the user
// has few. Pulling W to its start as a matrix (Config.KeepNear, L2-SP of Li, Grandvalet and Davoine, ICML 2018) treats
// all directions alike; but the directions in which clean trunk features hardly vary can turn freely without any
// harm to clean photos, and those are the ones that spoilt photos need. So the change of the embedding itself is
// penalised, in the mean over the clean views. On LFW this gave more at low resolution for less lost on clean photos.
// With few photos the mean is shrunk towards all directions alike. Rejected as the default: KeepNear (it can be had),
// low learning rates (they only stop early), distillation on the clean rows of a batch (the same penalty, with noise).
//
// Why a sample of the classes per step (Partial FC: An et al., "Partial FC: Training 10 Million Identities on a Single
// Machine", ICCVW 2021): with 2,400 people a third of them in each softmax gave the figures of all, in half the time.
//
// What was tried and left out, because it moved along the same line between spoilt and clean photos and did not leave
// it: distillation of the clean view into the spoilt one with a least-squares start, more low-resolution views with
// other sampling phases and jitter, mixing views, dropout on trunk features, class weights tied to class means,
// averaging several runs. What limits is the number of people: on those trained on, TAR at low resolution reaches 0.86
// where unseen ones reach 0.55.
//
// Class weights start from class means: a random start would first drag the layer towards random directions.
//
// Probes for the head test are photos, not people, kept out of training, since a head knows only its people.
package finetune
