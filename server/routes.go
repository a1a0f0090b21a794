package server

import "faceid/server/host"

// routes is the native API.
func routes() []route {
	const (
		one     = "/v1/collections/{collection}"
		people  = one + "/people"
		person  = people + "/{person}"
		faces   = one + "/faces"
		body    = true
		long    = true
		streams = true
	)
	return []route{
		{"GET /v1/health", host.Read, !body, !long, !streams, (*call).health},
		{"GET /v1/system", host.Read, !body, !long, !streams, (*call).system},
		{"GET /v1/models", host.Read, !body, !long, !streams, (*call).models},
		{"GET /v1/doctor", host.Admin, body, long, !streams, (*call).doctor},

		{"POST /v1/detect", host.Read, body, !long, !streams, (*call).detect},
		{"POST /v1/embed", host.Read, body, !long, !streams, (*call).embed},
		{"POST /v1/verify", host.Read, body, !long, !streams, (*call).verify},

		{"GET /v1/collections", host.Read, !body, !long, !streams, (*call).listCollections},
		{"POST /v1/collections", host.Admin, body, !long, !streams, (*call).createCollection},
		{"GET " + one, host.Read, !body, !long, !streams, (*call).showCollection},
		{"DELETE " + one, host.Admin, !body, !long, !streams, (*call).dropCollection},
		{"GET " + one + "/calibration", host.Read, !body, !long, !streams, (*call).calibration},
		{"POST " + one + "/calibration", host.Enrol, body, long, !streams, (*call).calibrate},
		{"GET " + one + "/export", host.Admin, !body, !long, streams, (*call).export},
		{"POST " + one + "/import", host.Admin, !body, long, streams, (*call).importInto},
		{"GET " + one + "/faults", host.Enrol, body, long, !streams, (*call).faults},
		{"GET " + one + "/scores", host.Enrol, body, long, !streams, (*call).scores},
		{"POST " + one + "/identify", host.Read, body, !long, !streams, (*call).identify},
		{"POST " + one + "/search", host.Read, body, !long, !streams, (*call).search},

		{"GET " + people, host.Read, !body, !long, !streams, (*call).listPeople},
		{"POST " + people, host.Enrol, body, long, !streams, (*call).enrolPerson},
		{"GET " + person, host.Read, !body, !long, !streams, (*call).showPerson},
		{"PATCH " + person, host.Enrol, body, !long, !streams, (*call).changePerson},
		{"DELETE " + person, host.Enrol, !body, !long, !streams, (*call).removePerson},
		{"POST " + people + "/remove", host.Enrol, body, !long, !streams, (*call).removePeople},
		{"POST " + person + "/merge", host.Enrol, body, !long, !streams, (*call).merge},
		{"GET " + person + "/faces", host.Read, !body, !long, !streams, (*call).listFaces},
		{"POST " + person + "/faces", host.Enrol, body, long, !streams, (*call).addFaces},
		{"GET " + faces + "/{face}/photo", host.Read, body, !long, !streams, (*call).photoOf},
		{"DELETE " + faces + "/{face}", host.Enrol, !body, !long, !streams, (*call).removeFace},
		{"POST " + faces + "/remove", host.Enrol, body, !long, !streams, (*call).removeFaces},
		{"POST " + faces + "/{face}/move", host.Enrol, body, !long, !streams, (*call).moveFace},
	}
}
