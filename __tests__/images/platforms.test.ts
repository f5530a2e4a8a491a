/** Which platform an image has, and how images of one index are distinguished. */
import { beforeAll, describe, expect, test } from '@jest/globals'
import { noteSentence } from '../../src/report/comparison-notes.ts'
import { compareFootprints } from '../../src/compare/compare.ts'
import { formatPlatform } from '../../src/oci/platform.ts'
import type { Footprint } from '../../src/record/footprint.ts'
import { parseRecord } from '../../src/record/parse-record.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { reportOf } from '../../src/report/report.ts'
import { renderTerminal } from '../../src/report/terminal/report.ts'
import { origin } from '../support/compared.ts'
import { imageOf, linux, windows, type ImageOptions } from '../support/images.ts'
import { blobs, inspect, tarOf, temporary, writeLayout } from '../support/layouts.ts'

const contents = ['a', 'bb', 'c'.repeat(2_000)]
let tars: readonly Buffer[]
beforeAll(async () => {
  tars = await Promise.all(contents.map((content) => tarOf('file', content)))
})

async function inspectLayout(
  images: readonly (Omit<ImageOptions, 'layers'> & { readonly content?: number })[],
  platform: string | null = null,
): Promise<Footprint> {
  await using folder = await temporary()
  const made = blobs()
  await writeLayout(
    folder.path,
    made,
    images.map(({ content = 0, ...image }) => imageOf(made, { ...image, layers: [{ tar: tars[content]! }] })),
  )
  return await inspect(`oci:${folder.path}`, { platform })
}

const platformsOf = ({ images }: Footprint): readonly string[] => images.map(({ platform }) => formatPlatform(platform))

describe('versions of Windows', () => {
  const versions = ['10.0.17763.6532', '10.0.20348.2849', '10.0.26100.2314']
  const image = (at: number, content = at): Parameters<typeof inspectLayout>[0][number] => ({
    content,
    config: windows(versions[at]!),
    platform: windows(versions[at]!),
  })
  const all = [image(0), image(1), image(2)]

  test('are separate platforms, in the record and in reports', async () => {
    const footprint = await inspectLayout(all)
    expect(footprint.images.map(({ platform }) => platform)).toEqual(versions.map((version) => windows(version)))
    expect(parseRecord(JSON.stringify(footprint), 'r')).toEqual(footprint)
    for (const text of [
      renderTerminal(reportOf(footprint), { width: 100, color: false }),
      renderMarkdown(reportOf(footprint)),
    ])
      for (const version of versions) expect(text).toContain(`windows(${version})/amd64`)
  })

  test.each([
    ['windows/amd64', [0, 1, 2]],
    ['windows(10.0.20348)/amd64', [1]],
    [`windows(${versions[2]!})/amd64`, [2]],
    ['windows(10.0.1)/amd64', null],
    ['windows(10.0.17763)/amd64,windows(10.0.26100)/amd64', [0, 2]],
  ])('are selected by --platform %s', async (platform, chosen) => {
    const found = inspectLayout(all, platform)
    if (chosen) expect(platformsOf(await found)).toEqual(chosen.map((at) => `windows(${versions[at]!})/amd64`))
    else await expect(found).rejects.toThrow(`it has windows(${versions[0]!})/amd64, windows(${versions[1]!})/amd64`)
  })

  test('are found if only the config has one', async () => {
    expect(
      platformsOf(
        await inspectLayout(
          [{ ...image(0), platform: { os: 'windows', architecture: 'amd64' } }],
          'windows(10.0.17763)/amd64',
        ),
      ),
    ).toHaveLength(1)
  })

  test('are unchanged in another order', async () => {
    const [before, after] = [await inspectLayout(all), await inspectLayout(all.toReversed())]
    const compared = compareFootprints(before, after, origin, { sameBuilder: false })
    expect(compared.images.map(({ unchanged }) => unchanged)).toEqual([true, true, true])
    expect([compared.added, compared.removed, compared.ambiguous]).toEqual([[], [], []])
  })

  test('have no baseline if new, and have one after a monthly update', async () => {
    const updated = { ...image(1, 2), config: windows('10.0.20348.2966'), platform: windows('10.0.20348.2966') }
    const compared = compareFootprints(
      await inspectLayout([image(0), image(1)]),
      await inspectLayout([image(2, 0), updated, image(0)]),
      origin,
      { sameBuilder: false },
    )
    const shown = compared.images.map(({ before, after, final }) => [
      before.platform['os.version'],
      after.platform['os.version'],
      final.growth.total.fileBytes,
    ])
    expect(shown).toEqual([
      [versions[1], '10.0.20348.2966', 1_998],
      [versions[0], versions[0], 0],
    ])
    expect(platformsOf({ schemaVersion: 1, images: [...compared.added] })).toEqual([`windows(${versions[2]!})/amd64`])
    expect(compared.notes.map(noteSentence).join(' ')).toContain(`The baseline has no counterpart of`)
  })

  test('are also distinguished by their features', async () => {
    const of = (content: number, features: string[] | undefined): Parameters<typeof inspectLayout>[0][number] => {
      const platform = windows(versions[0]!, features ? { 'os.features': features } : {})
      return { content, config: platform, platform }
    }
    const before = await inspectLayout([of(0, ['win32k']), of(1, undefined)])
    const after = await inspectLayout([of(1, undefined), of(0, ['win32k'])])
    expect(platformsOf(before)).toEqual([`windows(${versions[0]!}+win32k)/amd64`, `windows(${versions[0]!})/amd64`])
    expect(
      compareFootprints(before, after, origin, { sameBuilder: false }).images.map(({ unchanged }) => unchanged),
    ).toEqual([true, true])
    expect(
      platformsOf(await inspectLayout([of(0, ['win32k']), of(1, undefined)], 'windows(+win32k)/amd64')),
    ).toHaveLength(1)
  })
})

describe('the platform in index and config', () => {
  const arm64 = { os: 'linux', architecture: 'arm64' }

  test('is that of the index if they differ, and the report says so', async () => {
    const images = [
      { config: linux, platform: linux },
      { content: 1, config: linux, platform: arm64 },
    ]
    const both = await inspectLayout(images)
    expect(platformsOf(both)).toEqual(['linux/amd64', 'linux/arm64'])
    const arm = await inspectLayout(images, 'linux/arm64')
    expect(platformsOf(arm)).toEqual(['linux/arm64'])
    expect(arm.notes).toContain(
      'The index says linux/arm64 and the config linux/amd64: the index counts, as for a client.',
    )
    const text = renderTerminal(reportOf(arm), { width: 200, color: false })
    expect(text.split('\n')[0]).toMatch(/ · linux\/arm64$/)
    expect(text).toContain('Note: The index says linux/arm64')
    expect(both.notes).toContain(
      'linux/arm64: The index says linux/arm64 and the config linux/amd64: the index counts, as for a client.',
    )
  })

  test.each<[string, object, unknown, string]>([
    ['no platform in the config, as with buildpacks', {}, arm64, 'linux/arm64'],
    ['no platform anywhere', {}, undefined, 'unknown/unknown'],
    ['null in the index', linux, null, 'linux/amd64'],
    ['only an os in the index', linux, { os: 'linux' }, 'linux/amd64'],
    ['only an os in both', { os: 'linux' }, { os: 'linux' }, 'linux/unknown'],
    [
      'null and empty fields',
      { os: null, architecture: 'arm', variant: '' },
      { os: 'linux', architecture: '' },
      'linux/arm',
    ],
    ['fields of other types', { ...linux, 'os.features': null, 'os.version': 3 }, linux, 'linux/amd64'],
  ])('may be incomplete, and the image is weighed: %s', async (_, config, platform, expected) => {
    const footprint = await inspectLayout([{ config, platform }])
    expect(platformsOf(footprint)).toEqual([expected])
    expect(footprint.images[0]?.stages[0]?.totals.fileBytes).toBe(1)
    expect(footprint.notes?.some((note) => note.includes('Neither an index nor the config'))).toBe(
      expected.includes('unknown'),
    )
  })

  test('is found by --platform if the index leaves out a part of it', async () => {
    const images = [
      { config: { ...linux, variant: 'v2' }, platform: { os: 'linux' } },
      { content: 1, config: arm64, platform: arm64 },
    ]
    expect(platformsOf(await inspectLayout(images, 'linux/amd64/v2'))).toEqual(['linux/amd64/v2'])
    expect(platformsOf(await inspectLayout(images, 'linux/arm64'))).toEqual(['linux/arm64'])
    expect(
      platformsOf(
        await inspectLayout(
          [
            {
              config: { os: 'linux', architecture: 'arm', variant: 'v6' },
              platform: { os: 'linux', architecture: 'arm' },
            },
          ],
          'linux/arm/v6',
        ),
      ),
    ).toEqual(['linux/arm/v6'])
  })
})
