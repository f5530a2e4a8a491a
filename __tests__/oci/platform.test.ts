import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import * as v from 'valibot'
import { DescriptorSchema, ImageConfigSchema } from '../../src/oci/manifest.ts'
import {
  combinePlatforms,
  formatPlatform,
  imageFor,
  isPlatformText,
  normalisedPlatform,
  parsePlatform,
  platformOf,
  type Platform,
} from '../../src/oci/platform.ts'
import { sha256 } from '../support/layouts.ts'

const windows: Platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.2700' }

describe('the text of a platform', () => {
  // As containerd's FormatAll and Parse.
  test.each<[Platform, string]>([
    [{ os: 'linux', architecture: 'amd64' }, 'linux/amd64'],
    [{ os: 'linux', architecture: 'arm', variant: 'v6' }, 'linux/arm/v6'],
    [windows, 'windows(10.0.20348.2700)/amd64'],
    [{ ...windows, 'os.features': ['win32k', 'a'] }, 'windows(10.0.20348.2700+win32k+a)/amd64'],
    [{ os: 'linux', architecture: 'amd64', 'os.features': ['gpu'] }, 'linux(+gpu)/amd64'],
    [{ os: 'windows', architecture: 'amd64', 'os.version': 'a/b(c)+d' }, 'windows(a%2Fb%28c%29%2Bd)/amd64'],
  ])('%j is written as %s', (platform, text) => {
    expect(formatPlatform(platform)).toBe(text)
  })

  test.each<[string, Platform]>([
    ['windows(10.0.17763)/amd64', { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763' }],
    [
      'Windows(10.0.17763+win32k)/x86_64',
      { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763', 'os.features': ['win32k'] },
    ],
    ['linux(+b+a)/arm64/v8', { os: 'linux', architecture: 'arm64', 'os.features': ['a', 'b'] }],
    ['linux/arm', { os: 'linux', architecture: 'arm', variant: 'v7' }],
    ['aarch64', { os: 'linux', architecture: 'arm64' }],
    ['linux/amd64/v1', { os: 'linux', architecture: 'amd64' }],
    ['linux/amd64/V2', { os: 'linux', architecture: 'amd64', variant: 'v2' }],
    ['constructor', { os: 'linux', architecture: 'constructor' }],
  ])('%s is parsed', (text, platform) => {
    expect(isPlatformText(text)).toBe(true)
    expect(parsePlatform(text)).toEqual(platform)
  })

  test('is parsed to the same platform, whatever the index contains', () => {
    const word = fc.stringMatching(/^[a-z0-9._-]{1,8}$/)
    const platforms = fc.record({
      os: word,
      architecture: word,
      'os.version': fc.string({ minLength: 1, maxLength: 9 }),
      'os.features': fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
    })
    fc.assert(
      fc.property(platforms, (platform) => {
        const text = normalisedPlatform(platform)
        expect(isPlatformText(text)).toBe(true)
        expect(formatPlatform(parsePlatform(text))).toBe(text)
      }),
    )
  })

  test.each([
    '',
    'linux/',
    'linux/a/b/c',
    'linux)/amd64',
    'a b',
    'linux(/amd64',
    'windows(1)(2)/amd64',
    'windows(1,2)/amd64',
  ])('%j is refused', (text) => {
    expect(isPlatformText(text)).toBe(false)
  })
})

describe('the platform of index and config', () => {
  const amd64 = { os: 'linux', architecture: 'amd64' }
  const arm64 = { os: 'linux', architecture: 'arm64' }
  test.each<[string, Parameters<typeof combinePlatforms>, ReturnType<typeof combinePlatforms>]>([
    ['is the same if they agree', [amd64, amd64], { platform: amd64, contradicted: null }],
    [
      'is that of the config if the index has none',
      [undefined, { ...windows, variant: 'v2' }],
      { platform: { ...windows, variant: 'v2' }, contradicted: null },
    ],
    ['is that of the index if the config has none', [windows, {}], { platform: windows, contradicted: null }],
    [
      'is unknown if neither has one',
      [undefined, {}],
      { platform: { os: 'unknown', architecture: 'unknown' }, contradicted: null },
    ],
    [
      'is combined if each has a part',
      [{ os: 'linux' }, { architecture: 'arm', variant: 'v6', 'os.features': ['x'] }],
      { platform: { os: 'linux', architecture: 'arm', variant: 'v6', 'os.features': ['x'] }, contradicted: null },
    ],
    [
      'is the same in another spelling',
      [
        { ...arm64, variant: 'v8' },
        { os: 'Linux', architecture: 'aarch64' },
      ],
      { platform: { ...arm64, variant: 'v8' }, contradicted: null },
    ],
    [
      'is that of the index if the architectures differ, without the variant of the config',
      [arm64, { ...amd64, variant: 'v2' }],
      { platform: arm64, contradicted: { ...amd64, variant: 'v2' } },
    ],
    [
      'is that of the index if the versions differ',
      [windows, { ...windows, 'os.version': '10.0.17763.1' }],
      { platform: windows, contradicted: { ...windows, 'os.version': '10.0.17763.1' } },
    ],
  ])('%s', (_, [index, config], expected) => {
    expect(combinePlatforms(index, config)).toEqual(expected)
  })

  test.each<unknown>([
    null,
    {},
    'linux/amd64',
    [],
    { os: 5, architecture: null, variant: '', 'os.version': {}, 'os.features': [1] },
    { 'os.features': [] },
    { os: 'a'.repeat(256) },
  ])('counts as missing if it is %j', (platform) => {
    const descriptor = v.parse(DescriptorSchema, { mediaType: 'x', digest: sha256(Buffer.from('')), size: 0, platform })
    expect(combinePlatforms(descriptor.platform, { os: 'linux', architecture: 'amd64' })).toEqual({
      platform: amd64,
      contradicted: null,
    })
    const config = v.parse(ImageConfigSchema, {
      ...(typeof platform === 'object' && !Array.isArray(platform) ? platform : {}),
      rootfs: { diff_ids: [] },
    })
    expect(platformOf(config)).toEqual({ os: 'unknown', architecture: 'unknown' })
  })
})

test('finds the best entry of an index for a platform', () => {
  const entry = (
    platform: Platform | undefined,
    nth: number,
  ): { readonly platform: Platform | undefined; readonly nth: number } => ({ platform, nth })
  const entries = [
    entry(undefined, 0),
    entry({ ...windows, 'os.version': '10.0.17763.1' }, 1),
    entry(windows, 2),
    entry({ os: 'linux', architecture: 'arm64', variant: 'v8' }, 3),
  ]
  expect(imageFor(entries, windows)?.nth).toBe(2)
  expect(imageFor(entries, { os: 'linux', architecture: 'arm64' })?.nth).toBe(3)
  expect(imageFor(entries.slice(0, 2), windows)?.nth).toBe(1)
  expect(imageFor(entries, { ...windows, 'os.version': '10.0.1' })).toBeNull()
  expect(imageFor(entries, { os: 'linux', architecture: 'amd64' })).toBeNull()
})
