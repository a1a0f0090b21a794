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
// dense.Closed is the closed form that training starts from: it takes from the layer what varies between photos of one
// person, and dense.Center half of what all photos share. [Train] goes on from there and minimises L_s + λ·L_c: L_s is
// the loss of an angular-margin head (ArcFace, CosFace, normalised softmax, or focal on the margin logits; package
// arcface) or a linear softmax with bias, L_c the Center Loss (package centerloss). [CrossFit] judges both on
// everybody, each person by layers trained without it, chooses, and trains once more on all people. [Run] does all of
// it, leaves out copies and mends wrong labels first (Dataset.Tidy), and writes tuned.onnx, head.safetensors,
// report.json, config.toml and report.html.
//
// The rooms below: dense has the trunk features and the layer, gate the comparison of two layers and its intervals,
// report the page. This package has the training, what judges its outcome on everybody, the head and the files.
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
//   - The gate measures people like those given, and photos of the same cameras: a gain on one collection is not
//     proven for another. Ten people prove a large gain only; below five nothing is proven.
//   - With three people or more each person judges once, by layers that were not trained on it. The interval is that of
//     their layers' mean gain; the layer written was trained on more people, and on LFW gained a little more.
//   - Scores of the tuned layer spread wider than before: thresholds have to follow. RunOptions.Thresholds finds them
//     by the scores of strangers in Gate.Strangers; recognize/train does so as a gallery is calibrated.
//   - Head.KnownDistance and Head.OpenSet rest on people kept out of training in turn, so they are only as good as
//     these are like the strangers to come. bench/finetune -heads counts on LFW.
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
// Why the closed form first: on ten or fifteen people it gains more at low resolution than training alone, in no time,
// and training from it does better than either (LFW, TAR at FAR 1e-2 on others, 15 people: untuned 29.5, closed form
// 36.9, trained 36.4, both 38.0 %; 30 people: 29.3, 39.6, 41.2, 42.0 %). With thousands of people it changes little.
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
