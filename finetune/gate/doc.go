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
// epochs would be taken for progress. One figure decides, TAR at FAR 1e-2, whatever the number of people: a rule that
// turned to 1e-3 with more of them let more judges prove less.
package gate
