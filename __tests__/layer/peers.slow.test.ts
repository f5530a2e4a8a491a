/** The tar reader compared with GNU tar, Python's tarfile and Go's archive/tar on generated archives. */
import { afterAll, describe, expect, test } from '@jest/globals'
import { execFileSync, spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import type { LayerEntry } from '../../src/layer/layer-index.ts'
import { TarReader } from '../../src/layer/tar-reader.ts'
import { testWith } from '../support/rig.ts'
import { archives, type Archive } from '../support/generated-archives.ts'

const folder = mkdtempSync(join(tmpdir(), 'peers-'))
const file = join(folder, 'a.tar')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** An entry as all peers describe it: its path in bytes as latin1, its kind, and its unpacked bytes. */
type Line = readonly [path: string, kind: string, fileBytes: number]

const whiteout = /(^|\/)\.wh\.(?!\.wh\.(?!\.opq$))[^/]*$/

function line(name: Buffer, kind: string, size: number): Line {
  const path = posix.normalize(`/${name.toString('latin1')}`).replace(/^\/|\/$/g, '')
  if (whiteout.test(path)) return [path, 'whiteout', 0]
  return [path, kind, kind === 'file' ? size : 0]
}

function ours(archive: Archive): Line[] {
  const entries: LayerEntry[] = []
  const reader = new TarReader((entry) => {
    entries.push(entry)
    return null
  })
  // In pieces of an odd size, so that every header is split somewhere.
  for (let at = 0; at < archive.bytes.length; at += 777) reader.write(archive.bytes.subarray(at, at + 777))
  reader.end()
  return entries.map(({ path, kind, fileBytes }) => [
    bytesOf(path).toString('latin1'),
    kind.replace('opaque-', ''),
    fileBytes,
  ])
}

const bytesOf = (path: string): Buffer =>
  Buffer.concat(
    path
      .split(/(\\[0-7]{3})/)
      .map((part) =>
        /^\\[0-7]{3}$/.test(part) ? Buffer.from([Number.parseInt(part.slice(1), 8)]) : Buffer.from(part),
      ),
  )

async function agree(specials: boolean, peer: (archive: Archive) => Line[] | Promise<Line[]>): Promise<void> {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(archives(specials), async (archive) => {
      writeFileSync(file, archive.bytes)
      runs += 1
      expect({ told: archive.told, lines: ours(archive) }).toEqual({ told: archive.told, lines: await peer(archive) })
    }),
    { seed: 20_240_607, numRuns: 200, endOnFailure: true },
  )
  expect(runs).toBeGreaterThan(20)
}

describe('finds the same entries and sizes as', () => {
  test('GNU tar', () => agree(true, gnuTar))

  testWith('python')(
    "Python's tarfile",
    async () => {
      const tarfile = startPython()
      try {
        await agree(false, tarfile.list)
      } finally {
        tarfile.process.kill()
      }
    },
    60_000,
  )

  testWith('go')(
    "Go's archive/tar",
    async () => {
      const program = buildGo()
      await agree(false, () => parseLines(execFileSync(program, [file], { encoding: 'utf8' })))
    },
    180_000,
  )
})

const kindOfLetter: Readonly<Record<string, string>> = {
  '-': 'file',
  C: 'file',
  '?': 'file',
  d: 'directory',
  l: 'symlink',
  h: 'hardlink',
  c: 'character-device',
  b: 'block-device',
  p: 'fifo',
  V: 'other',
  M: 'other',
}

function gnuTar(): Line[] {
  const said = spawnSync(
    'tar',
    ['--list', '--verbose', '--numeric-owner', '--full-time', '--quoting-style=escape', '--file', file],
    {
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      encoding: 'latin1',
      timeout: 300_000,
    },
  )
  if (said.status !== 0) throw new Error(`tar: ${said.stderr}`)
  return said.stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text): Line => {
      const match = /^(.)\S+ +\S+ +(\S+) \S+ \S+ (.*)$/s.exec(text)
      if (match === null) throw new Error(`tar said ${text}`)
      const [, letter = '', size = '', rest = ''] = match
      const name = rest.replace(/ -> .*$| link to .*$|--.*--$/s, '')
      return line(unescaped(name), kindOfLetter[letter] ?? letter, Number(size))
    })
}

const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

const unescaped = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\([0-7]{3}|.)/gs, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (escapes[code] ?? code),
    ),
    'latin1',
  )

/** One line for each entry, written by a peer: the name in hex, the type as one character in hex, the size. */
function parseLines(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((row) => row !== '')
    .map((row): Line => {
      const [name = '', type = '', size = ''] = row.split(' ')
      const character = Buffer.from(type, 'hex').toString('latin1')
      return line(Buffer.from(name, 'hex'), kindOfType[character] ?? 'file', Number(size))
    })
}

const kindOfType: Readonly<Record<string, string>> = {
  1: 'hardlink',
  2: 'symlink',
  3: 'character-device',
  4: 'block-device',
  5: 'directory',
  6: 'fifo',
}

const pythonProgram = `
import sys, tarfile
for path in sys.stdin:
    with tarfile.open(path.strip(), 'r:') as archive:
        for member in archive:
            print('_' + member.name.encode('utf-8', 'surrogateescape').hex(), member.type.hex(), member.size)
    print('done', flush=True)
`

function startPython(): { readonly process: ChildProcessWithoutNullStreams; readonly list: () => Promise<Line[]> } {
  const python = spawn('python3', ['-c', pythonProgram])
  const rows = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  return {
    process: python,
    list: async () => {
      python.stdin.write(`${file}\n`)
      const said: string[] = []
      for (;;) {
        const next = await rows.next()
        if (next.done === true) throw new Error('python3 ended')
        if (next.value === 'done') return parseLines(said.map((row) => row.slice(1)).join('\n'))
        said.push(next.value)
      }
    },
  }
}

const goProgram = `package main

import (
	"archive/tar"
	"fmt"
	"io"
	"os"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	for reader := tar.NewReader(file); ; {
		entry, err := reader.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(err)
		}
		fmt.Printf("%x %x %d\\n", entry.Name, []byte{entry.Typeflag}, entry.Size)
	}
}
`

function buildGo(): string {
  writeFileSync(join(folder, 'main.go'), goProgram)
  const program = join(folder, 'list')
  execFileSync('go', ['build', '-o', program, join(folder, 'main.go')], {
    cwd: folder,
    env: { ...process.env, GOTOOLCHAIN: 'local' },
    stdio: 'pipe',
    timeout: 300_000,
  })
  return program
}
