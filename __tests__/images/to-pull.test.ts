/** Bytes to pull: of uncompressed layers, and of layers that an image lists more than once. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { judge } from '../../src/budget/judge.ts'
import { parseBudgets } from '../../src/budget/sources.ts'
import type { Footprint, Layer } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { headlineOf } from '../../src/report/headline.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOf } from '../../src/report/report.ts'
import { stageRows } from '../../src/report/stage-table.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { compare, compareFinal, zero } from '../support/compared.ts'
import { footprintOf, image, layerOf, stage } from '../support/footprints.ts'
import { imageOf, windows, type ImageOptions } from '../support/images.ts'
import { blobs, inspect, sha256, tarOf, temporary, types, writeLayout } from '../support/layouts.ts'
import { succeed } from '../support/program.ts'

let a: Buffer
let b: Buffer
beforeAll(async () => {
  ;[a, b] = await Promise.all([tarOf('a', 'a'.repeat(20_000)), tarOf('b', 'b'.repeat(100))])
})

async function inspectLayout(layers: ImageOptions['layers'], some: Partial<ImageOptions> = {}): Promise<Footprint> {
  await using folder = await temporary()
  const made = blobs()
  await writeLayout(folder.path, made, [imageOf(made, { layers, ...some })])
  return await inspect(`oci:${folder.path}`)
}

const finalOf = ({ images }: Footprint): Footprint['images'][number]['stages'][number] => images[0]!.stages[0]!
const rules = (text: string): ReturnType<typeof parseBudgets>['rules'] =>
  parseBudgets([{ kind: 'input', name: 'budgets', text }], new Map()).rules

describe('uncompressed layers', () => {
  test('of a layout are pulled as they are, and their budgets can be judged', async () => {
    const found = await inspectLayout([{ tar: a, mediaType: types.layer }, { tar: b }])
    const { layers, totals } = finalOf(found)
    expect(layers[0]).toMatchObject({
      digest: sha256(a),
      diffId: sha256(a),
      compressedSize: a.length,
      uncompressedSize: a.length,
    })
    expect(totals.compressedSize).toBe(a.length + layers[1]!.compressedSize!)
    expect(judge(rules(`pull <= ${a.length}`), 0, found, null)).toMatchObject([
      { outcome: 'fail', measured: totals.compressedSize },
    ])
  })

  test.each([
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar'],
    ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'],
  ])('of the type %s count too', async (mediaType) => {
    const { layers } = finalOf(await inspectLayout([{ tar: a, mediaType }]))
    expect(layers[0]).toMatchObject({
      mediaType,
      uncompressedSize: a.length,
      fileBytes: 20_000,
      compressedSize: mediaType.endsWith('gzip') ? expect.any(Number) : a.length,
    })
  })

  test('of a Docker archive have no known size to pull, since they would be compressed for it', async () => {
    await using folder = await temporary()
    const config = JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [sha256(a)] },
    })
    const { writeFile } = await import('node:fs/promises')
    await writeFile(`${folder.path}/config.json`, config)
    await writeFile(`${folder.path}/layer.tar`, a)
    await writeFile(
      `${folder.path}/manifest.json`,
      JSON.stringify([{ Config: 'config.json', RepoTags: null, Layers: ['layer.tar'] }]),
    )
    await succeed('tar', ['--create', '--file', 'x.tar', 'config.json', 'layer.tar', 'manifest.json'], {
      cwd: folder.path,
    })
    expect(finalOf(await inspect(`docker-archive:${folder.path}/x.tar`))).toMatchObject({
      layers: [{ digest: null, compressedSize: null }],
      totals: { compressedSize: null, uncompressedSize: a.length },
    })
  })

  test('cause no growth compared with an earlier record that does not know the size', async () => {
    const found = await inspectLayout([{ tar: a, mediaType: types.layer }, { tar: b }])
    const old = structuredClone(found)
    for (const { stages } of old.images)
      for (const { totals, layers } of stages) {
        totals.compressedSize = null
        layers[0]!.compressedSize = null
      }
    const [compared] = compare(parseRecord(JSON.stringify(old), 'r'), found).images
    expect([compared?.unchanged, compared?.final.growth.total]).toEqual([true, zero])
  })
})

describe('a layer that is listed twice', () => {
  test('is pulled once and unpacked twice, and the report says so', async () => {
    const found = await inspectLayout([{ tar: a }, { tar: b }, { tar: a }])
    const { layers, totals } = finalOf(found)
    const [first, second] = [layers[0]!.compressedSize!, layers[1]!.compressedSize!]
    expect(layers.map(({ compressedSize }) => compressedSize)).toEqual([first, second, first])
    expect(totals).toMatchObject({
      layers: 3,
      compressedSize: first + second,
      uncompressedSize: 2 * a.length + b.length,
      fileBytes: 40_100,
      entries: 3,
    })
    for (const text of [renderTerminal(reportOf(found), { width: 120, color: false }), renderMarkdown(reportOf(found))])
      expect(text).toContain('1 layer is listed more than once. It is pulled once and unpacked each time.')
    const rows = stageRows(finalOf(found))
    expect(rows.slice(0, -1).reduce((sum, row) => sum + (row.compressedSize ?? NaN), 0)).toBe(
      rows.at(-1)?.compressedSize,
    )
    expect(rows[2]).toMatchObject({ compressedSize: 0, words: expect.stringContaining('listed again') })
    expect(
      judge(rules(`pull <= ${first + second}\npull <= ${first + second - 1}`), 0, found, null).map(
        ({ outcome }) => outcome,
      ),
    ).toEqual(['pass', 'fail'])
    expect(renderTerminal(reportOf(await inspectLayout([{ tar: a }])), { width: 120, color: false })).not.toContain(
      'listed',
    )
  })

  test('counts once in a record of an earlier release, which counted it twice', async () => {
    const found = await inspectLayout([{ tar: a }, { tar: a }])
    const old = structuredClone(found)
    const { totals } = finalOf(old)
    totals.compressedSize = 2 * totals.compressedSize!
    expect(parseRecord(JSON.stringify(old), 'r')).toEqual(found)
  })

  const base = (name: string): Layer => layerOf(name, { origin: 'base', compressedSize: 10 })
  const own = (name: string, at: number): Layer =>
    layerOf(name, { compressedSize: 100, instruction: { text: `RUN ${name} ${at}`, line: at, endLine: at } })
  const of = (...layers: Layer[]): ReturnType<typeof stage> => {
    const made = stage({
      layers,
      base: { reference: 'x', digest: null, layers: layers.filter(({ origin }) => origin === 'base').length },
    })
    const once = new Map(layers.map(({ digest, compressedSize }) => [digest, compressedSize ?? NaN]))
    return {
      ...made,
      totals: { ...made.totals, compressedSize: [...once.values()].reduce((sum, size) => sum + size, 0) },
    }
  }

  test.each<[string, string[], string[], number]>([
    ['it was listed a second time', ['a'], ['a', 'a'], 0],
    ['it is no longer listed a second time', ['a', 'a'], ['a'], 0],
    ['it is new', ['a'], ['a', 'b', 'b'], 100],
    ['it was removed', ['a', 'b', 'b'], ['a'], -100],
    ['it was replaced', ['a', 'b', 'b'], ['a', 'c', 'c'], 0],
    ['one of its two places was replaced', ['a', 'a'], ['a', 'b'], 100],
    ['the order changed', ['a', 'a', 'b'], ['b', 'a', 'a'], 0],
  ])('grows by what a client has to download in addition: %s', (_, before, after, growth) => {
    const [one, other] = [before, after].map((names) => of(base('base'), ...names.map((name, at) => own(name, at + 1))))
    const { total, byCause } = compareFinal(one!, other!).growth
    expect(total).toMatchObject({ compressedSize: growth, layers: after.length - before.length })
    expect(byCause.unknown.compressedSize).toBe(0)
  })

  test('adds nothing if the base image has it too', () => {
    const found = footprintOf([
      image({ stages: [of(base('base'), { ...own('base', 2), compressedSize: 10 }, own('a', 3), own('a', 4))] }),
    ])
    expect(headlineOf(found.images[0]!)?.added).toMatchObject({ layers: 3, compressedSize: 100 })
    expect(judge(rules('added <= 99'), 0, found, null)).toMatchObject([{ measured: 100 }])
    const { pullCost } = compare(found, found).images[0]!
    expect(pullCost).toEqual({ fromBaseline: 0, fromBaseImage: 100 })
  })

  test('has the same growth in budgets as the difference of their values', () => {
    const layers = fc
      .array(
        fc.record({
          name: fc.constantFrom('a', 'b', 'c', 'd'),
          origin: fc.constantFrom('base' as const, 'own' as const),
        }),
        { maxLength: 7 },
      )
      .map((all) =>
        of(
          ...all
            .toSorted((one, other) => (one.origin === other.origin ? 0 : one.origin === 'base' ? -1 : 1))
            .map(({ name, origin }, at) => ({
              ...own(name, at + 1),
              origin,
              ...(origin === 'base' ? { instruction: null } : {}),
            })),
        ),
      )
    fc.assert(
      fc.property(layers, layers, (before, after) => {
        const [one, other] = [footprintOf([image({ stages: [before] })]), footprintOf([image({ stages: [after] })])]
        for (const measure of ['pull', 'added']) {
          const value = (of: Footprint): number => judge(rules(`${measure} <= 0`), 0, of, null)[0]!.measured!
          const growth = judge(
            rules(`${measure} growth <= 0 including base-image, drift`),
            0,
            other,
            compare(one, other),
          )[0]!.measured
          expect(growth).toBe(value(other) - value(one))
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('a registry hive of a Windows layer does not hide that of another layer', async () => {
  await using folder = await temporary()
  const { mkdir, writeFile, readFile } = await import('node:fs/promises')
  const layer = async (file: string, hive: string): Promise<Buffer> => {
    for (const [path, content] of [
      ['Files/app.exe', file],
      ['Hives/System_Delta', hive],
      ['Hives/Software_Delta', hive],
    ] as const) {
      await mkdir(`${folder.path}/${path.slice(0, 5)}`, { recursive: true })
      await writeFile(`${folder.path}/${path}`, content)
    }
    await succeed('tar', ['--create', '--file', 'l.tar', 'Files', 'Hives'], { cwd: folder.path })
    return readFile(`${folder.path}/l.tar`)
  }
  const layers = [{ tar: await layer('1'.repeat(1_000), 'h'.repeat(300)) }, { tar: await layer('22', 'i'.repeat(40)) }]
  const platform = windows('10.0.20348.2849')
  const stage = finalOf(await inspectLayout(layers, { config: platform, platform }))
  expect(stage.totals).toMatchObject({ fileBytes: 1_600 + 82, entries: 10 })
  expect(stage.waste).toMatchObject({ fileBytes: 1_000, items: [{ path: 'Files/app.exe', fileBytes: 1_000 }] })
  expect(stage.fileSystem).toEqual({ files: 1, fileBytes: 682 })
  // The same tars as a Linux image, in which a file is a file.
  expect(finalOf(await inspectLayout(layers)).waste?.fileBytes).toBe(1_600)
})
