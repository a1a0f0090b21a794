// What is wrong with a collection, and what mends it.

import { at, call, watch } from './api.mjs'
import { h, plural, say, score, sure, working } from './dom.mjs'

const link = p => h('a', { href: `#person/${p.id}` }, p.name)

// says is a fault in words, by its kind.
const says = {
  copy: f => [link(f.person), ': one photo twice'],
  twice: f => [link(f.person), ' and ', link(f.other), ' look like one person'],
  misfiled: f => [
    link(f.person),
    `: ${plural(f.face_ids.length, 'face looks', 'faces look')} like `,
    link(f.other),
  ],
  apart: f => [link(f.person), `: ${plural(f.face_ids.length, 'face does', 'faces do')} not look like the others`],
  poor: f => [link(f.person), ': a face too poor to tell'],
  alike: f => [
    link(f.person),
    ' and ',
    link(f.other),
    ' cannot be told apart by the threshold, though they are two',
  ],
}

// mends is the button that a fault has, if any: what it says, what it asks, and what it does.
const mends = {
  twice: f => [
    'Make one of them',
    `Are ${f.person.name} and ${f.other.name} one person? Their faces become ${f.person.name}'s.`,
    () => call('POST', at(`/people/${f.person.id}/merge`), { from: [f.other.id] }),
  ],
  misfiled: f => [
    `Give to ${f.other.name}`,
    `Are these ${f.other.name}'s?`,
    () => Promise.all(f.face_ids.map(id => call('POST', at(`/faces/${id}/move`), { to: f.other.id }))),
  ],
}
// One face that is surely too much; of several somebody is to choose, on the person's page.
const remove = f =>
  f.face_ids.length === 1 && [
    'Delete',
    `Delete the face of ${f.person.name} for good?`,
    () => call('POST', at('/faces/remove'), { ids: f.face_ids }),
  ]
Object.assign(mends, { copy: remove, poor: remove })

function entry(f) {
  const row = h(
    'li',
    {},
    h('span', {}, ...(says[f.kind]?.(f) ?? [f.kind, ' ', link(f.person)])),
    f.other ? h('span', { class: 'soft' }, ` (score ${score(f.score)}) `) : ' ',
  )
  const mend = mends[f.kind]?.(f)
  if (mend) {
    const [label, question, act] = mend
    const go = async () => {
      if (!(await sure(question, label))) return
      await act()
      say('Done')
      row.remove()
    }
    row.append(h('button', { onclick: go }, label))
  }
  return row
}

export function faults() {
  const result = h('div', { 'aria-live': 'polite' })
  const look = async () => {
    const x = await working('Comparing all faces …', progress =>
      watch('GET', at('/faults'), undefined, { progress }),
    )
    result.replaceChildren(
      h(
        'p',
        {},
        `${plural(x.faces, 'face', 'faces')} of ${plural(x.people, 'person', 'people')} compared: `,
        x.faults.length ? plural(x.faults.length, 'thing', 'things') + ' to look at' : 'nothing is wrong',
      ),
      h('ul', { class: 'faults' }, x.faults.map(entry)),
    )
  }
  return [
    h('h3', {}, 'Faults'),
    h('p', { class: 'soft' }, 'One person under two names, photos under a wrong name, photos too poor to tell.'),
    h('button', { onclick: look }, 'Look for faults'),
    result,
  ]
}
