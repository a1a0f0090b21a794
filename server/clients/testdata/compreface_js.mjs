// CompreFace by an unmodified @exadel/compreface-js-sdk, errors included: node compreface_js.mjs PHOTOS HOST PORT KEY.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { CompreFace } from '@exadel/compreface-js-sdk'

const [photos, host, port, key] = process.argv.slice(2)
const buffer = name => fs.readFileSync(`${photos}/${name}.jpg`)
const base64 = name => buffer(name).toString('base64')
process.chdir(photos)
const path = name => `./${name}.jpg`
const done = new Set()
const ok = async (name, p) => {
  done.add(name)
  return p
}
const fails = async (code, p) => {
  const e = await p.then(
    v => assert.fail(`not refused: ${JSON.stringify(v)}`),
    e => e,
  )
  assert.equal(e.response?.data?.code, code, e.message)
}
const cf = new CompreFace(`http://${host}`, port, { det_prob_threshold: 0.5 })
const rec = cf.initFaceRecognitionService(key)
const faces = () => rec.getFaceCollection() // its methods lengthen its address
const subjects = () => rec.getSubjects()

await ok('delete all subjects', subjects().deleteAll())
assert.deepEqual(await ok('add subject', subjects().add('Ada')), { subject: 'Ada' })
await fails(43, subjects().add('Ada'))
const a = [
  await ok('add face by path', faces().add(path('ada1'), 'Ada', {})),
  await ok('add face by base64', faces().add(base64('ada2'), 'Ada', {})),
]
const b = await ok(
  'add face by buffer',
  faces().add(buffer('bob1'), encodeURIComponent('Bob Lee'), { det_prob_threshold: 0.5 }),
)
assert.deepEqual([a[1].subject, b.subject], ['Ada', 'Bob Lee'])
await fails(28, faces().add(buffer('none'), 'Ada', {}))
assert.equal((await ok('list faces', faces().list())).faces.length, 3)
for (const [how, of] of [
  ['path', path],
  ['buffer', buffer],
  ['base64', base64],
]) {
  const options = { limit: 0, prediction_count: 2, face_plugins: 'age,gender,landmarks', status: 'true' }
  const r = await ok(`recognize by ${how}`, rec.recognize(of('ada3'), options))
  assert.equal(r.result[0].subjects[0].subject, 'Ada')
  assert.ok(r.result[0].subjects[0].similarity >= 0.6 && r.result[0].subjects.length === 2, JSON.stringify(r))
}
const v = await ok('verify face', faces().verify(buffer('ada3'), a[0].image_id, { limit: 1 }))
assert.ok(v.result[0].similarity >= 0.6, JSON.stringify(v))
assert.deepEqual(await ok('rename subject', subjects().rename('Ada', 'Ada King')), { updated: true })
const gone = await ok('delete several faces', faces().delete_multiple_images([a[0].image_id, 'x']))
assert.deepEqual(
  gone.map(g => g.image_id),
  [a[0].image_id],
)
await ok('delete face', faces().delete(b.image_id))
await fails(44, faces().delete(b.image_id))
assert.deepEqual(await ok('delete faces of a subject', faces().delete_all_subject('Ada%20King')), { deleted: 1 })
assert.deepEqual(await ok('delete all faces', faces().delete_all()), { deleted: 0 })
await ok('delete subject', subjects().delete('Ada%20King'))
assert.deepEqual(await ok('list subjects', subjects().list()), { subjects: ['Bob Lee'] })

const ver = cf.initFaceVerificationService(key)
const same = await ok('verify by path', ver.verify(path('ada1'), path('ada3'), { limit: 0 }))
assert.ok(same.result[0].face_matches[0].similarity >= 0.6, JSON.stringify(same))
const other = await ok('verify by base64', ver.verify(base64('ada1'), base64('bob1'), { limit: 0 }))
assert.ok(other.result[0].face_matches[0].similarity < 0.6, JSON.stringify(other))
const det = cf.initFaceDetectionService(key)
assert.equal((await ok('detect', det.detect(buffer('ada1'), { limit: 1 }))).result.length, 1)
await fails(10, cf.initFaceDetectionService('00000000-0000-0000-0000-000000000000').detect(buffer('ada1'), {}))
console.log([...done].join('\n'))
