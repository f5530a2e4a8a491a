/** `stage-footprint view`, as the bundled program, with stand-ins for the program that opens a file. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'
import { folderWith, footprint, type Ran } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'

const record = join(process.cwd(), '__tests__/fixtures/page/head.record.json')
const base = join(process.cwd(), '__tests__/fixtures/page/base.record.json')
const note = '#!/bin/sh\nprintf \'%s\\n\' "$@" >"$NOTED"\n'

interface Place extends AsyncDisposable {
  readonly path: string
  readonly noted: string
  readonly view: (...args: readonly string[]) => Promise<Ran>
}

/** A folder whose temporary folder has a name that a shell would act on. */
async function placeWith(opener: string | null, display = ':7'): Promise<Place> {
  const folder = await folderWith({
    ...(opener === null ? {} : { 'bin/xdg-open': opener }),
    'bin/.keep': '',
    'a $(touch hit) b/.keep': '',
  })
  const noted = join(folder.path, 'noted')
  const env = {
    PATH: join(folder.path, 'bin'),
    TMPDIR: join(folder.path, 'a $(touch hit) b'),
    XDG_CACHE_HOME: join(folder.path, 'cache'),
    DISPLAY: display,
    WAYLAND_DISPLAY: '',
    WSL_DISTRO_NAME: '',
    NOTED: noted,
  }
  return {
    path: folder.path,
    noted,
    view: (...args) => footprint(['view', ...args], { env, cwd: folder.path }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

test('writes the page, prints its path, and opens it', async () => {
  await using place = await placeWith(note)
  const { status, stdout, stderr } = await place.view('--baseline', base, record)
  expect([status, stderr]).toEqual([0, ''])
  const path = stdout.trimEnd()
  expect(path).toMatch(/\/a \$\(touch hit\) b\/stage-footprint-\w{6}\/page\.html$/)
  expect(await readFile(place.noted, 'utf8')).toBe(`${path}\n`)
  expect(await readdir(place.path)).not.toContain('hit')
  expect(await readFile(path, 'utf8')).toContain('57.7\u00a0MB → 58.3\u00a0MB')
  // Other users of the machine cannot read it, and a later run removes it.
  expect((await stat(dirname(path))).mode & 0o077).toBe(0)
  expect(await readdir(dirname(path))).toContain('.stage-footprint')
})

test('writes the page where it is asked to, and a budget decides the status', async () => {
  await using place = await placeWith(note)
  const { status, stdout } = await place.view('--html', 'my page.html', '--budget', 'final pull <= 1MB', record)
  expect([status, stdout]).toEqual([1, `${join(place.path, 'my page.html')}\n`])
  expect(await readFile(place.noted, 'utf8')).toBe(stdout)
  expect(await readFile(join(place.path, 'my page.html'), 'utf8')).toContain('Over budget')
})

test.each([
  ['there is no xdg-open on the PATH', null, ':7'],
  ['there is no display', note, ''],
  ['xdg-open ended with status 4', '#!/bin/sh\nexit 4\n', ':7'],
])('says where the page is if it cannot be opened: %s', async (why, opener, display) => {
  await using place = await placeWith(opener, display)
  const { status, stdout, stderr } = await place.view(record)
  expect([status, stderr]).toEqual([0, `stage-footprint: no browser was opened: ${why}; open the file yourself\n`])
  expect(await readFile(stdout.trimEnd(), 'utf8')).toContain('<!doctype html>')
  expect((await place.view('--quiet', record)).stderr).toBe('')
})

test('refuses what it cannot read or write before it opens anything', async () => {
  await using place = await placeWith(note)
  const wrong = async (...args: readonly string[]): Promise<readonly unknown[]> => {
    const { status, stdout, stderr } = await place.view(...args)
    return [status, stdout, /\[(\w+)\]/.exec(stderr)?.[1]]
  }
  expect(await wrong()).toEqual([2, '', 'USAGE'])
  expect(await wrong(record, record)).toEqual([2, '', 'USAGE'])
  expect(await wrong('--format', 'json', record)).toEqual([2, '', 'USAGE'])
  expect(await wrong('/no/such/record.json')).toEqual([2, '', 'UNREADABLE_INPUT'])
  expect(await wrong('--html', '/nowhere/page.html', record)).toEqual([2, '', 'UNREADABLE_INPUT'])
  expect(await readdir(place.path)).not.toContain('noted')
})

testWith('chromium')(
  'opens in a real browser',
  async () => {
    const dump = `#!/bin/sh\nexec ${rig.chromium} --headless --no-sandbox --disable-gpu --virtual-time-budget=20000 --dump-dom "$1" >"$NOTED.draft" 2>/dev/null && true\n`
    await using place = await placeWith(
      dump.replace('exec ', '').replace(' && true', ' && /bin/mv "$NOTED.draft" "$NOTED"'),
    )
    const { status } = await place.view(record)
    expect(status).toBe(0)
    let dom = ''
    for (let left = 300; left > 0 && dom === ''; left -= 1) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      dom = await readFile(place.noted, 'utf8').catch(() => '')
    }
    // The script ran: it says so, and made the treemap a set of links.
    expect(dom).toMatch(/<html lang="en" class="scripted ready">/)
    expect(dom).toContain('<a data-n="1"')
  },
  60_000,
)
