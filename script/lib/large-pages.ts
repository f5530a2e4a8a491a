/** Reports of very large images, to measure and to test the page with. */
import { createHash } from 'node:crypto'
import { footprintOf, image, layer, stage } from '../../__tests__/support/footprints.ts'
import { givenBaseline } from '../../src/base/find-baseline.ts'
import { EntryListWriter } from '../../src/layer/entry-list.ts'
import { LayerLists } from '../../src/layer/layer-lists.ts'
import type { Digest } from '../../src/oci/digest.ts'
import type { Footprint, Layer, Stage } from '../../src/record/footprint.ts'
import type { Report } from '../../src/report/report.ts'
import { makeReport } from '../../src/run/make-report.ts'

export interface LargeReport {
  readonly report: Report
  readonly lists: LayerLists
}

const digestOf = (content: string): Digest => `sha256:${createHash('sha256').update(content).digest('hex')}`

const reportOf = (before: Footprint, footprint: Footprint): Report =>
  makeReport({
    footprint,
    baseline: givenBaseline('before', before),
    rules: null,
    title: null,
    reportedByFork: false,
    dockerfile: 'Dockerfile',
  })

/** Returns a number from 0 to below 1 that depends on the seed alone. */
const chance = (seed: number): number => {
  const found = Math.sin(seed * 12.9898) * 43_758.5453
  return found - Math.floor(found)
}

/** Returns two images with one layer each. The second one has half a percent more files, and a fifth differ in size. */
export function manyFiles(files: number): LargeReport {
  const lists = new LayerLists()
  const side = (count: number, isAfter: boolean): Footprint => {
    const list = new EntryListWriter()
    let fileBytes = 0
    for (let nth = 0; nth < count; nth += 1) {
      // A few files are large and most are small, as in images.
      const usual = Math.floor(Math.min(200_000, 300 * (1 / Math.max(1e-6, chance(nth))) ** 0.8))
      const bytes = isAfter && chance(nth + 0.5) < 0.2 ? Math.floor(usual * (0.5 + chance(nth + 0.7))) : usual
      fileBytes += bytes
      const path = `opt/app${nth % 40}/lib${(nth * 7) % 90}/mod${(nth * 13) % 11}/file-${nth}.py`
      list.add({ path, kind: 'file', fileBytes: bytes })
    }
    const digest = digestOf(`${count} files`)
    const entries = list.list(digest)
    if (entries === null) throw new Error('the list is too long')
    lists.add(digest, { entries, packages: null })
    const made = layer({
      digest,
      diffId: digestOf(`tar of ${count} files`),
      fileBytes,
      uncompressedSize: fileBytes + count * 1_024,
      compressedSize: Math.floor(fileBytes / 3),
      entries: count,
      instruction: { text: 'COPY . /opt', line: 2, endLine: 2 },
    })
    const base = { reference: 'scratch', digest: null, layers: 0 }
    return footprintOf([image({ stages: [stage({ base, layers: [made] })] })])
  }
  const [before, after] = [side(files, false), side(Math.floor(files * 1.005), true)]
  return { report: reportOf(before, after), lists }
}

/** Returns two images with this many stages of ten layers each, as records list them. Each stage copies from the last. */
export function manyStages(stages: number): LargeReport {
  const side = (isAfter: boolean): Footprint =>
    footprintOf([
      image({
        finalStage: `s${stages - 1}`,
        stages: Array.from({ length: stages }, (_, index) => stageAt(index, stages, isAfter)),
      }),
    ])
  return { report: reportOf(side(false), side(true)), lists: new LayerLists() }
}

function stageAt(index: number, stages: number, isAfter: boolean): Stage {
  const layers = Array.from({ length: 10 }, (_, nth) => layerAt(index * 10 + nth, isAfter))
  const made = stage({
    name: `s${index}`,
    index,
    role: index === stages - 1 ? 'final' : 'builder',
    line: index * 20 + 1,
    base: { reference: 'debian:12', digest: null, layers: 0 },
    layers,
    uses: index === 0 ? [] : [{ stage: `s${index - 1}`, via: 'copy', carriedBytes: 10_000 * index }],
  })
  return { ...made, instructions: layers.flatMap(({ instruction }) => instruction ?? []) }
}

function layerAt(seed: number, isAfter: boolean): Layer {
  const files = Array.from({ length: 60 }, (_, nth) => {
    const bytes = 1_000 + Math.floor(chance(seed * 60 + nth) * 50_000)
    const isGrown = isAfter && chance(seed + nth / 7) < 0.2
    return { path: `srv/part${nth % 6}/file-${nth}`, fileBytes: isGrown ? bytes + 900 : bytes }
  })
  const fileBytes = files.reduce((sum, one) => sum + one.fileBytes, 0)
  const line = Math.floor(seed / 10) * 20 + (seed % 10) + 2
  return layer({
    digest: digestOf(`${seed} ${fileBytes}`),
    diffId: digestOf(`tar ${seed} ${fileBytes}`),
    fileBytes,
    uncompressedSize: fileBytes + 60 * 1_024,
    compressedSize: Math.floor(fileBytes / 3),
    entries: 60,
    instruction: { text: `RUN step ${seed} && make part`, line, endLine: line },
    contents: { files, directories: [], complete: true },
  })
}
