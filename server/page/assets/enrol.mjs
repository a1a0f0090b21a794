// Photos of a person, sent in as many requests as they need.

import { form, Problem, watch } from './api.mjs'
import { h, plural, rejected, say, score, working } from './dom.mjs'

// parts are photos in as many requests as they need: of some 30 MB, of 25 photos.
function* parts(photos) {
  let part = []
  let bytes = 0
  for (const f of photos) {
    if (part.length === 25 || (part.length && bytes + f.size > 30e6)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(f)
    bytes += f.size
  }
  if (part.length) yield part
}

// enrolAll sends photos and gathers what became of them. What none of the photos is to blame for ends it.
async function enrolAll(path, values, photos, progress) {
  const all = { faces: [], alike: new Map(), rejected: [] }
  let before = 0
  for (const part of parts(photos)) {
    try {
      const r = await watch('POST', path, form(values, 'images', part), {
        progress: p => progress({ done: before + p.done, total: photos.length }),
      })
      all.person = r.person
      all.faces.push(...r.faces)
      all.rejected.push(...r.rejected_images)
      for (const l of r.alike) all.alike.set(l.person_id, l)
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      const rejected = e.details?.rejected_images
      if (rejected) all.rejected.push(...rejected)
      else if (part.length === 1 && photos.length > 1)
        all.rejected.push({ filename: part[0].name, message: e.message })
      all.problem = e
      if (!rejected && part.length > 1) break
    }
    before += part.length
  }
  return all
}

// enrol sends photos, and shows which were used and why others were not.
export async function enrol(path, values, photos, result) {
  const r = await working(`Looking at ${plural(photos.length, 'photo', 'photos')} …`, progress =>
    enrolAll(path, values, photos, progress),
  )
  const fresh = r.faces.filter(f => !f.duplicate).length
  if (r.problem && (!r.person || !r.rejected.length)) say(r.problem.message, true)
  result.replaceChildren(
    ...(r.person
      ? [
          h(
            'p',
            { class: 'good' },
            `${plural(fresh, 'face', 'faces')} added to `,
            h('a', { href: `#person/${r.person.id}` }, r.person.name),
            fresh < r.faces.length ? '; the others were there already' : '',
          ),
        ]
      : []),
    ...[...r.alike.values()].map(l =>
      h(
        'p',
        { class: 'bad' },
        l.same_photo ? 'The same photo is enrolled for ' : 'Perhaps one person twice: looks like ',
        h('a', { href: `#person/${l.person_id}` }, l.name),
        ` (score ${score(l.score)})`,
      ),
    ),
    ...[rejected(r.rejected)].filter(Boolean),
  )
  return r.person && r
}
