/** Footprints made by hand, for tests of code that uses them. */
import { createHash } from 'node:crypto'
import type { Footprint, Image, Layer, Stage } from '../../src/record/footprint.ts'

export function layer(some: Partial<Layer> = {}): Layer {
  return {
    digest: digestOf(JSON.stringify(some)),
    diffId: `sha256:${'e'.repeat(64)}`,
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    compressedSize: 1_000,
    uncompressedSize: 4_096,
    fileBytes: 3_000,
    entries: 2,
    whiteouts: 0,
    opaqueWhiteouts: 0,
    origin: 'own',
    instruction: { text: 'COPY a b', line: 2, endLine: 2 },
    ...some,
  }
}

/** Returns a stage whose totals are those of its layers. */
export function stage(some: Partial<Stage> = {}): Stage {
  const layers = some.layers ?? [layer()]
  const of = (origin: Layer['origin']): number => layers.filter((found) => found.origin === origin).length
  const sum = (pick: (found: Layer) => number | null): number | null =>
    layers.map(pick).reduce((total, value) => (total === null || value === null ? null : total + value), 0)
  const known = some.base !== null
  return {
    name: '1',
    index: 1,
    role: 'final',
    line: 1,
    base: { reference: 'python:3.13-slim', digest: null, layers: of('base') },
    totals: {
      layers: layers.length,
      baseLayers: known ? of('base') : null,
      inheritedLayers: known ? of('inherited') : null,
      ownLayers: known ? of('own') : null,
      metadataOnlySteps: known ? 1 : null,
      compressedSize: sum((found) => found.compressedSize),
      uncompressedSize: sum((found) => found.uncompressedSize),
      fileBytes: sum((found) => found.fileBytes),
      entries: sum((found) => found.entries),
    },
    uses: [],
    ...some,
    layers,
  }
}

export function image(some: Partial<Image> = {}): Image {
  return {
    name: 'app',
    platform: { os: 'linux', architecture: 'amd64' },
    finalStage: '1',
    stages: [stage()],
    ...some,
  }
}

export function footprintOf(images: readonly Image[], notes: readonly string[] = []): Footprint {
  return { schemaVersion: 1, notes: [...notes], images: [...images] }
}

/** Returns a digest that stands for some content. */
export const digestOf = (content: string): `sha256:${string}` =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

/** Returns a layer with that content, as a gzip blob. */
export function layerOf(content: string, some: Partial<Layer> = {}): Layer {
  const diffId = digestOf(content)
  return layer({ diffId, digest: digestOf(`gzip ${content}`), instruction: null, ...some })
}

/** An instruction and the content of its layer, or null if it makes none. */
export type Step = readonly [text: string, content: string | null, some?: Partial<Layer>]

export interface StageOf {
  readonly name?: string
  readonly index?: number
  readonly role?: Stage['role']
  /** The reference, a seed for its digest, and the contents of its layers. */
  readonly base?: readonly [reference: string, digest: string | null, ...layers: string[]]
  /** The stage that this one is FROM, whose base and layers it takes over. */
  readonly parent?: Stage
  readonly steps?: readonly Step[]
  readonly some?: Partial<Stage>
}

/** Returns a stage as weighing gives it: base, inherited and own layers, every instruction, and what it copies from. */
export function stageOf({ name, index = 0, role = 'builder', base, parent, steps = [], some = {} }: StageOf): Stage {
  const [reference, digest, ...baseLayers] = base ?? ['python:3.13-slim', 'python', 'debian', 'python']
  const instructions = steps.map(([text], position) => {
    const line = index * 1_000 + position + 2
    return { text, line, endLine: line }
  })
  const layers: Layer[] = [
    ...(parent
      ? parent.layers.map((found): Layer => ({ ...found, origin: found.origin === 'base' ? 'base' : 'inherited' }))
      : baseLayers.map((content) => layerOf(content, { origin: 'base' }))),
    ...steps.flatMap(([, content, more], position): Layer[] =>
      content === null ? [] : [layerOf(content, { instruction: instructions[position] ?? null, ...more })],
    ),
  ]
  const made = stage({
    name: name ?? String(index),
    index,
    role,
    line: index * 1_000 + 1,
    base: parent
      ? parent.base
      : { reference, digest: digest === null ? null : digestOf(digest), layers: baseLayers.length },
    layers,
    instructions,
    uses: parent ? [{ stage: parent.name, via: 'from', carriedBytes: null }] : [],
    ...some,
  })
  const metadataOnlySteps = steps.filter(([, content]) => content === null).length
  return { ...made, totals: { ...made.totals, metadataOnlySteps: made.base === null ? null : metadataOnlySteps } }
}

/** Returns an image of these stages, of which the last is the final one. */
export function imageOf(stages: readonly Stage[], some: Partial<Image> = {}): Image {
  const final = stages.at(-1)
  return image({
    finalStage: final?.name ?? '',
    stages: stages.map((found): Stage => (found === final ? { ...found, role: 'final' } : found)),
    ...some,
  })
}
