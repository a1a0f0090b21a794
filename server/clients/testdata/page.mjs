// The page in a real browser, every flow of it, in two sizes and two schemes: node page.mjs PHOTOS URL KEY PICTURES.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import puppeteer from 'puppeteer-core'

const [photos, url, key, pictures] = process.argv.slice(2)
const axe = createRequire(import.meta.url).resolve('axe-core')
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
})
const photo = name => `${photos}/${name}.jpg`
const done = new Set()
const faults = []

async function flows(size, scheme) {
  const page = await (await browser.createBrowserContext()).newPage()
  await page.setBypassCSP(true) // for axe alone: what the page loads is looked at below
  await page.setViewport(size)
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  page.on('pageerror', e => faults.push(`error: ${e.message}`))
  page.on(
    'console',
    m => m.type() === 'error' && !/40[149]|422/.test(m.text()) && faults.push(`console: ${m.text()}`),
  )
  page.on(
    'request',
    r => !r.url().startsWith(url) && !r.url().startsWith('blob:') && faults.push(`elsewhere: ${r.url()}`),
  )
  const name = step => `${size.name}-${scheme}-${step}`
  const text = () => page.$eval('#main', e => e.innerText)
  const has = async (want, why) => {
    await page
      .waitForFunction(w => document.body.innerText.includes(w), { timeout: 20_000 }, want)
      .catch(async () =>
        assert.fail(
          `${name(why)}: no ${JSON.stringify(want)} in ${await text()} / ${await page.$eval('#status', e => e.innerText)}`,
        ),
      )
  }
  const seen = (selector, n, why) =>
    page
      .waitForFunction(
        (s, n) => {
          const l = [...document.querySelectorAll(s)]
          return l.length === n && l.every(i => i.complete && i.naturalWidth > 0)
        },
        { timeout: 20_000 },
        selector,
        n,
      )
      .catch(async () => assert.fail(`${name(why)}: not ${n} of ${selector} in ${await text()}`))
  const look = async step => {
    done.add(step)
    await page.screenshot({ path: `${pictures}/${name(step)}.png`, fullPage: true })
    await page.addScriptTag({ path: axe })
    const { violations } = await page.evaluate(() => globalThis.axe.run())
    for (const v of violations)
      faults.push(`${name(step)}: ${v.impact} ${v.id}: ${v.nodes.map(n => n.html.slice(0, 120)).join(' | ')}`)
    const wide = await page.evaluate(w => document.documentElement.scrollWidth - w, size.width)
    if (wide > 1) faults.push(`${name(step)}: ${wide} pixels too wide`)
  }
  const click = async label => {
    // with the keyboard: whoever has no mouse can do the same
    const b = await page.waitForSelector(
      `::-p-xpath(//main//*[self::button or self::summary or self::a][contains(., "${label}")])`,
    )
    await b.focus()
    await page.keyboard.press('Enter')
  }
  const answer = async label => {
    const find = l => [...document.querySelectorAll('dialog[open] button')].find(b => b.textContent.includes(l))
    const b = await page
      .waitForFunction(find, { timeout: 20_000 }, label)
      .catch(async () => assert.fail(`${size.name} ${scheme}: no question with ${label} beside ${await text()}`))
    await b.focus()
    await page.keyboard.press('Enter')
  }
  const upload = async (nth, ...files) => {
    await page.waitForSelector('.drop input[type=file]')
    await (await page.$$('.drop input[type=file]'))[nth].uploadFile(...files)
  }
  const view = async (hash, want) => {
    await page.evaluate(h => {
      location.hash = h
    }, hash)
    await has(want, hash)
  }

  await page.goto(url)
  await has('A key is needed', 'key')
  await look('key')
  await page.type('#key-value', key)
  await page.keyboard.press('Enter')
  await has('Nobody is enrolled yet', 'people')
  await look('nobody')

  await page.type('details input', 'Ada Lovelace') // open, since there is nobody
  await upload(0, photo('ada1'), photo('ada2'), photo('none'))
  await has('2 faces added', 'add')
  await has('no face found', 'add')
  await has('1 person', 'add')
  await look('add')
  for (const who of ['bob', 'eve']) {
    await view('#people', 'People')
    await page.reload()
    await click('Add a person')
    await page.type('details input', who)
    await upload(0, photo(`${who}1`))
    await has('1 face added', 'add')
  }
  await page.reload()
  await has('3 people', 'people')
  await page.type('input[type=search]', 'ada')
  await has('1 of 3 people', 'search')
  await page.$eval('input[type=search]', e => {
    e.value = ''
    e.dispatchEvent(new Event('input'))
  })
  await seen('.card img.cover', 3, 'covers')
  await look('people')

  await click('Ada Lovelace')
  await has('Rename', 'person')
  await has('2 faces', 'person')
  await seen('td img.cover', 2, 'pictures')
  await look('person')
  await (await page.$('td button.plain')).focus()
  await page.keyboard.press('Enter')
  await seen('dialog.photo img', 1, 'photo')
  await look('photo')
  await answer('Close')
  await upload(0, ...Array(27).fill(photo('ada3')), photo('none')) // in two requests
  await has('1 face added', 'more photos')
  await has('the others were there already', 'more photos')
  await has('none.jpg', 'more photos')
  await page.reload()
  await has('3 faces', 'person')
  await page.click('tbody input[type=checkbox]')
  await click('Delete chosen faces')
  await look('sure')
  await answer('Delete')
  await has('Receipt', 'delete a face')
  await look('receipt')

  await view('#identify', 'Who is it?')
  await upload(0, photo('bob2'))
  await has('The same in a terminal', 'identify')
  assert.match(await text(), /1 bob|bob 0\.\d+/)
  assert.match(await text(), /1 in [\d,]+ pairs of different people/)
  await look('identify')
  await view('#verify', 'Do two photos')
  await upload(0, photo('ada1'))
  await upload(1, photo('ada3'))
  await has('The same person', 'verify')
  await look('verify')

  await view('#people', 'People')
  await click('eve')
  await has('Rename', 'person')
  await page.$eval('form input', e => {
    e.value = 'bob'
  })
  await click('Rename')
  await answer('Merge')
  await has('2 faces', 'merge')
  done.add('merge')
  await view('#collection', 'Collection default')
  await click('Show the scores')
  await has('Above the threshold', 'scores')
  assert.equal(await page.$$eval('.histogram rect', l => l.length > 20), true)
  await click('Look for faults')
  await has('faces of 2 people compared', 'faults')
  await click('Test library')
  await has('self-test', 'doctor')
  await page.waitForFunction(() => document.getElementById('progress').hidden)
  await look('collection')
  await click('Calibrate anew')
  await has('ten people', 'calibration')
  done.add('calibration')
  await page.type('form input', `other-${size.name}-${scheme}`)
  await click('Create')
  await has(`Collection other-${size.name}-${scheme}`, 'create')
  await click('Delete other')
  await answer('Delete')
  await has('Receipt', 'delete a collection')
  done.add('collections')

  for (const who of ['Ada Lovelace', 'bob']) {
    // as it was, for the next
    await page.evaluate(() => sessionStorage.setItem('faceid-collection', 'default'))
    await page.goto(`${url}/#people`)
    await page.reload()
    await click(who)
    await has(`Delete ${who}`, 'person')
    await click(`Delete ${who}`)
    await answer('Delete')
    await has('Receipt', 'delete a person')
  }
  done.add('removal')
  await page.close()
}

for (const size of [
  { name: 'desktop', width: 1280, height: 800 },
  { name: 'phone', width: 375, height: 740, isMobile: true, hasTouch: true },
]) {
  for (const scheme of ['light', 'dark']) await flows(size, scheme)
}
await browser.close()
assert.deepEqual(faults, [])
console.log([...done].join('\n'))
