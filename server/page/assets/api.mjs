// The server, as the page speaks with it. The key stays in this tab.

let key = sessionStorage.getItem('faceid-key') ?? ''
export let collection = sessionStorage.getItem('faceid-collection') ?? 'default'

export function choose(name) {
  collection = name
  sessionStorage.setItem('faceid-collection', name)
}

// Problem is an answer that says what is wrong.
export class Problem extends Error {
  constructor(status, error) {
    super(error.hint ? `${error.message}. ${error.hint}` : error.message)
    Object.assign(this, { status, code: error.code, details: error.details })
  }
}

const asked = []

function askKey() {
  const dialog = document.getElementById('key')
  return new Promise(resolve => {
    asked.push(resolve)
    if (dialog.open) return
    dialog.addEventListener(
      'close',
      () => {
        key = document.getElementById('key-value').value.trim()
        sessionStorage.setItem('faceid-key', key)
        asked.splice(0).forEach(f => f())
      },
      { once: true },
    )
    dialog.showModal()
  })
}

export async function raw(method, path, body, accept) {
  const headers = accept ? { accept } : {}
  if (key) headers.authorization = `Bearer ${key}`
  if (body && !(body instanceof FormData) && !(body instanceof Blob)) {
    headers['content-type'] = 'application/json'
    body = JSON.stringify(body)
  }
  const r = await fetch(path, { method, headers, body })
  if (r.status === 401) {
    await askKey()
    return raw(method, path, body, accept)
  }
  if (r.ok) return r
  const said = await r.json().catch(() => ({ error: { message: `the server answers with status ${r.status}` } }))
  throw new Problem(r.status, said.error)
}

export const call = async (method, path, body) => (await raw(method, path, body)).json()

// watch is call for what takes long: on tells how far it is, and what else comes before the end, by the event's name.
export async function watch(method, path, body, on) {
  const r = await raw(method, path, body, 'text/event-stream')
  if (!r.headers.get('content-type').startsWith('text/event-stream')) return r.json()
  const reader = r.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let rest = ''; ;) {
    const { value, done } = await reader.read()
    if (done) throw new Problem(0, { message: 'the server ended before it was done' })
    const events = (rest + value).split('\n\n')
    rest = events.pop()
    for (const e of events) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(e) ?? []
      if (name === 'result') return JSON.parse(data)
      if (name === 'error') throw new Problem(200, JSON.parse(data).error)
      on[name]?.(JSON.parse(data))
    }
  }
}

// at is a path in the chosen collection.
export const at = path => `/v1/collections/${encodeURIComponent(collection)}${path}`

// all follows the cursors of a list.
export async function all(path, member) {
  const out = []
  for (let cursor = ''; ;) {
    const page = await call('GET', `${path}?limit=1000${cursor && `&cursor=${cursor}`}`)
    out.push(...page[member])
    if (!page.next) return out
    cursor = page.next
  }
}

export function form(values, field, files) {
  const f = new FormData()
  for (const [k, v] of Object.entries(values)) f.append(k, v)
  for (const file of files) f.append(field, file, file.name)
  return f
}

// curl is the same request for a terminal.
export function curl(path, fields) {
  const parts = fields.map(
    ([name, file]) => `-F ${name}=@${/^[\w.-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`}`,
  )
  return ['curl', ...(key ? ['-H "Authorization: Bearer $KEY"'] : []), ...parts, location.origin + path].join(' ')
}
