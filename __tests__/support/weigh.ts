/** Builds and weighs with the bundled command line, on the engine of the tests. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Footprint, Image, Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { footprint, type RunOptions } from './program.ts'

export const busybox = await readFile('/bin/busybox')

/**
 * A step that gives different bytes each time it runs. If weighing runs it again, the weighed image differs from the
 * built one, and `matchesShipped` says so. The text is unique to this test file. Otherwise another file that builds it
 * without the cache at the same moment would put different bytes into the builder's cache, between a build and its
 * weighing.
 */
export const onceOnly = `RUN ["/busybox", "env", "OF=${process.pid}-${Date.now()}", "/busybox", "cp", "/proc/sys/kernel/random/uuid", "/id"]`

/** Returns the record of `build ARGS`. @throws if the program does not end with 0 */
export async function weigh(args: readonly string[], options: RunOptions = {}): Promise<Footprint> {
  const { status, stdout, stderr } = await footprint(['build', '--format', 'json', ...args], options)
  if (status !== 0) throw new Error(stderr)
  return parseRecord(stdout, 'standard output')
}

/** Returns its only image. */
export async function weighImage(args: readonly string[], options: RunOptions = {}): Promise<Image> {
  const { images } = await weigh(args, options)
  const [image] = images
  if (!image || images.length > 1) throw new Error(`the record has ${images.length} images`)
  return image
}

/** Builds a Dockerfile with the context `folder`, in which it is written, and returns its final stage. */
export async function weighDockerfile(folder: string, lines: readonly string[]): Promise<Stage> {
  const file = join(folder, 'Dockerfile')
  await writeFile(file, [...lines, ''].join('\n'))
  const image = await weighImage(['--file', file, folder])
  const final = image.stages.find(({ role }) => role === 'final')
  if (!final) throw new Error('the record has no final stage')
  return final
}

/** Returns the name of each stage with the instruction of each of its layers, at its line. */
export function outline(stages: readonly Stage[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    stages.map(({ name, index, layers }) => [
      `${index} ${name}`,
      layers.map(({ instruction }) =>
        instruction ? `${instruction.line}: ${instruction.text.split('\n')[0] ?? ''}` : '?',
      ),
    ]),
  )
}
