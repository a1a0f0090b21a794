// Photos of faces, where the server keeps them. They need the key, so that they are fetched, not linked.

import { at, raw } from './api.mjs'
import { h } from './dom.mjs'

const waiting = new Map()

const seen = new IntersectionObserver(
  list => {
    for (const { target, isIntersecting } of list) {
      if (!isIntersecting) continue
      seen.unobserve(target)
      waiting.get(target)()
      waiting.delete(target)
    }
  },
  { rootMargin: '200px' },
)

const photo = async (face, query = '') =>
  URL.createObjectURL(await (await raw('GET', at(`/faces/${face}/photo${query}`))).blob())

// cover puts the picture of a face in the place of e, as soon as somebody could see it; e stays where it cannot be had.
export function cover(e, face, alt) {
  waiting.set(e, async () => {
    const src = await photo(face, '?cover=true').catch(() => '')
    if (!src) return
    const img = h('img', { src, alt, class: 'cover' })
    img.addEventListener('load', () => URL.revokeObjectURL(src))
    e.replaceWith(img)
  })
  seen.observe(e)
  return e
}

// shown is the cover of a face as a button that shows the whole photo.
export function shown(face, name) {
  const look = async () => {
    const src = await photo(face)
    const d = h(
      'dialog',
      { class: 'photo', 'aria-label': `photo of ${name}` },
      h('img', { src, alt: `the photo that face ${face} of ${name} was enrolled from` }),
      h(
        'form',
        { method: 'dialog', class: 'row' },
        h('a', { href: src, download: `face-${face}` }, 'Download'),
        h('button', {}, 'Close'),
      ),
    )
    d.addEventListener('close', () => {
      URL.revokeObjectURL(src)
      d.remove()
    })
    document.body.append(d)
    d.showModal()
  }
  return h(
    'button',
    { class: 'plain', onclick: look, 'aria-label': `show the photo of face ${face}` },
    cover(h('span', { class: 'initials' }, '…'), face, ''),
  )
}
