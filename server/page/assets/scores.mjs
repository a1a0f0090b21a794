// The scores of the people enrolled as a picture, with the threshold in it.

import { at, watch } from './api.mjs'
import { h, plural, score, svg, working, worth } from './dom.mjs'

const kinds = [
  ['same', 'one person, two photos', 'pair', 'pairs'],
  ['different', 'two people', 'pair', 'pairs'],
  ['strangers', 'a stranger, and whoever here is most alike', 'search', 'searches'],
]

export function scores() {
  const result = h('div', { 'aria-live': 'polite' })
  const look = async () => {
    const s = await working('Comparing the people …', progress =>
      watch('GET', at('/scores'), undefined, { progress }),
    )
    result.replaceChildren(histogram(s), table(s))
  }
  return [
    h('h3', {}, 'Scores'),
    h('p', { class: 'soft' }, 'How alike photos of one person are here, and how alike those of different people.'),
    h('button', { onclick: look }, 'Show the scores'),
    result,
  ]
}

const left = 12,
  width = 576,
  high = 92

// edge is the score where a bin begins.
const edge = (s, i) => (2 * i) / s.bins - 1

function histogram(s) {
  const used = s.same.map((_, i) => i).filter(i => kinds.some(([k]) => s[k][i] > 0))
  const first = Math.max(0, Math.min(...used) - 1)
  const last = Math.min(s.bins - 1, Math.max(...used, Math.ceil(((s.point.threshold + 1) / 2) * s.bins)) + 1)
  const x = v => left + (width * (v - edge(s, first))) / (edge(s, last + 1) - edge(s, first))
  const text = (px, py, words, anchor, kind = 'axis') =>
    svg('text', { x: px.toFixed(1), y: py, 'text-anchor': anchor, class: kind }, words)
  const rows = kinds.map(([kind, what], row) => {
    const bottom = (row + 1) * (high + 24)
    const most = Math.max(1, ...s[kind])
    const bars = s[kind].slice(first, last + 1).map((n, i) => {
      const from = x(edge(s, first + i))
      const tall = (high * n) / most
      return svg('rect', {
        x: (from + 0.5).toFixed(1),
        y: (bottom - tall).toFixed(1),
        width: Math.max(1, x(edge(s, first + i + 1)) - from - 1).toFixed(1),
        height: tall.toFixed(1),
        class: kind,
      })
    })
    return [
      ...bars,
      svg('line', { x1: left, x2: left + width, y1: bottom, y2: bottom, class: 'axis' }),
      text(left, bottom - high - 6, what, 'start', 'label'),
    ]
  })
  const foot = kinds.length * (high + 24)
  const t = x(s.point.threshold).toFixed(1)
  const ticks = [edge(s, first), edge(s, last + 1)].map((v, i) =>
    text(x(v), foot + 15, score(v), i ? 'end' : 'start'),
  )
  return svg(
    'svg',
    {
      viewBox: `0 0 600 ${foot + 22}`,
      role: 'img',
      class: 'histogram',
      'aria-label': `histograms of scores, with the threshold ${score(s.point.threshold)}; the table below has what is on either side of it`,
    },
    ...rows.flat(),
    svg('line', { x1: t, x2: t, y1: 16, y2: foot, class: 'threshold' }),
    text(Number(t), foot + 15, `threshold ${score(s.point.threshold)}`, 'middle', 'label'),
    ...ticks,
  )
}

// table has in words what the picture shows.
function table(s) {
  const row = ([kind, what, one, many]) => {
    const all = s[kind].reduce((a, b) => a + b, 0)
    const from = Math.ceil(((s.point.threshold + 1) / 2) * s.bins) // the first bin wholly above
    const above = s[kind].slice(from).reduce((a, b) => a + b, 0)
    const share = all ? `${((100 * above) / all).toFixed(above && above < all ? 2 : 0)} %` : '–'
    return h(
      'tr',
      {},
      h('td', {}, what),
      h('td', { class: 'number' }, plural(all, one, many)),
      h('td', { class: 'number' }, share),
    )
  }
  return h(
    'div',
    { class: 'scroll' },
    h('p', { class: 'soft' }, `${worth(s.point)}; of ${plural(s.people, 'person', 'people')}`),
    h(
      'table',
      {},
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Photos of', 'Compared', 'Above the threshold, about'].map((t, i) =>
            h('th', { scope: 'col', class: i > 0 && 'number' }, t),
          ),
        ),
      ),
      h('tbody', {}, kinds.map(row)),
    ),
  )
}
