/** Layers made of files, and the packages that reading and seeking find in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { readLayer } from '../../src/layer/read-layer.ts'
import { seekLayer } from '../../src/layer/seek-layer.ts'
import type { LayerContents, LayerIndex } from '../../src/layer/layer-index.ts'
import type { LayerPackage, LayerPackages } from '../../src/packages/package.ts'
import { header, pax, payload, sha256, streamOf, trailer } from './tar-bytes.ts'

export type Content = string | Buffer | number

export interface Link {
  readonly link: string
}

/** Makes a tar with these files in this order; a number stands for a file of that many bytes. */
export function tarOf(files: Iterable<readonly [path: string, content: Content | Link]>): Buffer {
  const parts: Buffer[] = []
  for (const [path, content] of files) {
    if (path.length > 100) parts.push(pax({ path }))
    if (typeof content === 'object' && 'link' in content) {
      parts.push(pax({ linkpath: content.link }), header(path.slice(0, 100), 0, '1'))
      continue
    }
    const bytes = typeof content === 'number' ? Buffer.alloc(content, 'x') : Buffer.from(content)
    parts.push(header(path.slice(0, 100), bytes.length), payload(bytes))
  }
  return Buffer.concat([...parts, trailer])
}

/** Returns lists without the checksums, which need all bytes of the files. */
const unread = ({ files, ...lists }: LayerContents): LayerContents => ({
  ...lists,
  files: files.map(({ path, fileBytes }) => ({ path, fileBytes })),
})

export interface Found extends LayerPackages {
  readonly index: LayerIndex
}

/**
 * Returns the packages of a plain tar. Reading and seeking must find the same, and each byte must belong to one package
 * or to none.
 */
export async function packagesIn(tar: Buffer, chunks?: readonly number[]): Promise<Found> {
  const digest = sha256(tar)
  const { packages, index } = await readLayer(streamOf(tar, chunks), { digest, size: tar.length })
  const folder = mkdtempSync(join(tmpdir(), 'packages-'))
  try {
    writeFileSync(join(folder, 'a.tar'), tar)
    const seeking = await seekLayer(
      { path: join(folder, 'a.tar'), start: 0, bytes: tar.length, signal: new AbortController().signal },
      digest,
    )
    expect(seeking?.packages).toEqual(packages && { ...packages, others: packages.others && unread(packages.others) })
  } finally {
    rmSync(folder, { recursive: true })
  }
  if (packages === null) throw new Error('packages are not known')
  expect(
    packages.packages.reduce((sum, { fileBytes }) => sum + fileBytes, packages.folded.fileBytes),
  ).toBeLessThanOrEqual(index.fileBytes)
  if (packages.others?.complete === true) {
    // Each byte is in exactly one of the two lists.
    const ofPackages = packages.packages.reduce((sum, { fileBytes }) => sum + fileBytes, packages.folded.fileBytes)
    expect(packages.others.files.reduce((sum, { fileBytes }) => sum + fileBytes, ofPackages)).toBe(index.fileBytes)
  }
  return { ...packages, index }
}

export async function packagesOf(files: Readonly<Record<string, Content | Link>>): Promise<readonly LayerPackage[]> {
  const { packages, complete, folded } = await packagesIn(tarOf(Object.entries(files)))
  expect([complete, folded]).toEqual([true, { packages: 0, fileBytes: 0, files: 0 }])
  return packages
}

/** Returns `ecosystem name version bytes`, largest first. */
export async function linesOf(files: Readonly<Record<string, Content | Link>>): Promise<readonly string[]> {
  return (await packagesOf(files)).map(lineOf)
}

export const lineOf = ({ ecosystem, name, version, fileBytes }: LayerPackage): string =>
  `${ecosystem} ${name} ${version ?? '?'} ${fileBytes}`
