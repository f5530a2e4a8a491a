/** Footprints made by hand, for tests of what is done with them. */
import type { Footprint, Image, Layer, Stage } from '../../src/inspect/footprint.ts'

export function layer(some: Partial<Layer> = {}): Layer {
  return {
    digest: `sha256:${'d'.repeat(64)}`,
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

/** Its totals are those of its layers. */
export function stage(some: Partial<Stage> = {}): Stage {
  const layers = some.layers ?? [layer()]
  const of = (origin: Layer['origin']): number => layers.filter((found) => found.origin === origin).length
  const sum = (pick: (found: Layer) => number): number => layers.reduce((total, found) => total + pick(found), 0)
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
      compressedSize: layers.some((found) => found.compressedSize === null) ? null : sum((found) => found.compressedSize ?? 0),
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
