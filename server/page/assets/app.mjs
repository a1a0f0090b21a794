// Which view is shown, and of which collection.

import { call, choose, collection, Problem } from './api.mjs'
import { h, say } from './dom.mjs'
import { people, person } from './people.mjs'
import { identify, verify } from './ask.mjs'
import { collectionView } from './collection.mjs'

const views = { people, person, identify, verify, collection: collectionView }

// report shows what goes wrong wherever it does.
function report(e) {
  if (!(e instanceof Problem)) console.error(e)
  say(e.message, true)
}
addEventListener('unhandledrejection', e => {
  e.preventDefault()
  report(e.reason)
})

let shown = 0

async function show() {
  const [name, ...rest] = location.hash.slice(1).split('/')
  const view = views[name] ? name : 'people'
  for (const a of document.querySelectorAll('nav a')) {
    const here = a.hash === `#${view}` || (view === 'person' && a.hash === '#people')
    if (here) a.setAttribute('aria-current', 'page')
    else a.removeAttribute('aria-current')
  }
  const mine = ++shown
  const main = document.getElementById('main')
  try {
    const content = await views[view](...rest)
    if (mine !== shown) return // another view was chosen meanwhile
    main.replaceChildren(...[content].flat())
    document.title = `${main.querySelector('h2')?.textContent ?? 'faceid'} – faceid`
  } catch (e) {
    main.replaceChildren()
    report(e)
  }
}

export async function collections() {
  const list = (await call('GET', '/v1/collections')).collections
  const select = document.getElementById('collections')
  if (!list.some(c => c.name === collection)) choose(list[0]?.name ?? 'default')
  select.replaceChildren(...list.map(c => h('option', { value: c.name, selected: c.name === collection }, c.name)))
}

document.getElementById('collections').addEventListener('change', e => {
  choose(e.target.value)
  if (location.hash.startsWith('#person')) location.hash = '#people'
  else show()
})
addEventListener('hashchange', () => {
  say('')
  show()
  document.getElementById('main').focus()
})
addEventListener('collections', () => collections().then(show))
collections().then(show, report)
