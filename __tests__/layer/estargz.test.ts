/**
 * eStargz (a gzip member for each file or chunk, a table of contents, and a footer) as its own library writes it.
 *
 * The fixtures were made by stargz-snapshotter's estargz.Build (v0.16.3) from a tar of GNU tar: `landmark.estargz` as is,
 * `prioritized.estargz` with `etc/motd` to be fetched first. BuildKit's format, which keeps the tar and puts the table
 * after its end, is covered by the integration tests.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import type { LayerEntry } from '../../src/layer/layer-index.ts'
import { entriesOf, read, sha256 } from '../support/tar-bytes.ts'

const blobOf = (name: string): Buffer => readFileSync(new URL(`../fixtures/estargz/${name}.estargz`, import.meta.url))

const program = (name: string, args: readonly string[], input: Buffer): Buffer => execFileSync(name, args, { input })

/** As GNU tar lists it: type, bytes, path. */
function listed(tar: Buffer): readonly (readonly [string, number, string])[] {
  const lines = program('tar', ['--list', '--verbose', '--numeric-owner', '--full-time'], tar)
    .toString()
    .trim()
    .split('\n')
  return lines.map((line) => {
    const [mode = '', , size, , , ...name] = line.split(/\s+/)
    return [
      mode.slice(0, 1),
      Number(size),
      name
        .join(' ')
        .replace(/ (?:->|link to) .*$/, '')
        .replace(/\/$/, ''),
    ]
  })
}

const letters: Readonly<Record<string, string>> = { file: '-', directory: 'd', symlink: 'l', hardlink: 'h' }
const letterOf = ({ kind }: LayerEntry): string => letters[kind] ?? '?'

test.each([
  ['landmark', '.no.prefetch.landmark'],
  ['prioritized', '.prefetch.landmark'],
])(
  '%s: gives the bytes of gunzip and the entries of GNU tar, including the table and the landmark',
  async (name, landmark) => {
    const blob = blobOf(name)
    // A member for each file: only the footer has the magic word.
    expect(blob.includes('STARGZ')).toBe(true)
    const tar = program('gunzip', ['--stdout'], blob)
    const lines = listed(tar)
    expect(lines.map(([, , path]) => path)).toEqual(
      expect.arrayContaining(['stargz.index.json', landmark, 'bin/tool', 'etc/motd']),
    )
    const entries = await entriesOf(blob)
    expect(entries.map((entry) => [letterOf(entry), entry.fileBytes, entry.path])).toEqual(lines)
    // However the blob is split.
    for (const sizes of [[65_536], [1], [7, 300]]) {
      expect(await read(blob, sizes)).toMatchObject({
        digest: sha256(blob),
        compressedSize: blob.length,
        diffId: sha256(tar),
        uncompressedSize: tar.length,
        entries: lines.length,
        fileBytes: lines.reduce((sum, [letter, bytes]) => sum + (letter === '-' ? bytes : 0), 0),
        whiteouts: 0,
      })
    }
  },
)
