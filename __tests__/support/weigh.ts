/** Builds and weighs with the bundled command line, on the engine of the tests. */
import { readFile } from 'node:fs/promises'
import type { Footprint, Image, Stage } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { footprint, type RunOptions } from './program.ts'

export const busybox = await readFile('/bin/busybox')

/**
 * A step that gives other bytes each time it runs: a weighing that runs it again weighs another image than was built,
 * and `matchesShipped` says so. Its words are those of this test file alone: another one that builds it without the
 * cache at this moment would put other bytes into the builder's cache, between a build and its weighing.
 */
export const onceOnly = `RUN ["/busybox", "env", "OF=${process.pid}-${Date.now()}", "/busybox", "cp", "/proc/sys/kernel/random/uuid", "/id"]`

/** The record of `build ARGS`. @throws where the program does not end with 0 */
export async function weigh(args: readonly string[], options: RunOptions = {}): Promise<Footprint> {
  const { status, stdout, stderr } = await footprint(['build', '--format', 'json', ...args], options)
  if (status !== 0) throw new Error(stderr)
  return parseRecord(stdout, 'standard output')
}

/** Its only image. */
export async function weighImage(args: readonly string[], options: RunOptions = {}): Promise<Image> {
  const { images } = await weigh(args, options)
  const [image] = images
  if (!image || images.length > 1) throw new Error(`the record has ${images.length} images`)
  return image
}

/** Name of each stage with the instruction of each of its layers, at its line. */
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
