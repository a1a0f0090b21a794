// Who is in a photo, and whether two photos show the same person.

import { at, call, collection, curl, form } from './api.mjs'
import { drop, h, oneIn, plural, say, score, worth } from './dom.mjs'

// draw shows a photo with boxes and labels.
async function draw(file, faces) {
  const photo = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const canvas = h('canvas', { role: 'img', 'aria-label': `photo with ${plural(faces.length, 'face', 'faces')}` })
  canvas.width = photo.width
  canvas.height = photo.height
  const pen = canvas.getContext('2d')
  pen.drawImage(photo, 0, 0)
  const size = Math.max(12, photo.width / 45)
  pen.lineWidth = Math.max(2, size / 8)
  pen.font = `600 ${size}px system-ui, sans-serif`
  for (const {
    box: [x0, y0, x1, y1],
    text,
    colour,
  } of faces) {
    pen.strokeStyle = pen.fillStyle = colour
    pen.strokeRect(x0, y0, x1 - x0, y1 - y0)
    const wide = pen.measureText(text).width + size / 2
    const left = Math.max(0, Math.min(x0, photo.width - wide))
    const top = y0 > size * 1.4 ? y0 - size * 1.4 : y1
    pen.fillRect(left, top, wide, size * 1.4)
    pen.fillStyle = '#fff'
    pen.fillText(text, left + size / 4, top + size)
  }
  return canvas
}

const known = '#17693a',
  unknown = '#8a4b00',
  poor = '#5b6570'

export function identify() {
  const result = h('div', { 'aria-live': 'polite' })
  return [
    h('h2', {}, `Who is it? – ${collection}`),
    drop('Drop a photo here', async file => {
      say('Looking …')
      result.replaceChildren()
      const path = `${at('/identify')}?top=3`
      const a = await call('POST', path, form({}, 'image', [file]))
      say('')
      const label = f =>
        f.face.too_poor
          ? 'too poor to tell'
          : f.person
            ? `${f.person.name} ${score(f.person.score)}`
            : (f.tied?.map(m => m.name).join(' or ') ?? 'unknown')
      const picture = await draw(
        file,
        a.faces.map((f, i) => ({
          box: f.face.box,
          text: `${i + 1} ${label(f)}`,
          colour: f.face.too_poor ? poor : f.person ? known : unknown,
        })),
      )
      result.replaceChildren(
        h(
          'div',
          { class: 'columns' },
          picture,
          h(
            'div',
            {},
            h(
              'p',
              {},
              a.faces.length ? plural(a.faces.length, 'face', 'faces') : 'No face is found.',
              a.faces.length > 0 && a.fpir != null
                ? `; ${oneIn(a.fpir)} strangers would be taken for somebody here`
                : '',
            ),
            h(
              'ol',
              {},
              a.faces.map(f =>
                h(
                  'li',
                  {},
                  h('strong', { class: f.person ? 'good' : '' }, label(f)),
                  h('div', { class: 'soft' }, f.face.too_poor || worth(f.point)),
                  h(
                    'div',
                    { class: 'soft' },
                    'nearest: ',
                    f.nearest.map(m => `${m.name} ${score(m.score)}`).join(', '),
                  ),
                ),
              ),
            ),
          ),
          h(
            'div',
            {},
            h('h3', {}, 'The same in a terminal'),
            h('pre', { tabindex: 0 }, curl(path, [['image', file.name]])),
            h('h3', {}, 'Answer'),
            h('pre', { tabindex: 0 }, JSON.stringify(a, null, 1)),
          ),
        ),
      )
    }),
    result,
  ]
}

export function verify() {
  const result = h('div', { 'aria-live': 'polite' })
  const files = {}
  const place = (side, text) =>
    drop(text, async (file, box) => {
      files[side] = file
      box.querySelector('img')?.remove()
      box.prepend(h('img', { src: URL.createObjectURL(file), alt: `${side} photo` }))
      if (files.source && files.target) await compare()
    })
  const compare = async () => {
    say('Comparing …')
    result.replaceChildren()
    const body = new FormData()
    for (const side of ['source', 'target']) body.append(side, files[side], files[side].name)
    body.append('collection', collection)
    const v = await call('POST', '/v1/verify', body)
    say('')
    const verdict = v.too_poor ? 'Too poor to tell' : v.same ? 'The same person' : 'Different people'
    result.replaceChildren(
      h('p', { class: `verdict ${v.same ? 'good' : ''}` }, verdict),
      h('p', {}, v.too_poor || `score ${score(v.score)}; ${worth(v.point)}`),
      h('h3', {}, 'The same in a terminal'),
      h(
        'pre',
        { tabindex: 0 },
        curl(
          '/v1/verify',
          ['source', 'target'].map(s => [s, files[s].name]),
        ),
      ),
    )
  }
  return [
    h('h2', {}, 'Do two photos show the same person?'),
    h('div', { class: 'columns' }, place('source', 'Drop one photo here'), place('target', 'Drop the other here')),
    result,
  ]
}
