// Elements, and what several views need. Text becomes text nodes, never markup.

export function h(tag, attributes = {}, ...children) {
  const e = document.createElement(tag)
  for (const [k, v] of Object.entries(attributes)) {
    if (k.startsWith('on')) e.addEventListener(k.slice(2), v)
    else if (v === true) e.setAttribute(k, '')
    else if (v !== false && v != null) e.setAttribute(k, v)
  }
  e.append(...children.flat().filter(c => c != null && c !== false))
  return e
}

export function say(text, bad = false) {
  const s = document.getElementById('status')
  s.className = bad ? 'bad' : ''
  s.textContent = text
}

// working shows how far something is beside what is said of it, until it is over.
export async function working(text, work) {
  say(text)
  const bar = document.getElementById('progress')
  bar.removeAttribute('value') // not known yet
  bar.hidden = false
  try {
    const done = await work(({ done, total }) => {
      if (total) Object.assign(bar, { max: total, value: done })
    })
    say('')
    return done
  } finally {
    bar.hidden = true
  }
}

// svg is h for pictures.
export function svg(tag, attributes, ...children) {
  const e = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v)
  e.append(...children)
  return e
}

export const plural = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

// oneIn says a rate in words.
export const oneIn = rate =>
  rate == null
    ? 'a share that is not known'
    : rate <= 0
      ? 'none seen'
      : `1 in ${Math.round(1 / rate).toLocaleString('en')}`

export const score = x => x.toFixed(3)

export const initials = name =>
  name
    .split(/[\s_]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map(w => [...w][0])
    .join('')
    .toUpperCase() || '?'

// worth says what a threshold stands for.
export function worth(point) {
  const on = (point.measured_on ?? '').split(',')[0]
  return (
    `threshold ${score(point.threshold)}: reached by ${oneIn(point.far)} pairs of different people` +
    (on ? `, measured on ${on}` : '')
  )
}

// drop is a place for photos: dropped, pasted by the file chooser, or picked with the keyboard.
export function drop(text, take, { several = false } = {}) {
  const input = h('input', { type: 'file', accept: 'image/*', multiple: several, 'aria-label': text })
  const box = h('div', { class: 'drop' }, h('p', {}, text), input)
  const got = files => {
    const photos = [...files].filter(f => f.size > 0)
    if (photos.length) take(several ? photos : photos[0], box)
    input.value = ''
  }
  input.addEventListener('change', () => got(input.files))
  for (const [event, over] of [
    ['dragover', true],
    ['dragleave', false],
    ['drop', false],
  ]) {
    box.addEventListener(event, e => {
      e.preventDefault()
      box.classList.toggle('over', over)
      if (event === 'drop') got(e.dataTransfer.files)
    })
  }
  return box
}

// sure asks before something is gone.
export function sure(question, yes) {
  return new Promise(resolve => {
    const d = h(
      'dialog',
      { 'aria-label': question },
      h(
        'form',
        { method: 'dialog' },
        h('p', {}, question),
        h(
          'div',
          { class: 'row' },
          h('button', { value: 'yes', class: 'danger' }, yes),
          h('button', { value: '' }, 'Keep'),
        ),
      ),
    )
    d.addEventListener('close', () => {
      d.remove()
      resolve(d.returnValue === 'yes')
    })
    document.body.append(d)
    d.showModal()
  })
}

// receipt shows what was removed.
export const receipt = r =>
  h(
    'section',
    { 'aria-label': 'Receipt' },
    h('h2', {}, 'Receipt'),
    h(
      'p',
      {},
      `Removed ${plural(r.removed.people, 'person', 'people')} and ${plural(r.removed.faces, 'face', 'faces')} from ` +
        `${r.collection} at ${r.time}.`,
    ),
    r.traces && h('p', { class: 'bad' }, r.traces),
    h('pre', {}, JSON.stringify(r, null, 1)),
  )

// rejected lists the photos that could not be used, each with why.
export const rejected = list =>
  list.length > 0 &&
  h(
    'div',
    {},
    h('h3', {}, 'Not used'),
    h(
      'ul',
      {},
      list.map(r =>
        h(
          'li',
          {},
          `${r.filename || `photo ${r.index + 1}`}: ${r.message}`,
          r.hint && h('span', { class: 'soft' }, ` (${r.hint})`),
        ),
      ),
    ),
  )
