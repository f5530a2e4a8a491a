/** Sample reports for `script/preview.ts`, one for each thing that a reader should see at a glance. */
import {
  compareStages,
  comparisonOf,
  imageComparison,
  reportWith,
  result,
  rule,
  verdictOf,
} from '../../__tests__/support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../../__tests__/support/footprints.ts'
import type { PathGrowth } from '../../src/compare/comparison.ts'
import type { Image, Layer, Stage } from '../../src/record/footprint.ts'
import type { Report } from '../../src/report/report.ts'

const digest = (seed: string): string => `sha256:${Buffer.from(seed).toString('hex').padEnd(64, '0').slice(0, 64)}`

function made(text: string, line: number, compressedSize: number, uncompressedSize: number, seed = ''): Layer {
  return layer({
    instruction: { text, line, endLine: line },
    diffId: digest(`${seed}${compressedSize} ${text.slice(0, 12)}`),
    compressedSize,
    uncompressedSize,
    fileBytes: Math.round(uncompressedSize * 0.95),
    entries: 120,
  })
}

function base(compressedSize: number, uncompressedSize: number): Layer {
  return layer({
    origin: 'base',
    instruction: null,
    diffId: digest(`base ${compressedSize}`),
    compressedSize,
    uncompressedSize,
    fileBytes: uncompressedSize,
    entries: 9_000,
  })
}

function fat(pip = 34_100_000): Stage {
  return stage({
    name: 'build',
    index: 0,
    role: 'builder',
    base: { reference: 'python:3.13', digest: digest('fat'), layers: 2 },
    layers: [
      base(64_000_000, 190_000_000),
      base(276_000_000, 535_000_000),
      made('RUN python -m venv /buildenv', 4, 3_600_000, 11_000_000),
      made('RUN /buildenv/bin/pip install -r requirements.txt', 6, pip, pip * 3),
      made('COPY . /src', 8, 41_000, 180_000),
    ],
  })
}

function slim(
  some: {
    readonly app?: number
    readonly baseSize?: number
    readonly baseDigest?: string
    readonly more?: readonly Layer[]
    readonly reference?: string
    readonly seed?: string
  } = {},
): Stage {
  const {
    app = 3_400_000,
    baseSize = 29_800_000,
    baseDigest = 'slim',
    more = [],
    reference = 'python:3.13-slim',
    seed = '',
  } = some
  return stage({
    name: '1',
    index: 1,
    base: { reference, digest: digest(baseDigest), layers: 2 },
    layers: [
      base(baseSize, baseSize * 2.6),
      base(12_400_000, 39_000_000),
      made('COPY --from=build /mnt/src/twist.pex /root', 14, app, app + 12_000, seed),
      ...more,
    ],
    uses: [{ stage: 'build', via: 'copy', carriedBytes: app }],
  })
}

const api = (stages: readonly Stage[]): Image => image({ name: 'api', stages: [...stages] })

const file = (
  path: string,
  before: number | null,
  after: number | null,
  packageName: string | null = null,
): PathGrowth => ({ kind: 'file', path, before, after, package: packageName, otherFiles: false })

const pex = { paths: [file('/root/twist.pex', 3_400_000, 6_700_000)] }

const apiResult = (some: Parameters<typeof result>[0]): ReturnType<typeof result> =>
  result({
    image: { name: 'api', platform: 'linux/amd64', position: 0 },
    line: 14,
    measured: 3_300_000,
    measuredPercent: 7.2,
    ...some,
  })

function comparedPair(
  before: readonly Stage[],
  after: readonly Stage[],
  why?: Parameters<typeof compareStages>[2],
): ReturnType<typeof imageComparison> {
  const changes = after.map((stage, at) => compareStages(before[at] ?? stage, stage, why))
  return imageComparison(api(before), api(after), changes)
}

/** Returns the sample reports by name. */
export function sampleReports(): ReadonlyMap<string, Report> {
  const grown = comparedPair([fat(), slim()], [fat(), slim({ app: 6_700_000 })], () => pex)
  const many = Array.from({ length: 14 }, (_, at) =>
    made(
      `RUN apt-get install -y package-number-${at} && rm -rf /var/lib/apt/lists/*`,
      20 + at,
      900_000 - at * 50_000,
      2_700_000 - at * 120_000,
    ),
  )
  const mixed = comparedPair(
    [
      fat(),
      slim({
        more: [
          made('RUN pip install --no-cache numpy pandas', 15, 18_000_000, 61_000_000),
          made('RUN apt-get update && apt-get install -y curl', 17, 2_100_000, 6_000_000),
          made('COPY docs /docs', 19, 800_000, 1_900_000),
        ],
      }),
    ],
    [
      fat(34_600_000),
      slim({
        app: 6_700_000,
        baseSize: 30_900_000,
        baseDigest: 'new slim',
        more: [
          made('RUN pip install --no-cache numpy pandas scipy', 15, 31_000_000, 104_000_000),
          made('RUN apt-get update && apt-get install -y curl', 17, 2_103_000, 6_010_000),
          ...many,
        ],
      }),
    ],
    (after, before) => {
      const text = (after ?? before)?.instruction?.text ?? ''
      if (text.includes('apt-get update')) return { cause: 'drift' }
      if (text.includes('numpy'))
        return {
          paths: [
            file('/usr/local/lib/python3.13/site-packages/scipy', null, 38_000_000, 'scipy'),
            file('/usr/local/lib/python3.13/site-packages/numpy', 21_000_000, 24_000_000, 'numpy'),
            {
              ...file('/usr/local/lib/python3.13/site-packages/pandas/_libs', 9_000_000, 11_000_000),
              kind: 'directory',
            },
            file('/root/x', 1, 2_000),
          ],
        }
      return text.includes('twist') ? pex : {}
    },
  )
  const same = comparedPair([fat(), slim()], [fat(), slim()])
  const smaller = comparedPair([fat(), slim({ app: 6_700_000 })], [fat(), slim()], () => ({
    paths: [file('/root/twist.pex', 6_700_000, 3_400_000)],
  }))
  const zstd = slim()
  const recoded = comparedPair(
    [fat(), slim()],
    [
      fat(),
      {
        ...zstd,
        layers: zstd.layers.map((found) =>
          found.origin === 'own' ? { ...found, mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' } : found,
        ),
      },
    ],
  )
  const names = ['api', 'web', 'worker', 'cron']
  const matrix = names.map((name, at) => {
    const [before, after] = [
      [fat(), slim()],
      [fat(), slim({ app: 3_400_000 + ([3_300_000, 0, 40_000, -900_000][at] ?? 0) })],
    ] as const
    const changes = after.map((found, position) => compareStages(before[position] ?? found, found, () => pex))
    return imageComparison(image({ name, stages: [...before] }), image({ name, stages: [...after] }), changes)
  })
  const failing = apiResult({ outcome: 'fail' })
  const own = { dockerfile: 'Dockerfile' }
  return new Map<string, Report>([
    [
      'pass',
      reportWith(comparisonOf([grown]), {
        ...own,
        verdict: verdictOf([apiResult({ rule: rule({ limit: { amount: null, percent: 10 } }) })]),
      }),
    ],
    [
      'fail',
      reportWith(comparisonOf([grown]), {
        ...own,
        verdict: verdictOf([
          failing,
          apiResult({
            outcome: 'warn',
            rule: rule({ measure: 'unpacked', action: 'warn', limit: { amount: 1_000_000, percent: null } }),
          }),
          apiResult({}),
          apiResult({}),
        ]),
      }),
    ],
    [
      'mixed',
      reportWith(
        comparisonOf([mixed], {
          notes: [{ kind: 'other-settings' }],
        }),
        {
          ...own,
          verdict: verdictOf([{ ...failing, overridden: true }], {
            override: { label: 'size-ok', by: 'octocat', headSha: '9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c' },
            edited: {
              judgedBy: 'base',
              fault: null,
              file: '.github/footprint-budgets',
              removed: ['pull growth 5 %'],
              added: ['pull growth 50 %', 'layers 20 warn'],
            },
          }),
        },
      ),
    ],
    ['same', reportWith(comparisonOf([same]), own)],
    [
      'smaller',
      reportWith(comparisonOf([smaller], { origin: { kind: 'record', commit: '1a2b3c4d5e', reference: 'main' } }), own),
    ],
    ['codec', reportWith(comparisonOf([recoded]), own)],
    [
      'matrix',
      reportWith(comparisonOf(matrix), {
        ...own,
        title: 'all images',
        reportedByFork: true,
        verdict: verdictOf([
          failing,
          ...names.slice(1).map((name, at) => result({ image: { name, platform: 'linux/amd64', position: at + 1 } })),
        ]),
      }),
    ],
    [
      'first',
      reportWith(null, {
        footprint: footprintOf([api([fat(), slim()])]),
        baselineNotes: [
          'No record of main is stored yet.',
          'The base revision was not built: the context holds files that its commit does not (dist/app.js).',
        ],
      }),
    ],
  ])
}
