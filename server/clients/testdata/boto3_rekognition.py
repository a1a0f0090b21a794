"""Every operation of Rekognition by an unmodified boto3, errors included: python boto3_rekognition.py PHOTOS.

PHOTOS has ada1.jpg … ada3.jpg, bob1.jpg … bob3.jpg, eve3.jpg and none.jpg, a picture without a face. The endpoint and
the keys stand in the environment, as they do for whoever uses the client.
"""
import sys
import boto3
from botocore.exceptions import ClientError

c = boto3.client("rekognition")
photo = lambda name: {"Bytes": open(f"{sys.argv[1]}/{name}.jpg", "rb").read()}
C = {"CollectionId": "clients"}
done = set()


def ok(op, **kw):
    done.add(op)
    return getattr(c, op)(**kw)


def fails(kind, op, **kw):
    try:
        getattr(c, op)(**kw)
    except ClientError as e:
        assert type(e).__name__ == kind or e.response["Error"]["Code"] == kind, (kind, e)
        assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 400, e
        return e
    raise AssertionError(f"{op} is not refused")


fails("ResourceNotFoundException", "describe_collection", **C)
assert ok("create_collection", **C)["StatusCode"] == 200
fails("ResourceAlreadyExistsException", "create_collection", **C)
assert "clients" in [i for p in c.get_paginator("list_collections").paginate(PaginationConfig={"PageSize": 1})
                     for i in p["CollectionIds"]]
done.add("list_collections")

ids = {}
for who in "ada", "bob":
    for n in 1, 2:
        r = ok("index_faces", **C, Image=photo(f"{who}{n}"), ExternalImageId=who, MaxFaces=1, QualityFilter="AUTO")
        ids.setdefault(who, []).append(r["FaceRecords"][0]["Face"]["FaceId"])
assert ok("index_faces", **C, Image=photo("none"))["FaceRecords"] == []
d = ok("describe_collection", **C)
assert d["FaceCount"] == 4 and d["CreationTimestamp"].year >= 2026, d
assert len([f for p in c.get_paginator("list_faces").paginate(**C, PaginationConfig={"PageSize": 3}) for f in p["Faces"]]) == 4
done.add("list_faces")

for who, want in ("ada", "ada"), ("bob", "bob"), ("eve", None):
    r = ok("search_faces_by_image", **C, Image=photo(f"{who}3"), FaceMatchThreshold=90)
    got = r["FaceMatches"][0]["Face"]["ExternalImageId"] if r["FaceMatches"] else None
    assert got == want, (who, r["FaceMatches"])
e = fails("InvalidParameterException", "search_faces_by_image", **C, Image=photo("none"))
assert "no faces" in str(e)
r = ok("search_faces", **C, FaceId=ids["ada"][0], FaceMatchThreshold=90)
assert [m["Face"]["FaceId"] for m in r["FaceMatches"]] == [ids["ada"][1]], r
fails("ResourceNotFoundException", "search_faces", **C, FaceId="00000000-0000-0000-0000-000000000000")

r = ok("compare_faces", SourceImage=photo("ada1"), TargetImage=photo("ada3"), SimilarityThreshold=90)
assert len(r["FaceMatches"]) == 1 and r["FaceMatches"][0]["Similarity"] >= 90, r
r = ok("compare_faces", SourceImage=photo("ada1"), TargetImage=photo("bob3"), SimilarityThreshold=90)
assert len(r["UnmatchedFaces"]) == 1, r
r = ok("detect_faces", Image=photo("ada1"))
assert len(r["FaceDetails"]) == 1 and {x["Type"] for x in r["FaceDetails"][0]["Landmarks"]} >= {"nose", "eyeLeft"}, r
fails("InvalidImageFormatException", "detect_faces", Image={"Bytes": b"hello"})
fails("InvalidS3ObjectException", "detect_faces", Image={"S3Object": {"Bucket": "bucket", "Name": "x"}})

for who in "ada", "bob":
    ok("create_user", **C, UserId=f"user-{who}")
    r = ok("associate_faces", **C, UserId=f"user-{who}", FaceIds=ids[who])
    assert len(r["AssociatedFaces"]) == 2, r
fails("ConflictException", "create_user", **C, UserId="user-ada")
users = [u["UserId"] for p in c.get_paginator("list_users").paginate(**C, PaginationConfig={"PageSize": 1}) for u in p["Users"]]
done.add("list_users")
assert users == ["user-ada", "user-bob"], users
r = ok("search_users_by_image", **C, Image=photo("bob3"), UserMatchThreshold=90)
assert r["UserMatches"][0]["User"]["UserId"] == "user-bob", r
r = ok("search_users", **C, FaceId=ids["ada"][0], UserMatchThreshold=90)
assert r["UserMatches"][0]["User"]["UserId"] == "user-ada", r
r = ok("delete_faces", **C, FaceIds=ids["ada"])
assert len(r["UnsuccessfulFaceDeletions"]) == 2 and not r["DeletedFaces"], r
r = ok("disassociate_faces", **C, UserId="user-ada", FaceIds=ids["ada"][:1])
assert len(r["DisassociatedFaces"]) == 1, r
ok("delete_user", **C, UserId="user-ada")
fails("ResourceNotFoundException", "delete_user", **C, UserId="user-ada")
assert sorted(ok("delete_faces", **C, FaceIds=ids["ada"])["DeletedFaces"]) == sorted(ids["ada"])
assert ok("delete_collection", **C)["StatusCode"] == 200

bad = boto3.client("rekognition", aws_secret_access_key="wrong", aws_access_key_id=boto3.Session().get_credentials().access_key)
try:
    bad.list_collections()
    raise AssertionError("a wrong secret is taken")
except ClientError as e:
    assert e.response["Error"]["Code"] == "InvalidSignatureException", e
print("\n".join(sorted(done)))
