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
		streams = true
	)
	return []route{
		{"GET /v1/health", host.Read, !body, !streams, (*call).health},
		{"GET /v1/system", host.Read, !body, !streams, (*call).system},
		{"GET /v1/models", host.Read, !body, !streams, (*call).models},
		{"GET /v1/doctor", host.Admin, body, !streams, (*call).doctor},

		{"POST /v1/detect", host.Read, body, !streams, (*call).detect},
		{"POST /v1/embed", host.Read, body, !streams, (*call).embed},
		{"POST /v1/verify", host.Read, body, !streams, (*call).verify},

		{"GET /v1/collections", host.Read, !body, !streams, (*call).listCollections},
		{"POST /v1/collections", host.Admin, body, !streams, (*call).createCollection},
		{"GET " + one, host.Read, !body, !streams, (*call).showCollection},
		{"DELETE " + one, host.Admin, !body, !streams, (*call).dropCollection},
		{"GET " + one + "/calibration", host.Read, !body, !streams, (*call).calibration},
		{"POST " + one + "/calibration", host.Enrol, body, !streams, (*call).calibrate},
		{"GET " + one + "/export", host.Admin, !body, streams, (*call).export},
		{"POST " + one + "/import", host.Admin, !body, streams, (*call).importInto},
		{"POST " + one + "/identify", host.Read, body, !streams, (*call).identify},
		{"POST " + one + "/search", host.Read, body, !streams, (*call).search},

		{"GET " + people, host.Read, !body, !streams, (*call).listPeople},
		{"POST " + people, host.Enrol, body, !streams, (*call).enrolPerson},
		{"GET " + person, host.Read, !body, !streams, (*call).showPerson},
		{"PATCH " + person, host.Enrol, body, !streams, (*call).changePerson},
		{"DELETE " + person, host.Enrol, !body, !streams, (*call).removePerson},
		{"POST " + people + "/remove", host.Enrol, body, !streams, (*call).removePeople},
		{"POST " + person + "/merge", host.Enrol, body, !streams, (*call).merge},
		{"GET " + person + "/faces", host.Read, !body, !streams, (*call).listFaces},
		{"POST " + person + "/faces", host.Enrol, body, !streams, (*call).addFaces},
		{"GET " + faces + "/{face}/photo", host.Read, body, !streams, (*call).photoOf},
		{"DELETE " + faces + "/{face}", host.Enrol, !body, !streams, (*call).removeFace},
		{"POST " + faces + "/remove", host.Enrol, body, !streams, (*call).removeFaces},
		{"POST " + faces + "/{face}/move", host.Enrol, body, !streams, (*call).moveFace},
	}
}
