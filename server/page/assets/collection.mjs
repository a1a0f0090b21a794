// A collection as a whole: figures, thresholds, tests, backup, and its end.

import { at, call, choose, collection, raw, watch } from './api.mjs'
import { h, oneIn, plural, receipt, say, score, sure, svg, working } from './dom.mjs'
import { faults } from './faults.mjs'
import { scores } from './scores.mjs'

export async function collectionView() {
  const [info, { calibration }] = await Promise.all([
    call('GET', at('')),
    call('GET', at('/calibration')).catch(() => ({})),
  ])
  return [
    h('h2', {}, `Collection ${info.name}`),
    h(
      'p',
      {},
      `${plural(info.people, 'person', 'people')}, ${plural(info.faces, 'face', 'faces')}`,
      info.model ? `, of the model ${info.model.name}` : '',
    ),
    ...thresholds(calibration),
    ...calibrate(),
    ...scores(),
    ...faults(),
    ...doctor(),
    ...backup(),
    ...others(info),
  ]
}

// thresholds are a curve and a table: how often two different people here reach a score.
function thresholds(c) {
  if (!c) {
    return [
      h('h3', {}, 'Thresholds'),
      h(
        'p',
        {},
        'As measured for the model on LFW; on other people the rates may be ten times as high. ' +
          'From ten people on they are set by the people enrolled.',
      ),
    ]
  }
  const far = c.cohort?.far ?? c.far // those that answers go by
  const rows = far.filter((_, i) => i % 3 === 2 || i === far.length - 1)
  return [
    h('h3', {}, 'Thresholds, by the people enrolled here'),
    curve(far),
    h(
      'p',
      { class: 'soft' },
      `${plural(c.pairs, 'pair', 'pairs')} of ${plural(c.people, 'person', 'people')} compared` +
        (c.twice?.length
          ? `; ${plural(c.twice.length, 'pair looks', 'pairs look')} like one person enrolled twice`
          : '') +
        (c.cohort
          ? `; scores are normalised by ${plural(c.cohort.people, 'stranger', 'strangers')}, and so are these thresholds`
          : ''),
    ),
    h(
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
            ['Different people who pass', 'between', 'Threshold'].map((t, i) =>
              h('th', { scope: 'col', class: i > 1 && 'number' }, t),
            ),
          ),
        ),
        h(
          'tbody',
          {},
          rows.map(r =>
            h(
              'tr',
              {},
              h('td', {}, oneIn(r.rate)),
              h('td', {}, `${oneIn(r.high)} and ${oneIn(r.low)}`),
              h('td', { class: 'number' }, score(r.threshold)),
            ),
          ),
        ),
      ),
    ),
  ]
}

function curve(far) {
  const points = far.filter(r => r.rate > 0 && r.threshold <= 1)
  if (points.length < 2) return ''
  const x = t => 40 + (340 * (t - points[0].threshold)) / (points.at(-1).threshold - points[0].threshold || 1)
  const y = r => 10 + (150 * Math.log10(r)) / Math.log10(points.at(-1).rate)
  const line = of => points.map(r => `${x(r.threshold).toFixed(1)},${y(Math.max(of(r), 1e-9)).toFixed(1)}`)
  const label = (px, py, text, anchor) =>
    svg('text', { x: px, y: py, 'font-size': 10, fill: 'currentColor', 'text-anchor': anchor }, text)
  const all = svg(
    'svg',
    {
      viewBox: '0 0 400 195',
      role: 'img',
      width: '100%',
      style: '',
      'aria-label': 'share of pairs of different people that reach a score',
    },
    svg('polygon', {
      points: [...line(r => r.low), ...line(r => r.high).reverse()].join(' '),
      fill: 'currentColor',
      opacity: 0.15,
    }),
    svg('polyline', { points: line(r => r.rate).join(' '), fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }),
    label(40, 190, score(points[0].threshold), 'start'),
    label(380, 190, score(points.at(-1).threshold), 'end'),
    label(210, 190, 'score', 'middle'),
    label(4, 14, oneIn(points[0].rate), 'start'),
    label(4, 158, oneIn(points.at(-1).rate), 'start'),
  )
  all.removeAttribute('style')
  return all
}

function calibrate() {
  const anew = async () => {
    await working('Comparing the people …', progress => watch('POST', at('/calibration'), undefined, { progress }))
    dispatchEvent(new Event('hashchange'))
  }
  return [h('button', { onclick: anew }, 'Calibrate anew')]
}

function doctor() {
  const list = h('ul', { 'aria-live': 'polite' })
  const test = async () => {
    list.replaceChildren()
    const path = `/v1/doctor?collection=${encodeURIComponent(collection)}`
    const finding = f =>
      list.append(h('li', { class: f.ok ? '' : 'bad' }, `${f.what}: ${f.ok ? f.says : f.error}`))
    await working('Testing …', progress => watch('GET', path, undefined, { finding, progress }))
  }
  return [h('h3', {}, 'Tests'), h('button', { onclick: test }, 'Test library, models and gallery'), list]
}

function backup() {
  const save = async () => {
    say('Reading …')
    const blob = await (await raw('GET', at('/export'))).blob()
    const a = h('a', { href: URL.createObjectURL(blob), download: `${collection}.jsonl` })
    a.click()
    URL.revokeObjectURL(a.href)
    say('Downloaded. It is biometric data: keep it so.')
  }
  const file = h('input', { type: 'file', accept: '.jsonl', id: 'restore' })
  file.addEventListener('change', async () => {
    const r = await working('Restoring …', progress => watch('POST', at('/import'), file.files[0], { progress }))
    file.value = ''
    say(
      `${plural(r.people, 'person', 'people')} read, ${plural(r.added, 'face', 'faces')} added, ${r.duplicates.toLocaleString('en')} were there`,
    )
  })
  return [
    h('h3', {}, 'Backup'),
    h(
      'div',
      { class: 'row' },
      h('button', { onclick: save }, 'Download'),
      h('label', {}, 'Restore from a file', file),
    ),
  ]
}

function others(info) {
  const name = h('input', {
    pattern: '[a-zA-Z0-9_][a-zA-Z0-9_.\\-]*',
    maxlength: 200,
    required: true,
    autocomplete: 'off',
  })
  const changed = () => dispatchEvent(new Event('collections'))
  const create = async e => {
    e.preventDefault()
    const made = await call('POST', '/v1/collections', { name: name.value })
    choose(made.name)
    say(`${made.name} is made`)
    changed()
  }
  const remove = async () => {
    if (
      !(await sure(
        `Delete the collection ${info.name} with ${plural(info.people, 'person', 'people')} for good?`,
        'Delete',
      ))
    )
      return
    const r = await call('DELETE', at(''))
    choose('default')
    document
      .getElementById('main')
      .replaceChildren(receipt(r), h('p', {}, h('button', { onclick: changed }, 'Go on')))
  }
  return [
    h('h3', {}, 'Collections'),
    h(
      'form',
      { class: 'row', onsubmit: create },
      h('label', {}, 'Name of a new one', name),
      h('button', {}, 'Create'),
    ),
    info.name !== 'default' && h('button', { class: 'danger', onclick: remove }, `Delete ${info.name}`),
  ].filter(Boolean)
}
