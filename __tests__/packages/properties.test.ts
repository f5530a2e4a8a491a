/** Whatever the order of a layer's entries, each byte belongs to one package or to none. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { lineOf, packagesIn, tarOf, type Content } from '../support/packages.ts'

type File = readonly [path: string, content: Content]

/** A generated package, and its files. */
interface Made {
  readonly line: (bytes: number) => string
  readonly files: readonly File[]
  /** Bytes of metadata that does not belong to the package. */
  readonly beside: readonly File[]
}

const sizes = fc.array(fc.nat(3_000), { maxLength: 6 })

const kinds: readonly ((nth: number, sizes: readonly number[]) => Made)[] = [
  (nth, some) => {
    const manifest: File = [`app/node_modules/n${nth}/package.json`, `{"version":"1.${nth}.0"}`]
    return {
      line: (bytes) => `npm n${nth} 1.${nth}.0 ${bytes}`,
      files: [manifest, ...some.map((size, at): File => [`app/node_modules/n${nth}/lib/${at}.js`, size])],
      beside: [],
    }
  },
  (nth, some) => {
    const info = `lib/site-packages/p${nth}-2.0.dist-info`
    const files = some.map((size, at): File => [`lib/site-packages/p${nth}/${at}.py`, size])
    const compiled = some.map((size, at): File => [
      `lib/site-packages/p${nth}/__pycache__/${at}.cpython-313.pyc`,
      size + 1,
    ])
    const record: File = [
      `${info}/RECORD`,
      files.map(([path]) => `${path.slice('lib/site-packages/'.length)},sha256=x,1\n`).join(''),
    ]
    return {
      line: (bytes) => `pypi p${nth} 2.0 ${bytes}`,
      files: [...files, ...compiled, record, [`${info}/METADATA`, `Name: p${nth}\nVersion: 2.0\n`]],
      beside: [],
    }
  },
  (nth, some) => {
    const files = some.map((size, at): File => [`usr/lib/d${nth}/${at}.so`, size])
    return {
      line: (bytes) => `deb d${nth} ? ${bytes}`,
      files,
      beside: [
        [
          `var/lib/dpkg/info/d${nth}.list`,
          [
            '/.',
            '/usr',
            '/usr/lib',
            ...files.map(([path]) => `/${path.replace('usr/', '')}`),
            '/usr/share/gone',
            '',
          ].join('\n'),
        ],
      ],
    }
  },
  (nth, some) => {
    const specification: File = [`gems/specifications/g${nth}-3.0.gemspec`, `# stub: g${nth} 3.0 ruby lib\n`]
    return {
      line: (bytes) => `gem g${nth} 3.0 ${bytes}`,
      files: some.map((size, at): File => [`gems/gems/g${nth}-3.0/${at}.rb`, size]),
      beside: [specification],
    }
  },
]

const sum = (files: readonly File[]): number =>
  files.reduce((bytes, [, content]) => bytes + (typeof content === 'number' ? content : content.length), 0)

test('the bytes of packages and of other files add up to those of the layer', async () => {
  let seen = 0
  const made = fc
    .array(fc.tuple(fc.nat(kinds.length - 1), sizes), { maxLength: 12 })
    .map((some) => some.map(([kind, bytes], nth) => kinds[kind]!(nth, bytes)))
  const others = fc.array(
    fc.tuple(fc.constantFrom('app', 'usr/lib', 'lib/site-packages', 'app/node_modules', 'gems/gems'), fc.nat(5_000)),
    { maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(made, others, fc.infiniteStream(fc.nat()), async (packages, rest, order) => {
      const loose = rest.map(([folder, size], nth): File => [`${folder}/loose-${nth}`, size])
      const beside = packages.flatMap((one) => one.beside)
      const all = [...packages.flatMap(({ files }) => files), ...beside, ...loose]
      const shuffled = all
        .map((file) => ({ file, at: Number(order.next().value) }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ file }) => file)
      const found = await packagesIn(tarOf(shuffled))
      const expected = packages
        .map(({ line, files }) => [line(sum(files)), sum(files)] as const)
        .filter(([, bytes]) => bytes > 0)
      expect(found.packages.map(lineOf).toSorted()).toEqual(expected.map(([line]) => line).toSorted())
      const inPackages = found.packages.reduce((bytes, { fileBytes }) => bytes + fileBytes, 0)
      expect(inPackages + sum(loose) + sum(beside)).toBe(found.index.fileBytes)
      seen += expected.length
    }),
    { seed: 20_261_126, numRuns: 150 },
  )
  expect(seen).toBeGreaterThan(300)
})

test('a package of five megabytes among many small ones is named, and packages beyond the limit are summed', async () => {
  const many = Array.from({ length: 6_000 }, (_, nth): File => [
    `node_modules/small-${nth}/package.json`,
    '{"version":"1.0.0"}',
  ])
  const { packages, folded, complete, index } = await packagesIn(
    tarOf([
      ...many,
      ['node_modules/large/a.node', 5_000_000],
      ['node_modules/large/package.json', '{"version":"2.0.0"}'],
    ]),
  )
  expect(lineOf(packages[0]!)).toBe('npm large 2.0.0 5000019')
  expect([packages.length, folded, complete]).toEqual([
    5_000,
    { packages: 1_001, fileBytes: 19 * 1_001, files: 1_001 },
    true,
  ])
  expect(packages.reduce((sum, { fileBytes }) => sum + fileBytes, folded.fileBytes)).toBe(index.fileBytes)
})
