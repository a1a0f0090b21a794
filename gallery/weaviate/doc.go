// Package weaviate is a gallery.Engine on a cluster of the vector database Weaviate, for galleries that outgrow one
// machine or must outlive one.
//
//	g, err := weaviate.Open(ctx, "weaviate://db1:8080,db2:8080,db3:8080/Faces?replicas=3",
//		&weaviate.Options{Model: &model, Create: true})
//
// Name every node in the URL: hosts are tried in turn, and with three replicas every list and every search is asked of
// two nodes at once (see below). How many replicas there are is settled when the collection is made; later the option
// may be left out, and another number is refused with ErrReplicas rather than believed.
//
// # Caveats
//
// Search is approximate: Info.Exact is false. HNSW may miss a template, and a template missed scores lower than it
// should; measure the recall on your gallery with bench/cluster. index=flat compares with every template, which is
// exact but slower in proportion.
//
// An acknowledged change is on a majority of replicas. With three of them one node may die at any time; with two
// dead, changes and searches return ErrUnavailable. consistency=one acknowledges after one replica and promises less: a
// search may miss what was just enrolled, and a node's death may lose it. If nodes outnumber replicas, or the URL does
// not name every node, a search may reach a replica that was down and has not caught up yet.
//
// A killed node of 1.35.2 was seen to keep a template written seconds before but to lose it from its vector index for
// good: where a majority was killed so, the template is listed and a search may miss it. Repair (faceid gallery repair)
// finds such templates by a search for each, and writes them again; it also ends a Move or a Merge that was killed.
//
// Enrol of new people is all or none as long as this process lives; see there for what one that fails or is killed may
// leave with others. There is no transaction over several people, no encryption at rest and no secure_delete: deleted
// vectors leave a node's disk when it next compacts.
//
// Traffic is plain HTTP unless tls=true. A server older than 1.25 is not supported; 1.35.2 is what the tests run.
//
// # Design
//
// Three classes per gallery: people, templates, and one object with the model's contract. Ids are microseconds and a
// random part, since a central sequence would be the one thing to fail. A template's UUID comes from its person and
// Template.Key: a request sent again, and a photo enrolled again, is the same object, so every write may be repeated.
// Rejected: a list of templates in the person's object, for which two processes would need a compare-and-swap that the
// database lacks.
//
// The database answers lists, filters and vector searches from one replica, whatever consistency is asked for, so a
// node that was down would answer from the past. Therefore they are asked of a majority of hosts and merged here:
// writes on 2 of 3 and reads on 2 of 3 meet in one. A person or a template on which the answers differ is read by UUID
// at QUORUM, where the database itself compares replicas; a template counts only if its person does. Rejected: writing
// at ALL, which a single dead node stops.
//
// The distance is the dot product of unit vectors, not "cosine", which would normalise again and give back other bits.
// REST and GraphQL by eight calls over net/http (package rest), not gRPC: its ports are not in the URL. Rejected: the
// official client, whose releases require a pre-release of the whole server and bring 140 packages into the build.
package weaviate
