/** Which program opens a page, with stand-ins for these programs that note their arguments. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { Cancelled } from '../../src/errors.ts'
import { openersFor, openInBrowser, type Opening } from '../../src/run/open-browser.ts'
import { folderWith } from '../support/program.ts'

const signal = new AbortController().signal
const note = '#!/bin/sh\nprintf \'%s\\n\' "$0" "$@" >"$NOTED"\n'

describe('the programs', () => {
  test.each<[string, string, Record<string, string>, readonly string[] | string]>([
    ['macOS', 'darwin', {}, ['open']],
    ['Windows', 'win32', {}, ['explorer.exe']],
    ['WSL', 'linux', { WSL_DISTRO_NAME: 'Ubuntu', DISPLAY: ':0' }, ['wslview', 'explorer.exe']],
    ['X11', 'linux', { DISPLAY: ':0' }, ['xdg-open']],
    ['Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }, ['xdg-open']],
    ['FreeBSD', 'freebsd', { DISPLAY: ':0' }, ['xdg-open']],
    ['a machine without a display', 'linux', { DISPLAY: '' }, 'there is no display'],
  ])('for %s', (_, platform, env, expected) => {
    const found = openersFor(platform, env)
    expect(typeof found === 'string' ? found : found.map(({ program }) => program)).toEqual(expected)
  })
})

/** Opens a file with only these programs on the PATH. Returns what was returned, and the arguments that were noted. */
async function opened(
  programs: Readonly<Record<string, string>>,
  platform: string,
  some: Readonly<Record<string, string>>,
  path = '/tmp/a b/$(id);"\'.html',
): Promise<{ readonly notOpened: string | null; readonly noted: readonly string[] }> {
  await using folder = await folderWith({ ...programs, noted: '' })
  const noted = join(folder.path, 'noted')
  const env = { ...some, PATH: folder.path, NOTED: noted }
  const notOpened = await openInBrowser(path, { platform, env, signal })
  const lines = (await readFile(noted, 'utf8')).split('\n').slice(0, -1)
  return { notOpened, noted: lines.map((line) => line.replace(`${folder.path}/`, '')) }
}

const file = '/tmp/a b/$(id);"\'.html'

describe('the path is one argument, whatever is in it', () => {
  test.each<[string, string, Record<string, string>]>([
    ['open', 'darwin', {}],
    ['xdg-open', 'linux', { DISPLAY: ':0' }],
    ['wslview', 'linux', { WSL_DISTRO_NAME: 'Ubuntu' }],
  ])('%s', async (program, platform, env) => {
    expect(await opened({ [program]: note }, platform, env)).toEqual({ notOpened: null, noted: [program, file] })
  })

  test('explorer.exe in WSL gets the Windows path, and its exit status is ignored', async () => {
    const programs = {
      wslpath: '#!/bin/sh\n[ "$1" = -w ] && printf \'\\\\\\\\wsl.localhost\\\\Ubuntu%s\\n\' "$2"\n',
      'explorer.exe': `${note}exit 1\n`,
    }
    const found = await opened(programs, 'linux', { WSL_DISTRO_NAME: 'Ubuntu' })
    expect(found).toEqual({ notOpened: null, noted: ['explorer.exe', `\\\\wsl.localhost\\Ubuntu${file}`] })
  })
})

describe('says why nothing was opened', () => {
  const display = { DISPLAY: ':0' }
  test.each<[string, Readonly<Record<string, string>>, string, Record<string, string>, string]>([
    ['no program', {}, 'linux', display, 'there is no xdg-open on the PATH'],
    ['a program that fails', { 'xdg-open': '#!/bin/sh\nexit 3\n' }, 'linux', display, 'xdg-open ended with status 3'],
    ['a program that is killed', { open: '#!/bin/sh\nkill -9 $$\n' }, 'darwin', {}, 'open ended with a signal'],
    [
      'neither program of WSL',
      {},
      'linux',
      { WSL_DISTRO_NAME: 'Ubuntu' },
      'there is no wslview on the PATH, and there is no wslpath or explorer.exe on the PATH',
    ],
    [
      'a path that Windows does not see',
      { wslpath: '#!/bin/sh\nexit 1\n' },
      'linux',
      { WSL_DISTRO_NAME: 'Ubuntu' },
      'there is no wslview on the PATH, and wslpath did not translate the path',
    ],
  ])('%s', async (_, programs, platform, env, expected) => {
    expect((await opened(programs, platform, env)).notOpened).toBe(expected)
  })
})

describe('a browser that goes on', () => {
  /** Runs until there is a file `end`, or no folder any more, and then writes a file `ended`. */
  const browser = `#!/bin/sh
printf started >"$FOLDER/started"
while [ -e "$FOLDER" ] && [ ! -e "$FOLDER/end" ]; do /bin/sleep 0.05; done
printf 'by itself' >"$FOLDER/ended"
`
  const textOf = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '')

  async function untilItIs(path: string, expected: string): Promise<void> {
    while ((await textOf(path)) !== expected) await delay(20)
  }

  /** Opens a file with the browser, and returns the result. The browser goes on after it, and ends by itself. */
  async function outlived(some: Partial<Opening>, cancel: (started: Promise<unknown>) => void): Promise<unknown> {
    await using folder = await folderWith({ open: browser })
    const at = (name: string): string => join(folder.path, name)
    const env = { PATH: folder.path, FOLDER: folder.path }
    const opening = openInBrowser(file, { platform: 'darwin', env, signal, ...some })
    cancel(untilItIs(at('started'), 'started'))
    const result = await opening.catch((error: unknown) => error)
    expect(await textOf(at('ended'))).toBe('')
    await writeFile(at('end'), '')
    await untilItIs(at('ended'), 'by itself')
    return result
  }

  test('counts as opened, and is left alone', async () => {
    expect(await outlived({ patienceMs: 1 }, () => undefined)).toBeNull()
  })

  test('is not waited for after a cancellation, and is left alone', async () => {
    const controller = new AbortController()
    const patienceMs = 2 ** 30
    const result = await outlived({ patienceMs, signal: controller.signal }, (started) => {
      void started.then(() => controller.abort())
    })
    expect(result).toBeInstanceOf(Cancelled)
  })
})

test('nothing is opened after a cancellation', async () => {
  await using folder = await folderWith({ open: note, noted: '' })
  const env = { PATH: folder.path, NOTED: join(folder.path, 'noted') }
  await expect(openInBrowser(file, { platform: 'darwin', env, signal: AbortSignal.abort() })).rejects.toThrow(Cancelled)
  expect(await readFile(env.NOTED, 'utf8')).toBe('')
})
