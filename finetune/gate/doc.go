// Package gate compares two last layers of an embedder on people that neither was trained on, and decides whether the
// second is better: rates by counting every pair of photos, intervals over people, a verdict in words.
//
//	g, err := gate.Measure(data, before, after, nil)
//	// g.Decision.Better, g.Decision.Reasons; g.Domains has the figures of each test kind
//
// # Design
//
// Why a gate on unseen people: the loss on trained people falls whatever happens, and a layer that knows them by heart
// may know others less. People, not photos, are kept out, and weigh alike: photos of one person are not independent.
// Every person judges, since a third kept out left the gate nearly blind on a user's few dozen people. Impostor pairs
// are of two people of one fold: with those of training people, whom the layer has set apart, ten people of LFW
// seemed to gain 20 points where 4.5 were true. What is best for a fold the other folds choose, or the best of many
// epochs would be taken for progress. One figure decides, whatever the number of people: a rule that turned from TAR at
// FAR 1e-2 to 1e-3 with more of them let more judges prove less. It is the mean TAR over a range of FARs: by TAR at FAR
// 1e-2 alone two thirds of the folders of 30 people of LFW that gained 12 points at low resolution proved it, by the
// mean all but one in thirty, and with shuffled labels as few as before.
//
// Ten judges prove little: a true gain of 7, 13, 19 and 24 points of that mean was proven by 33, 57, 81 and 95 of a
// hundred draws of ten people of LFW (bench/gate), a little less where they come in folds. What ten people can teach a
// layer about low resolution is 7 points.
package gate
