/**
 * What the report says about the most common pull requests, updates of dependencies. The layers are made as package
 * managers make them, then read, compared and rendered.
 */
import { describe, expect, test } from '@jest/globals'
import { readLayer } from '../../src/layer/read-layer.ts'
import type { Image, Layer, Stage } from '../../src/record/footprint.ts'
import { renderMarkdown } from '../../src/report/markdown/report.ts'
import { withContents } from '../../src/weigh/stage-contents.ts'
import { compare } from '../support/compared.ts'
import { sha256, streamOf } from '../support/tar-bytes.ts'
import { tarOf, type Content } from '../support/packages.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'

type Files = Readonly<Record<string, Content>>
type Step = readonly [text: string, files: Files]

type Read = Awaited<ReturnType<typeof readLayer>>

/** Returns the stage as it is weighed: a layer for each step, at lines 2, 3 and so on. */
async function stageOfFiles(steps: readonly Step[], some: Partial<Stage> = {}): Promise<Stage> {
  const read = new Map<string, Read>()
  const layers = await Promise.all(
    steps.map(async ([text, files], nth): Promise<Layer> => {
      const tar = tarOf(Object.entries(files))
      const digest = sha256(tar)
      const found = await readLayer(streamOf(tar), { digest, size: tar.length })
      read.set(digest, found)
      const { diffId, uncompressedSize, fileBytes, entries, whiteouts } = found.index
      return layer({
        digest,
        diffId,
        compressedSize: tar.length,
        uncompressedSize,
        fileBytes,
        entries,
        whiteouts,
        origin: text === 'base' ? 'base' : 'own',
        instruction: text === 'base' ? null : { text, line: nth + 2, endLine: nth + 2 },
      })
    }),
  )
  const instructions = layers.flatMap(({ instruction }) => instruction ?? [])
  return withContents(stage({ instructions, ...some, layers }), {
    contents: (digest) => Promise.resolve(read.get(digest)?.contents ?? null),
    packages: (digest) => Promise.resolve(read.get(digest)?.packages ?? null),
  })
}

function markdownOf(before: readonly Stage[], after: readonly Stage[]): string {
  const of = (stages: readonly Stage[]): Image => image({ stages: [...stages], dockerfile: 'api/Dockerfile' })
  const comparison = compare(footprintOf([of(before)]), footprintOf([of(after)]), true)
  return renderMarkdown(reportWith(comparison)).replaceAll('\u00a0', ' ').replaceAll('`', '')
}

/** Returns the text of each row of what grew, as lines. */
function rowsIn(markdown: string, title = 'What grew'): readonly (readonly string[])[] {
  const [table = ''] = markdown.split(`**${title}**`).slice(1)
  const [rows = ''] = table.trimStart().split('\n\n')
  return rows
    .split('\n')
    .slice(2)
    .map((row) => (row.split(' | ')[2] ?? '').replace(/ \|$/, '').split('<br>'))
}

async function grew(before: readonly Step[], after: readonly Step[]): Promise<readonly (readonly string[])[]> {
  return rowsIn(markdownOf([await stageOfFiles(before)], [await stageOfFiles(after)]))
}

const site = 'usr/local/lib/python3.13/site-packages'
function wheel(name: string, version: string, bytes: number): Files {
  const info = `${name}-${version}.dist-info`
  const files: Files = {
    [`${name}/__init__.py`]: bytes,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name.replaceAll('_', '-')}\nVersion: ${version}\n\n`,
  }
  const record = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  return Object.fromEntries(
    Object.entries({ ...files, [`${info}/RECORD`]: record }).map(([path, content]) => [`${site}/${path}`, content]),
  )
}

const npm = (name: string, version: string, bytes: number): Files => ({
  [`app/node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
  [`app/node_modules/${name}/index.js`]: bytes,
})

interface Deb {
  readonly name: string
  readonly version: string
  readonly bytes: number
}

function dpkg(packages: readonly Deb[]): Files {
  const status = packages
    .map(({ name, version }) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n\n`)
    .join('')
  return Object.assign(
    { 'var/lib/dpkg/status': status },
    ...packages.map(({ name, bytes }) => ({
      [`usr/lib/${name}.so`]: bytes,
      [`var/lib/dpkg/info/${name}.list`]: `/.\n/usr\n/usr/lib\n/usr/lib/${name}.so\n`,
    })),
  ) as Files
}

describe('the packages that an update of dependencies changed', () => {
  test('are named for a uv application, with versions, the largest change first', async () => {
    const copy = 'COPY .venv /app/.venv'
    const [before, after] = [
      {
        ...wheel('sentry_sdk', '1.45', 200_000),
        ...wheel('uvloop', '0.19', 300_000),
        ...wheel('urllib3', '1.26', 90_000),
      },
      {
        ...wheel('sentry_sdk', '2.20', 468_000),
        ...wheel('uvloop', '0.22', 508_000),
        ...wheel('urllib3', '2.6', 177_000),
        ...wheel('rignore', '0.7', 254_000),
      },
    ]
    expect(await grew([[copy, before]], [[copy, after]])).toEqual([
      [
        `api/Dockerfile:2 ${copy}`,
        'sentry-sdk 1.45 → 2.20 +268 kB (200 kB → 468 kB)',
        'rignore 0.7 new, 254 kB',
        'uvloop 0.19 → 0.22 +208 kB (300 kB → 508 kB)',
        'urllib3 1.26 → 2.6 +87.0 kB (90.1 kB → 177 kB)',
      ],
    ])
  })

  test('are named for a yarn application', async () => {
    const copy = 'COPY . /app'
    const kept = npm('@scope/kept', '1.0.0', 900_000)
    expect(
      await grew(
        [[copy, { ...kept, ...npm('jose', '5.9.6', 400_000), ...npm('object-hash', '2.0.0', 20_000) }]],
        [
          [
            copy,
            {
              ...kept,
              ...npm('jose', '6.1.0', 949_000),
              ...npm('object-hash', '3.0.0', 79_000),
              ...npm('openid-client', '6.1.1', 150_000),
            },
          ],
        ],
      ),
    ).toEqual([
      [
        `api/Dockerfile:2 ${copy}`,
        'jose 5.9.6 → 6.1.0 +549 kB (400 kB → 949 kB)',
        'openid-client 6.1.1 new, 150 kB',
        'object-hash 2.0.0 → 3.0.0 +59.0 kB (20.0 kB → 79.0 kB)',
      ],
    ])
  })

  test('are named for pip install pandas boto3, with their dependencies, and the others in a list', async () => {
    const files = Object.assign(
      {},
      ...['pandas', 'numpy', 'botocore', 'boto3', 'pytz', 'six', 'jmespath', 's3transfer'].map((name, nth) =>
        wheel(name, '1.0', 700_000 - nth * 50_000),
      ),
    ) as Files
    const text = 'RUN pip install pandas==2.2 "boto3[crt]>=1"'
    const markdown = markdownOf([await stageOfFiles([])], [await stageOfFiles([[text, files]])])
    expect(rowsIn(markdown)).toEqual([
      [
        `api/Dockerfile:2 ${text}`,
        'new layer',
        'pandas, boto3 and 6 packages that came with them, +4.20 MB together',
        'including pandas 1.0 new, 700 kB',
        'including numpy 1.0 new, 650 kB',
        'including botocore 1.0 new, 600 kB',
        'including boto3 1.0 new, 550 kB',
        'including pytz 1.0 new, 500 kB',
        'including 3 more packages, +1.20 MB',
      ],
    ])
    expect(markdown).toContain(
      'api/Dockerfile&#58;2</code>: 3 more</summary>\n\n- six 1.0 new, 450 kB\n- jmespath 1.0 new, 400 kB\n- s3transfer 1.0 new, 350 kB\n',
    )
  })

  test('are named for apt-get install imagemagick, with the package lists that it left behind', async () => {
    const libraries = ['libmagickcore', 'libheif', 'libraw'].map((name, nth) => ({
      name,
      version: '7.1',
      bytes: 900_000 - nth * 100_000,
    }))
    const files = {
      ...dpkg([{ name: 'imagemagick', version: '8:7.1', bytes: 40_000 }, ...libraries]),
      ...Object.fromEntries(
        Array.from({ length: 30 }, (_, nth) => [`var/lib/apt/lists/mirror.example_${nth}_Packages.lz4`, 5_000]),
      ),
    }
    const text = 'RUN apt-get update && apt-get install -y imagemagick'
    expect(await grew([], [[text, files]])).toEqual([
      [
        `api/Dockerfile:2 ${text}`,
        'new layer',
        'imagemagick and 3 packages that came with it, +2.44 MB together',
        'including libmagickcore 7.1 new, 900 kB',
        'including libheif 7.1 new, 800 kB',
        'including libraw 7.1 new, 700 kB',
        'including imagemagick 8:7.1 new, 40.0 kB',
        'apt package lists in var/lib/apt/lists/ new, 150 kB',
      ],
    ])
  })

  test('are one row for pip install --upgrade pip, with the version that is still shipped below', async () => {
    const old = {
      ...wheel('pip', '24.0', 500_000),
      ...Object.fromEntries(
        Array.from({ length: 5 }, (_, nth) => [`${site}/pip/_vendor/module${nth}/__init__.py`, 50_000]),
      ),
    }
    const base = { reference: 'python:3.13', digest: null, layers: 1 }
    const upgrade = 'RUN pip install --upgrade pip'
    const replaced = { ...wheel('pip', '25.3', 600_000), [`${site}/.wh.pip-24.0.dist-info`]: 0 }
    const [before, after] = [
      await stageOfFiles([['base', old]], { base }),
      await stageOfFiles(
        [
          ['base', old],
          [upgrade, replaced],
        ],
        { base },
      ),
    ]
    expect(rowsIn(markdownOf([before], [after]))).toEqual([
      [
        `api/Dockerfile:3 ${upgrade}`,
        'new layer',
        'pip 24.0 → 25.3 +600 kB, and 24.0 is still shipped in the base image',
      ],
    ])
  })

  test('say that a copy of the same version is shipped, if a line installs it again', async () => {
    const old = { ...wheel('pip', '24.0', 500_000), [`${site}/pip/more`]: 100_000 }
    const base = { reference: 'python:3.13', digest: null, layers: 1 }
    const again = 'RUN pip install --force-reinstall pip'
    const before = await stageOfFiles([['base', old]], { base })
    const after = await stageOfFiles(
      [
        ['base', old],
        [again, wheel('pip', '24.0', 500_000)],
      ],
      { base },
    )
    expect(markdownOf([before], [after])).toContain('pip 24.0 written again, +500 kB, also in the base image')
  })

  test('include a large package among hundreds of small ones', async () => {
    const small = Object.assign(
      {},
      ...Array.from({ length: 320 }, (_, nth) => npm(`small-${nth}`, '1.0.0', 3_000)),
    ) as Files
    const copy = 'COPY node_modules /app/node_modules'
    const many = Object.fromEntries(
      Array.from({ length: 400 }, (_, nth) => [`app/node_modules/large/part-${nth}.js`, 2_500]),
    )
    const large = { ...npm('large', '2.0.0', 1_000), ...many }
    expect(await grew([[copy, small]], [[copy, { ...small, ...large }]])).toEqual([
      [`api/Dockerfile:2 ${copy}`, 'large 2.0.0 new, 1.00 MB'],
    ])
  })
})

describe('Go modules', () => {
  const side = (fileBytes: number, net: string, modules: number): Stage[] => {
    const diffId = (seed: string): string => sha256(Buffer.from(`${seed} ${net}`))
    const lists = { files: [], directories: [], complete: false }
    const of = (
      text: string,
      line: number,
      bytes: number,
      packages: NonNullable<NonNullable<Layer['contents']>['packages']>['packages'],
    ): Layer =>
      layer({
        diffId: diffId(text),
        compressedSize: bytes,
        uncompressedSize: bytes,
        fileBytes: bytes,
        instruction: { text, line, endLine: line },
        contents: {
          ...lists,
          packages: { packages, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null },
        },
      })
    const module = { ecosystem: 'golang', name: 'golang.org/x/net', version: net, path: 'go/pkg/mod', files: 9 }
    return [
      stage({
        name: 'build',
        index: 0,
        role: 'builder',
        instructions: [
          { text: `ENV NET ${net}`, line: 24, endLine: 24 },
          { text: 'RUN go mod download', line: 25, endLine: 25 },
        ],
        layers: [of('RUN go mod download', 25, modules, [{ ...module, fileBytes: modules }])],
      }),
      stage({
        instructions: [{ text: 'COPY --from=build /src/server /server', line: 30, endLine: 30 }],
        layers: [
          of('COPY --from=build /src/server /server', 30, fileBytes, [
            {
              ecosystem: 'golang',
              name: 'example.org/server',
              version: null,
              path: 'server',
              fileBytes,
              files: 1,
              parts: [{ name: 'golang.org/x/net', version: net }],
            },
          ]),
        ],
      }),
    ]
  }

  test('are named in the final stage, and in a builder stage that grew by more', () => {
    const markdown = markdownOf(side(25_400_000, 'v0.30.0', 100_000_000), side(25_800_000, 'v0.47.0', 118_700_000))
    expect(rowsIn(markdown)).toEqual([
      [
        'api/Dockerfile:30 COPY --from=build /src/server /server',
        'example.org/server +400 kB (25.4 MB → 25.8 MB), with golang.org/x/net v0.30.0 → v0.47.0',
        'stage build: line 24 edited',
      ],
    ])
    expect(rowsIn(markdown, 'What grew in builder stage build')).toEqual([
      [
        'api/Dockerfile:25 RUN go mod download',
        'golang.org/x/net v0.30.0 → v0.47.0 +18.7 MB (100 MB → 119 MB)',
        'line 24 edited',
      ],
    ])
    expect(markdown).toContain('| +18.7 MB | +18.7 MB | api/Dockerfile:25 RUN go mod download')
  })

  test('are counted in a builder stage if the final stage names them, and the other modules are in a list', () => {
    const made = (fileBytes: number, version: string, cache: number): Stage[] => {
      const [build, final] = side(fileBytes, version, cache) as [Stage, Stage]
      const withModules = (one: Layer): Layer => ({
        ...one,
        contents: one.contents && {
          ...one.contents,
          packages: one.contents.packages && {
            ...one.contents.packages,
            packages: one.contents.packages.packages.map((each) => ({
              ...each,
              parts: Array.from({ length: 8 }, (_, nth) => ({ name: `example.org/m${nth}`, version })),
            })),
          },
        },
      })
      const layers = final.layers.map(withModules)
      return [
        {
          ...build,
          layers: [...build.layers, ...layers.map((one) => ({ ...one, diffId: one.diffId.replace(/.$/, 'x') }))],
        },
        { ...final, layers },
      ]
    }
    const markdown = markdownOf(made(25_400_000, 'v1', 100_000_000), made(25_800_000, 'v2', 118_700_000))
    expect(rowsIn(markdown)[0]?.at(-1)).toMatch(/example\.org\/m4 v1 → v2 and 3 more modules$/)
    expect(markdown).toContain(
      '<summary>Parts of packages of <code>api/Dockerfile&#58;30</code>: 3 more</summary>\n\n- example.org/m5 v1 → v2\n- example.org/m6 v1 → v2\n- example.org/m7 v1 → v2\n',
    )
    expect(rowsIn(markdown, 'What grew in builder stage build').map(([, ...words]) => words)).toEqual([
      ['golang.org/x/net v1 → v2 +18.7 MB (100 MB → 119 MB)', 'line 24 edited'],
      [
        'this change, drift or a moved image, not known which',
        'the same change as in the final stage, +400 kB in files',
      ],
    ])
  })

  test('are in the order of unpacked bytes in a builder stage, which nobody pulls', () => {
    const made = (modules: number, net: string): readonly Stage[] => {
      const [build, final] = side(25_400_000, net, modules) as [Stage, Stage]
      const [first] = build.layers as [Layer]
      const compressed = { ...first, compressedSize: 50_000_000 - modules / 100 }
      const other = { ...first, instruction: { text: 'RUN go build', line: 26, endLine: 26 }, diffId: 'sha256:b' }
      const built = { ...other, compressedSize: modules / 50, uncompressedSize: modules / 50, contents: null }
      return [{ ...build, layers: [compressed, built] }, final]
    }
    const places = rowsIn(
      markdownOf(made(100_000_000, 'v1'), made(118_700_000, 'v2')),
      'What grew in builder stage build',
    ).map(([place]) => place)
    expect(places).toEqual(['api/Dockerfile:25 RUN go mod download', 'api/Dockerfile:26 RUN go build'])
  })

  test('are not named again in a builder stage that has the same layers as the final stage', () => {
    const made = (modules: number, net: string): readonly Stage[] => {
      const [build, final] = side(25_400_000 + modules / 10, net, modules) as [Stage, Stage]
      return [
        { ...build, layers: [...build.layers, ...final.layers] },
        { ...final, uses: [{ stage: 'build', via: 'from', carriedBytes: null }] },
      ]
    }
    const markdown = markdownOf(made(100_000_000, 'v1'), made(118_700_000, 'v2'))
    expect(rowsIn(markdown, 'What grew in builder stage build').map(([place]) => place)).toEqual([
      'api/Dockerfile:25 RUN go mod download',
    ])
  })

  test('are not repeated for a builder stage that is FROM another one', () => {
    const made = (version: string, modules: number, tests: number): readonly Stage[] => {
      const [build, final] = side(25_400_000, version, modules) as [Stage, Stage]
      const [own] = side(1, version, tests).at(0)!.layers
      const inherited = build.layers.map((layer) => ({ ...layer, origin: 'inherited' as const }))
      const of = (name: string, layers: Stage['layers']): Stage => ({
        ...stage({ ...build, name, layers }),
        role: 'builder',
        uses: [{ stage: 'build', via: 'from', carriedBytes: null }],
      })
      return [build, of('test', [...inherited, own!]), of('lint', inherited), final]
    }
    const markdown = markdownOf(made('v1', 100_000_000, 1_000_000), made('v2', 118_700_000, 5_000_000))
    expect(markdown.match(/\*\*What grew in builder stage [^*]*/g)).toEqual(['**What grew in builder stage test'])
    expect(markdown).toMatch(
      /\nBuilder stage build grew in layers that it shares with builder stage test: \+18\.7 MB unpacked\.\n/,
    )
    expect(markdown).toContain('Builder stage lint grew in layers that it shares with builder stage test')
  })

  test('are not repeated for a builder stage that grew by no more than the final stage', () => {
    const markdown = markdownOf(side(25_400_000, 'v0.30.0', 100_000_000), side(25_800_000, 'v0.47.0', 100_100_000))
    expect(markdown).not.toContain('What grew in builder stage')
  })
})

test('shows a package that is now in another layer or stage as moved, not as new or removed', async () => {
  const builder = { name: 'build', index: 0, role: 'builder' as const, base: null }
  const [first, second] = ['COPY one /app', 'COPY two /app']
  const before = [
    await stageOfFiles([['COPY tools /', { 'etc/a': 10 }]], builder),
    await stageOfFiles([
      [first, { ...npm('left-pad', '1.3.0', 40_000), ...npm('jest', '30.0.0', 700_000) }],
      [second, { ...npm('typescript', '5.9.0', 900_000) }],
    ]),
  ]
  const after = [
    await stageOfFiles([['COPY tools /', { 'etc/a': 10, ...npm('jest', '30.0.0', 700_000) }]], builder),
    await stageOfFiles([
      [first, { ...npm('left-pad', '1.3.0', 40_000), ...npm('typescript', '5.9.1', 950_000) }],
      [second, npm('tslib', '2.8.0', 20_000)],
    ]),
  ]
  const markdown = markdownOf(before, after)
  expect([...rowsIn(markdown), ...rowsIn(markdown, 'What shrank')].map(([, ...words]) => words)).toEqual([
    [
      'typescript 5.9.0 → 5.9.1 moved here from line 3, +950 kB (was 900 kB there)',
      'jest 30.0.0 moved to stage build, −700 kB',
    ],
    ['typescript 5.9.0 → 5.9.1 moved to line 2, −900 kB (is 950 kB there)', 'tslib 2.8.0 new, 20.0 kB'],
  ])
  expect(rowsIn(markdown, 'What grew in builder stage build').map(([, ...words]) => words)).toEqual([
    ['jest 30.0.0 moved here from the final stage, +700 kB'],
  ])
})

describe('a package that the final stage no longer has, and a new stage has', () => {
  const jest = npm('jest', '30.0.0', 700_000)
  const shipped = { 'app/main.js': 10, ...npm('left-pad', '1.3.0', 40_000) }
  const [install, copy]: readonly [Parameters<typeof stageOfFiles>[0][number], string] = [
    ['RUN npm ci', { ...jest, 'etc/a': 10 }],
    'COPY --from=build /app /app',
  ]
  const builder = (name: string, index: number): Partial<Stage> => ({ name, index, role: 'builder', base: null })
  const final = (index: number): Partial<Stage> => ({ index })
  const grewAndShrank = (before: readonly Stage[], after: readonly Stage[]): readonly string[] => {
    const markdown = markdownOf(before, after)
    return rowsIn(markdown, 'What shrank').map((words) => words.at(-1) ?? '')
  }

  test('is removed if the new stage is FROM a stage that had it before', async () => {
    const build = await stageOfFiles([install], builder('build', 0))
    const prod = await stageOfFiles([install, ['RUN npm prune', { 'etc/b': 10 }]], builder('prod', 1))
    expect(
      grewAndShrank(
        [build, await stageOfFiles([[copy, { ...shipped, ...jest }]], final(1))],
        [build, prod, await stageOfFiles([['COPY --from=prod /app /app', shipped]], final(2))],
      ),
    ).toEqual(['jest 30.0.0 removed, −700 kB'])
  })

  test('is removed if the new stage deletes it', async () => {
    const other = await stageOfFiles([['COPY a /', { 'etc/a': 10 }]], builder('build', 0))
    const prod = await stageOfFiles([install, ['RUN npm prune', { 'etc/b': 10 }]], builder('prod', 1))
    const [installs, prunes] = prod.layers
    const deleting = { ...prod, layers: [installs!, { ...prunes!, whiteouts: 1 }] }
    const [beforeFinal, afterFinal] = [
      await stageOfFiles([[copy, { ...shipped, ...jest }]], final(1)),
      await stageOfFiles([['COPY --from=prod /app /app', shipped]], final(2)),
    ]
    const sides = (made: Stage): readonly string[] => grewAndShrank([other, beforeFinal], [other, made, afterFinal])
    expect(sides(deleting)).toEqual(['jest 30.0.0 removed, −700 kB'])
    expect(sides(prod)).toEqual(['jest 30.0.0 moved to stage prod, −700 kB'])
  })
})
