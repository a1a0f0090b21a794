// Every operation of Rekognition by an unmodified @aws-sdk/client-rekognition: node rekognition_js.mjs PHOTOS.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import * as aws from '@aws-sdk/client-rekognition'

const photos = process.argv[2]
const photo = name => ({ Bytes: fs.readFileSync(`${photos}/${name}.jpg`) })
const client = new aws.RekognitionClient({})
const C = { CollectionId: 'clients' }
const done = new Set()
const ok = (op, input) => {
  done.add(op)
  return client.send(new aws[`${op}Command`](input))
}
const fails = async (kind, op, input) => {
  const e = await client.send(new aws[`${op}Command`](input)).then(
    () => assert.fail(`${op} is not refused`),
    e => e,
  )
  assert.equal(e.name, kind)
  assert.equal(e.$metadata.httpStatusCode, 400)
}

await fails('ResourceNotFoundException', 'DescribeCollection', C)
await ok('CreateCollection', C)
await fails('ResourceAlreadyExistsException', 'CreateCollection', C)
assert.ok((await ok('ListCollections', {})).CollectionIds.includes('clients'))
const ids = {}
for (const who of ['ada', 'bob']) {
  for (const n of [1, 2]) {
    const r = await ok('IndexFaces', { ...C, Image: photo(who + n), ExternalImageId: who, MaxFaces: 1 })
    ids[who] = [...(ids[who] ?? []), r.FaceRecords[0].Face.FaceId]
  }
}
const d = await ok('DescribeCollection', C)
assert.ok(d.FaceCount === 4 && d.CreationTimestamp instanceof Date, JSON.stringify(d))
assert.equal((await ok('ListFaces', C)).Faces.length, 4)
for (const [who, want] of [
  ['ada', 'ada'],
  ['bob', 'bob'],
  ['eve', undefined],
]) {
  const r = await ok('SearchFacesByImage', { ...C, Image: photo(`${who}3`), FaceMatchThreshold: 90 })
  assert.equal(r.FaceMatches[0]?.Face.ExternalImageId, want)
}
await fails('InvalidParameterException', 'SearchFacesByImage', { ...C, Image: photo('none') })
const near = await ok('SearchFaces', { ...C, FaceId: ids.ada[0], FaceMatchThreshold: 90 })
assert.deepEqual(
  near.FaceMatches.map(m => m.Face.FaceId),
  [ids.ada[1]],
)
const pair = (a, b) => ok('CompareFaces', { SourceImage: photo(a), TargetImage: photo(b), SimilarityThreshold: 90 })
assert.equal((await pair('ada1', 'ada3')).FaceMatches.length, 1)
assert.equal((await pair('ada1', 'bob3')).FaceMatches.length, 0)
assert.equal((await ok('DetectFaces', { Image: photo('ada1') })).FaceDetails.length, 1)
await fails('InvalidImageFormatException', 'DetectFaces', { Image: { Bytes: Buffer.from('hello') } })
for (const who of ['ada', 'bob']) {
  await ok('CreateUser', { ...C, UserId: who })
  assert.equal((await ok('AssociateFaces', { ...C, UserId: who, FaceIds: ids[who] })).AssociatedFaces.length, 2)
}
await fails('ConflictException', 'CreateUser', { ...C, UserId: 'ada' })
assert.deepEqual(
  (await ok('ListUsers', C)).Users.map(u => u.UserId),
  ['ada', 'bob'],
)
const byImage = await ok('SearchUsersByImage', { ...C, Image: photo('bob3'), UserMatchThreshold: 90 })
assert.equal(byImage.UserMatches[0].User.UserId, 'bob')
const byFace = await ok('SearchUsers', { ...C, FaceId: ids.ada[0], UserMatchThreshold: 90 })
assert.equal(byFace.UserMatches[0].User.UserId, 'ada')
assert.equal(
  (await ok('DisassociateFaces', { ...C, UserId: 'ada', FaceIds: ids.ada.slice(0, 1) })).DisassociatedFaces.length,
  1,
)
await ok('DeleteUser', { ...C, UserId: 'ada' })
assert.equal((await ok('DeleteFaces', { ...C, FaceIds: ids.ada })).DeletedFaces.length, 2)
await ok('DeleteCollection', C)
console.log([...done].join('\n'))
