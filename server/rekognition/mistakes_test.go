package rekognition

import (
	"faceid/server/host"
	"faceid/server/hosttest"
	"path/filepath"
	"strings"
	"testing"
)

// Requests are signed where keys are asked for, and a key does no more than it may.
func TestKeys(t *testing.T) {
	hosttest.People(t, 1)
	file := filepath.Join(t.TempDir(), "keys.json")
	read, err := host.AddKey(file, "read", host.Read, "", true)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := host.AddKey(file, "admin", host.Admin, "mine", true)
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, host.Options{Keys: file})
	c.fails("MissingAuthenticationTokenException", "ListCollections", nil)
	c.access, c.secret = read.AccessKey, read.Secret
	c.ok("ListCollections", nil)
	c.fails("AccessDeniedException", "CreateCollection", object{"CollectionId": "mine"})
	c.secret = admin.Secret
	c.fails("InvalidSignatureException", "ListCollections", nil)
	c.access, c.secret = admin.AccessKey, admin.Secret
	c.ok("CreateCollection", object{"CollectionId": "mine"})
	c.fails("AccessDeniedException", "CreateCollection", object{"CollectionId": "other"})
	if out := c.ok("ListCollections", nil); length(out["CollectionIds"]) != 1 {
		t.Error(out)
	}
	c.access = "FACEID00000000000000"
	c.fails("UnrecognizedClientException", "ListCollections", nil)
}

// Mistakes are told as the protocol has it, never with a status of 5xx.
func TestMistakes(t *testing.T) {
	photo := hosttest.People(t, 1)[0].Photos[0]
	c := serve(t, host.Options{Limits: host.Limits{Body: 1 << 20, Photo: 300 << 10}})
	bytes := func(b64 string) string { return `{"CollectionId":"default","Image":{"Bytes":"` + b64 + `"}}` }
	for _, x := range []struct{ op, body, kind string }{
		{"Nothing", "{}", "UnknownOperationException"},
		{"DetectFaces", "", "InvalidParameterException"},
		{"DetectFaces", "{", "SerializationException"},
		{"DetectFaces", `{"Image":{"Bytes":"*"}}`, "SerializationException"},
		{"DetectFaces", `{"Image":{}}`, "InvalidParameterException"},
		{"DetectFaces", `{"Image":{"S3Object":{"Bucket":"b","Name":"n"}}}`, "InvalidS3ObjectException"},
		{"DetectFaces", `{"Image":{"Bytes":"aGVsbG8="}}`, "InvalidImageFormatException"},
		{"DetectFaces", bytes(mustJSON(t, photo[:len(photo)/2])), "InvalidImageFormatException"},
		{"DetectFaces", bytes(strings.Repeat("A", 500<<10)), "ImageTooLargeException"},
		{"DetectFaces", bytes(strings.Repeat("A", 2<<20)), "ImageTooLargeException"},
		{"SearchFacesByImage", bytes(mustJSON(t, hosttest.Faceless(t))), "InvalidParameterException"},
		{"IndexFaces", `{"CollectionId":"none"}`, "ResourceNotFoundException"},
		{"IndexFaces", `{"CollectionId":"default","ExternalImageId":"a b"}`, "InvalidParameterException"},
		{"IndexFaces", `{"CollectionId":"default","QualityFilter":"BEST"}`, "InvalidParameterException"},
		{"IndexFaces", `{"CollectionId":"default","MaxFaces":0}`, "InvalidParameterException"},
		{"IndexFaces", `{"CollectionId":7}`, "SerializationException"},
		{"SearchFaces", `{"CollectionId":"default","FaceMatchThreshold":101}`, "InvalidParameterException"},
		{"SearchFaces", `{"CollectionId":"default","FaceId":"x"}`, "InvalidParameterException"}, // nobody is enrolled
		{"DeleteFaces", `{"CollectionId":"default"}`, "InvalidParameterException"},
		{"ListFaces", `{"CollectionId":"default","NextToken":"eDp5"}`, "InvalidPaginationTokenException"},
		{"ListUsers", `{"CollectionId":"default","NextToken":"eDp5"}`, "InvalidPaginationTokenException"},
		{"DeleteUser", `{"CollectionId":"default","UserId":"x"}`, "ResourceNotFoundException"},
		{"AssociateFaces", `{"CollectionId":"default","UserId":"x","FaceIds":["y"]}`, "ResourceNotFoundException"},
		{"DeleteCollection", `{"CollectionId":"default"}`, "AccessDeniedException"},
	} {
		status, out := c.send(x.op, []byte(x.body))
		if status != 400 || out["__type"] != x.kind || out["Message"] == "" {
			t.Errorf("%s %.80s: %d %v, want %s", x.op, x.body, status, out, x.kind)
		}
	}
}
