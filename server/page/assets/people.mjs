// The people of a collection, and one of them.

import { all, at, call } from './api.mjs'
import { cover, shown } from './pictures.mjs'
import { drop, h, initials, plural, receipt, say, sure } from './dom.mjs'
import { enrol } from './enrol.mjs'

function picture(p) {
  const e = h('span', { class: 'initials', 'aria-hidden': 'true' }, initials(p.name))
  return p.cover_face_id ? cover(e, p.cover_face_id, '') : e
}

export async function people() {
  const list = await all(at('/people'), 'people')
  list.sort((a, b) => a.name.localeCompare(b.name))
  const grid = h('ul', { class: 'grid' })
  const count = h('p', { class: 'soft' })
  const search = h('input', { type: 'search', autocomplete: 'off' })
  const draw = () => {
    const want = search.value.trim().toLowerCase()
    const some = list.filter(p => p.name.toLowerCase().includes(want))
    count.textContent =
      some.length === list.length
        ? plural(list.length, 'person', 'people')
        : `${some.length.toLocaleString('en')} of ${plural(list.length, 'person', 'people')}`
    grid.replaceChildren(
      ...some
        .slice(0, 500)
        .map(p =>
          h(
            'li',
            {},
            h(
              'a',
              { class: 'card', href: `#person/${p.id}` },
              picture(p),
              h('strong', {}, p.name),
              h('span', { class: 'soft' }, plural(p.faces, 'face', 'faces')),
            ),
          ),
        ),
    )
  }
  search.addEventListener('input', draw)
  draw()
  const nobody = h(
    'p',
    { hidden: list.length > 0 },
    'Nobody is enrolled yet: give a name and drop photos of one person above.',
  )
  const added = p => {
    const i = list.findIndex(o => o.id === p.id)
    list.splice(i < 0 ? list.length : i, i < 0 ? 0 : 1, p)
    list.sort((a, b) => a.name.localeCompare(b.name))
    nobody.hidden = true
    draw()
  }
  return [
    h('h2', {}, 'People'),
    newPerson(!list.length, added),
    h('div', { class: 'row' }, h('label', {}, 'Search', search)),
    count,
    grid,
    nobody,
  ]
}

function newPerson(open, added) {
  const name = h('input', { required: true, maxlength: 200, autocomplete: 'off' })
  const result = h('div', { 'aria-live': 'polite' })
  const box = drop(
    'Drop photos of this person here, one face in each',
    async photos => {
      if (!name.value.trim()) {
        name.focus()
        return say('First say whose photos they are', true)
      }
      const done = await enrol(at('/people'), { name: name.value.trim() }, photos, result)
      if (!done) return
      name.value = ''
      added(done.person)
    },
    { several: true },
  )
  return h(
    'details',
    { open },
    h('summary', {}, 'Add a person'),
    h('div', { class: 'row' }, h('label', {}, 'Name', name)),
    box,
    result,
  )
}

export async function person(id) {
  const path = at(`/people/${id}`)
  const [p, faces, system] = await Promise.all([
    call('GET', path),
    all(`${path}/faces`, 'faces'),
    call('GET', '/v1/system'),
  ])
  const result = h('div', { 'aria-live': 'polite' })
  const again = () => dispatchEvent(new Event('hashchange'))
  const name = h('input', { value: p.name, maxlength: 200, required: true })
  const rename = h(
    'form',
    {
      class: 'row',
      onsubmit: e => {
        e.preventDefault()
        renamed(path, name.value.trim(), p, again)
      },
    },
    h('label', {}, 'Name', name),
    h('button', {}, 'Rename'),
  )
  const boxes = faces.map(f => h('input', { type: 'checkbox', value: f.id, 'aria-label': `face ${f.id}` }))
  const chosen = () => boxes.filter(b => b.checked).map(b => Number(b.value))
  const remove = async () => {
    const ids = chosen()
    if (!ids.length) return say('Choose faces first', true)
    if (!(await sure(`Delete ${plural(ids.length, 'face', 'faces')} of ${p.name} for good?`, 'Delete'))) return
    const r = await call('POST', at('/faces/remove'), { ids })
    document
      .getElementById('main')
      .replaceChildren(receipt(r), h('p', {}, h('a', { href: `#person/${id}`, onclick: again }, 'Back')))
  }
  const forget = async () => {
    if (!(await sure(`Delete ${p.name} with ${plural(p.faces, 'face', 'faces')} for good?`, 'Delete'))) return
    const r = await call('DELETE', path)
    document
      .getElementById('main')
      .replaceChildren(receipt(r), h('p', {}, h('a', { href: '#people' }, 'Back to the people')))
  }
  return [
    h('h2', {}, p.name),
    rename,
    drop(
      'Drop more photos of this person here',
      async photos => {
        if (await enrol(`${path}/faces`, {}, photos, result))
          faceTable.replaceWith(h('p', {}, h('a', { href: `#person/${id}`, onclick: again }, 'Show all faces')))
      },
      { several: true },
    ),
    result,
    ...tableOf(p, faces, boxes, system.keeps_photos),
    h(
      'div',
      { class: 'row' },
      h('button', { onclick: remove }, 'Delete chosen faces'),
      h('button', { class: 'danger', onclick: forget }, `Delete ${p.name}`),
    ),
  ]
}

let faceTable

function tableOf(p, faces, boxes, keeps) {
  faceTable = h(
    'div',
    { class: 'scroll' },
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Choose', 'Face', 'Added', 'Size', 'Sharpness', 'Frontal'].map((t, i) =>
            h('th', { scope: 'col', class: i > 2 && 'number' }, t),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        faces.map((f, i) =>
          h(
            'tr',
            {},
            h('td', {}, boxes[i]),
            h('td', {}, f.photo_kept ? shown(f.id, p.name) : f.id),
            h('td', {}, new Date(f.created).toLocaleString()),
            [`${Math.round(f.quality.size)} px`, f.quality.sharpness.toFixed(2), f.quality.frontal.toFixed(2)].map(
              t => h('td', { class: 'number' }, t),
            ),
          ),
        ),
      ),
    ),
  )
  return [
    h('h3', {}, plural(faces.length, 'face', 'faces')),
    h(
      'p',
      { class: 'soft' },
      keeps
        ? 'Photos are kept as they were sent, and deleted with the face.'
        : 'No pictures are stored, only what faces are compared by.',
    ),
    faceTable,
  ]
}

// renamed renames, and offers to make one of two who have the name.
async function renamed(path, name, p, again) {
  try {
    await call('PATCH', path, { name })
    say(`Renamed to ${name}`)
  } catch (e) {
    if (e.code !== 'name_taken') throw e
    if (
      !(await sure(`${name} is there already. Are they the same person? Their faces become one person's.`, 'Merge'))
    )
      return
    await call('POST', at(`/people/${e.details.id}/merge`), { from: [p.id] })
    location.hash = `#person/${e.details.id}`
    return
  }
  again()
}
