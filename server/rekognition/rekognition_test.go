package rekognition

import (
	"encoding/json"
	"faceid/embed"
	"faceid/models"
	"faceid/recognize"
	"faceid/server/host"
	"faceid/server/hosttest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCollections(t *testing.T) {
	hosttest.People(t, 1)
	c := serve(t, host.Options{})
	for _, name := range []string{"a", "b.c-d_e", "z"} {
		if out := c.ok("CreateCollection", object{"CollectionId": name}); out["StatusCode"] != 200.0 {
			t.Error(out)
		}
	}
	c.fails("ResourceAlreadyExistsException", "CreateCollection", object{"CollectionId": "a"})
	c.fails("InvalidParameterException", "CreateCollection", object{"CollectionId": "../a"})
	c.fails("InvalidParameterException", "CreateCollection", object{})
	first := c.ok("ListCollections", object{"MaxResults": 3})
	rest := c.ok("ListCollections", object{"NextToken": first["NextToken"]})
	if length(first["CollectionIds"]) != 3 || at(rest, "CollectionIds", 0) != "z" ||
		length(rest["FaceModelVersions"]) != 1 {
		t.Errorf("%v %v", first, rest)
	}
	out := c.ok("DescribeCollection", object{"CollectionId": "a"})
	if out["FaceCount"] != 0.0 || out["UserCount"] != 0.0 || out["CreationTimestamp"].(float64) < 1.7e9 {
		t.Error(out)
	}
	c.ok("DeleteCollection", object{"CollectionId": "a"})
	c.fails("ResourceNotFoundException", "DeleteCollection", object{"CollectionId": "a"})
	c.fails("ResourceNotFoundException", "DescribeCollection", object{"CollectionId": "a"})
	c.fails("InvalidPaginationTokenException", "ListCollections", object{"NextToken": "!"})
}

// index enrols a photo and returns the ids of its faces.
func (c *client) index(external string, photo []byte, more object) []string {
	c.t.Helper()
	in := object{"CollectionId": "default", "Image": bytesOf(photo)}
	if external != "" {
		in["ExternalImageId"] = external
	}
	for k, v := range more {
		in[k] = v
	}
	var ids []string
	out := c.ok("IndexFaces", in)
	for i := range length(out["FaceRecords"]) {
		ids = append(ids, at(out, "FaceRecords", i, "Face", "FaceId").(string))
	}
	return ids
}

// Faces are indexed, found, listed and deleted, and whom a photo shows is what recognize says.
func TestFaces(t *testing.T) {
	people := hosttest.People(t, 4)
	gallery := filepath.Join(t.TempDir(), "g.db")
	c := serve(t, host.Options{Gallery: gallery})
	in := func(more object) object { more["CollectionId"] = "default"; return more }
	if out := c.ok("SearchFacesByImage", in(object{"Image": bytesOf(people[0].Photos[0])})); length(
		out["FaceMatches"],
	) != 0 {
		t.Error(out)
	}
	if ids := c.index("x", hosttest.Faceless(t), nil); len(ids) != 0 {
		t.Error(ids)
	}
	ids := map[string][]string{}
	for _, p := range people[:3] {
		for _, photo := range p.Photos[:2] {
			ids[p.Name] = append(ids[p.Name], c.index(p.Name, photo, object{"MaxFaces": 1})...)
		}
	}
	if again := c.index(people[0].Name, people[0].Photos[0], nil); !slices.Equal(again, ids[people[0].Name][:1]) {
		t.Errorf("the same photo again: %v", again)
	}
	r, err := recognize.Open(t.Context(), &recognize.Options{Gallery: gallery, Models: &models.Options{Offline: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i, p := range people { // the fourth is a stranger
		out := c.ok(
			"SearchFacesByImage",
			in(object{"Image": bytesOf(p.Photos[2]), "FaceMatchThreshold": 90, "MaxFaces": 3}),
		)
		probe := slices.Values([]embed.Input{{Data: p.Photos[2]}})
		for a, err := range r.IdentifyWith(t.Context(), probe, &recognize.IdentifyOptions{Largest: true}) {
			if err != nil {
				t.Fatal(err)
			}
			name := any(nil)
			if a.Person != nil {
				name = a.Person.Name
			}
			if got := at(out, "FaceMatches", 0, "Face", "ExternalImageId"); got != name || i < 3 && name != p.Name {
				t.Errorf("%s: %v, recognize says %v", p.Name, got, name)
			}
		}
		if w := at(out, "SearchedFaceBoundingBox", "Width").(float64); w <= 0 || w >= 1 {
			t.Errorf("box: %v", out["SearchedFaceBoundingBox"])
		}
	}
	all := c.ok("SearchFaces", in(object{"FaceId": ids[people[0].Name][0], "FaceMatchThreshold": 0}))
	if length(all["FaceMatches"]) != 5 || at(all, "FaceMatches", 0, "Face", "FaceId") != ids[people[0].Name][1] {
		t.Errorf("the nearest is the other photo: %v", all)
	}
	c.fails("ResourceNotFoundException", "SearchFaces", in(object{"FaceId": host.NewUUID()}))
	list := c.ok("ListFaces", in(object{"MaxResults": 4}))
	rest := c.ok("ListFaces", in(object{"NextToken": list["NextToken"]}))
	if length(list["Faces"]) != 4 || length(rest["Faces"]) != 2 || rest["NextToken"] != nil {
		t.Errorf("pages of %d and %d", length(list["Faces"]), length(rest["Faces"]))
	}
	if f := at(list, "Faces", 0).(object); f["ExternalImageId"] != people[0].Name || f["UserId"] != nil ||
		at(f, "BoundingBox", "Height") == nil {
		t.Errorf("a face: %v", f)
	}
	out := c.ok("DeleteFaces", in(object{"FaceIds": append(ids[people[0].Name], "x")}))
	if length(out["DeletedFaces"]) != 2 || at(out, "UnsuccessfulFaceDeletions", 0, "Reasons", 0) != "FACE_NOT_FOUND" {
		t.Error(out)
	}
	if d := c.ok("DescribeCollection", in(object{})); d["FaceCount"] != 4.0 || d["UserCount"] != 0.0 {
		t.Error(d)
	}
	group(c, in)
}

// group indexes a photo of several people: each is somebody else, though they have one external id.
func group(c *client, in func(object) object) {
	t, photo := c.t, hosttest.Samples(c.t)[0]
	t.Helper()
	out := c.ok("IndexFaces", in(object{"Image": bytesOf(photo), "ExternalImageId": "party", "MaxFaces": 2}))
	if length(out["FaceRecords"]) != 2 || length(out["UnindexedFaces"]) == 0 {
		t.Fatalf("%d records, %d unindexed", length(out["FaceRecords"]), length(out["UnindexedFaces"]))
	}
	widths := []float64{}
	for i := range 2 {
		b := at(out, "FaceRecords", i, "Face", "BoundingBox").(object)
		widths = append(widths, -b["Width"].(float64)*b["Height"].(float64))
		if at(out, "FaceRecords", i, "Face", "ExternalImageId") != "party" ||
			length(at(out, "FaceRecords", i, "FaceDetail", "Landmarks")) != 5 {
			t.Errorf("record: %v", at(out, "FaceRecords", i))
		}
	}
	if !slices.IsSorted(widths) {
		t.Errorf("not the largest first: %v", widths)
	}
	self := c.ok(
		"SearchFaces",
		in(object{"FaceId": at(out, "FaceRecords", 0, "Face", "FaceId"), "FaceMatchThreshold": 80}),
	)
	if length(self["FaceMatches"]) != 0 {
		t.Errorf("one of a group is taken for another: %v", self)
	}
	if d := c.ok("DetectFaces", object{"Image": bytesOf(photo)}); length(d["FaceDetails"]) < 3 {
		t.Errorf("%d faces", length(d["FaceDetails"]))
	}
}

// Images may be files of the folder that stands for S3.
func TestObjects(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "photos"), 0o700); err != nil {
		t.Fatal(err)
	}
	photo := hosttest.People(t, 1)[0].Photos[0]
	if err := os.WriteFile(filepath.Join(root, "photos", "a.jpg"), photo, 0o600); err != nil {
		t.Fatal(err)
	}
	c := serve(t, host.Options{S3Root: root})
	object := func(name string) object {
		return object{"Image": object{"S3Object": object{"Bucket": "photos", "Name": name}}}
	}
	if out := c.ok("DetectFaces", object("a.jpg")); length(out["FaceDetails"]) != 1 {
		t.Error(out)
	}
	c.fails("InvalidS3ObjectException", "DetectFaces", object("b.jpg"))
}

func TestCompareFaces(t *testing.T) {
	people := hosttest.People(t, 2)
	c := serve(t, host.Options{})
	for i, p := range people {
		out := c.ok(
			"CompareFaces",
			object{
				"SourceImage":         bytesOf(people[0].Photos[0]),
				"TargetImage":         bytesOf(p.Photos[1]),
				"SimilarityThreshold": 90,
			},
		)
		if length(out["FaceMatches"]) != 1-i || length(out["UnmatchedFaces"]) != i ||
			at(out, "SourceImageFace", "Confidence").(float64) < 50 {
			t.Errorf("%s with %s: %v", people[0].Name, p.Name, out)
		}
	}
	c.fails(
		"InvalidParameterException",
		"CompareFaces",
		object{"SourceImage": bytesOf(hosttest.Faceless(t)), "TargetImage": bytesOf(people[0].Photos[0])},
	)
}

func mustJSON(t testing.TB, b []byte) string {
	t.Helper()
	j, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Trim(string(j), `"`)
}

func TestUsers(t *testing.T) {
	people := hosttest.People(t, 3)
	c := serve(t, host.Options{})
	in := func(more object) object { more["CollectionId"] = "default"; return more }
	ada, bob := people[0], people[1]
	a := append(c.index(ada.Name, ada.Photos[0], nil), c.index("", ada.Photos[1], nil)...)
	b := c.index(bob.Name, bob.Photos[0], nil)
	c.ok("CreateUser", in(object{"UserId": "ada", "ClientRequestToken": "t"}))
	c.ok("CreateUser", in(object{"UserId": "ada", "ClientRequestToken": "t"})) // the same request again
	c.fails("ConflictException", "CreateUser", in(object{"UserId": "ada", "ClientRequestToken": "u"}))
	c.fails("InvalidParameterException", "CreateUser", in(object{"UserId": "a b"}))
	c.ok("CreateUser", in(object{"UserId": "bob"}))
	out := c.ok("AssociateFaces", in(object{"UserId": "ada", "FaceIds": a[:1]}))
	if at(out, "AssociatedFaces", 0, "FaceId") != a[0] {
		t.Fatal(out)
	}
	out = c.ok(
		"AssociateFaces",
		in(object{"UserId": "ada", "FaceIds": []string{a[0], a[1], b[0], "x"}, "UserMatchThreshold": 90}),
	)
	reasons := map[any]any{}
	for i := range length(out["UnsuccessfulFaceAssociations"]) {
		u := at(out, "UnsuccessfulFaceAssociations", i)
		reasons[at(u, "FaceId")] = at(u, "Reasons", 0)
	}
	if length(out["AssociatedFaces"]) != 2 || reasons[b[0]] != "LOW_MATCH_CONFIDENCE" ||
		reasons["x"] != "FACE_NOT_FOUND" {
		t.Errorf("%v", out)
	}
	c.ok("AssociateFaces", in(object{"UserId": "bob", "FaceIds": b}))
	out = c.ok("AssociateFaces", in(object{"UserId": "ada", "FaceIds": b}))
	if at(out, "UnsuccessfulFaceAssociations", 0, "Reasons", 0) != "ASSOCIATED_TO_A_DIFFERENT_USER" {
		t.Error(out)
	}
	users := c.ok("ListUsers", in(object{"MaxResults": 1}))
	rest := c.ok("ListUsers", in(object{"NextToken": users["NextToken"]}))
	if at(users, "Users", 0, "UserId") != "ada" || at(users, "Users", 0, "UserStatus") != "ACTIVE" ||
		length(rest["Users"]) != 1 {
		t.Errorf("%v %v", users, rest)
	}
	if f := c.ok("ListFaces", in(object{"UserId": "ada"})); length(f["Faces"]) != 2 ||
		at(f, "Faces", 0, "UserId") != "ada" ||
		at(f, "Faces", 0, "ExternalImageId") != ada.Name {
		t.Error(f)
	}
	if d := c.ok("DescribeCollection", in(object{})); d["FaceCount"] != 3.0 || d["UserCount"] != 2.0 {
		t.Error(d)
	}
	// Searched by image, by face, by user.
	for i, want := range []any{"ada", "bob", nil} {
		got := c.ok("SearchUsersByImage", in(object{"Image": bytesOf(people[i].Photos[2]), "UserMatchThreshold": 90}))
		if at(got, "UserMatches", 0, "User", "UserId") != want ||
			at(got, "SearchedFace", "FaceDetail", "BoundingBox", "Left") == nil {
			t.Errorf("%s: %v", people[i].Name, got["UserMatches"])
		}
	}
	if got := c.ok("SearchUsers", in(object{"FaceId": a[0]})); at(got, "UserMatches", 0, "User", "UserId") != "ada" ||
		at(got, "SearchedFace", "FaceId") != a[0] {
		t.Error(got)
	}
	if got := c.ok("SearchUsers", in(object{"UserId": "ada"})); length(got["UserMatches"]) != 0 ||
		at(got, "SearchedUser", "UserId") != "ada" {
		t.Error(got)
	}
	c.fails("ResourceNotFoundException", "SearchUsers", in(object{"UserId": "eve"}))
	// A user's faces are not deleted, and outlive the user.
	if out := c.ok("DeleteFaces", in(object{"FaceIds": a[:1]})); at(
		out,
		"UnsuccessfulFaceDeletions",
		0,
		"Reasons",
		0,
	) != "ASSOCIATED_TO_AN_EXISTING_USER" {
		t.Error(out)
	}
	out = c.ok("DisassociateFaces", in(object{"UserId": "ada", "FaceIds": []string{a[0], b[0]}}))
	if at(out, "DisassociatedFaces", 0, "FaceId") != a[0] ||
		at(out, "UnsuccessfulFaceDisassociations", 0, "FaceId") != b[0] {
		t.Error(out)
	}
	c.ok("DeleteUser", in(object{"UserId": "ada"}))
	c.fails("ResourceNotFoundException", "DeleteUser", in(object{"UserId": "ada"}))
	if d := c.ok("DescribeCollection", in(object{})); d["FaceCount"] != 3.0 || d["UserCount"] != 1.0 {
		t.Error(d)
	}
	if out := c.ok("DeleteFaces", in(object{"FaceIds": a})); length(out["DeletedFaces"]) != 2 {
		t.Error(out)
	}
}
