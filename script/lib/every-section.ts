/** A report that has every section of the page, with long names and all causes of growth. For pictures and tests. */
import { footprintOf, imageOf, stageOf } from '../../__tests__/support/footprints.ts'
import { hash, pointsOf, type CommitOf } from '../../__tests__/support/trend-points.ts'
import { givenBaseline } from '../../src/base/find-baseline.ts'
import type { Footprint, Layer, Stage } from '../../src/record/footprint.ts'
import type { Report } from '../../src/report/report.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { makeReport } from '../../src/run/make-report.ts'
import type { Point } from '../../src/trend/point.ts'
import { trendOf } from '../../src/trend/trend.ts'

type Package = readonly [ecosystem: string, name: string, version: string, fileBytes: number]

const sized = (compressedSize: number, unpacked = compressedSize * 3): Partial<Layer> => ({
  compressedSize,
  uncompressedSize: unpacked,
  fileBytes: Math.round(unpacked * 0.95),
  entries: Math.round(unpacked / 20_000),
})

function withPackages(packages: readonly Package[], files: Readonly<Record<string, number>> = {}): Partial<Layer> {
  const others = {
    files: Object.entries(files).map(([path, fileBytes]) => ({ path, fileBytes })),
    directories: [],
    complete: true,
  }
  const listed = packages.map(([ecosystem, name, version, fileBytes]) => ({
    ...{ ecosystem, name, version, fileBytes },
    ...{ path: `usr/lib/${ecosystem}/${name}`, files: 12 },
  }))
  return {
    contents: {
      ...others,
      packages: { packages: listed, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others },
    },
  }
}

interface Side {
  readonly urllib3: Package
  readonly base: readonly [digest: string, layer: string, bytes: number]
  readonly app: number
  readonly curl: string
  readonly hasDocs: boolean
}

const before: Side = {
  urllib3: ['pypi', 'urllib3', '1.26.5', 1_100_000],
  base: ['slim', 'debian of March', 29_800_000],
  app: 3_400_000,
  curl: 'curl of Monday',
  hasDocs: true,
}
const after: Side = {
  urllib3: ['pypi', 'urllib3', '2.6.3', 1_970_000],
  base: ['slim again', 'debian of April', 30_900_000],
  app: 6_700_000,
  curl: 'curl of Tuesday',
  hasDocs: false,
}

const pip =
  'RUN --mount=type=cache,target=/root/.cache/pip \\\n    pip install --no-compile --require-hashes -r requirements/production-with-a-long-name.txt'

function stagesOf({ urllib3, base, app, curl, hasDocs }: Side): readonly Stage[] {
  const build = stageOf({
    name: 'build',
    index: 2,
    base: ['python:3.13', 'python', 'debian', 'python'],
    steps: [
      ['WORKDIR /src', null],
      ['COPY . .', `sources ${app}`, sized(410_000)],
      ['RUN make dist', `dist ${app}`, sized(90_000_000)],
    ],
  })
  const docs = hasDocs ? ([['COPY docs /docs', 'docs', sized(800_000)]] as const) : []
  const final = stageOf({
    name: 'runtime',
    index: 3,
    role: 'final',
    base: ['registry.example.com/platform/python:3.13-slim', base[0], base[1]],
    steps: [
      ['ENV PYTHONDONTWRITEBYTECODE=1', null],
      [
        pip,
        `pip ${urllib3[2]}`,
        {
          ...sized(12_000_000 + urllib3[3], 30_000_000 + urllib3[3]),
          ...withPackages([urllib3, ['pypi', 'setuptools-with-a-rather-long-name', '80.9.0', 9_000_000]]),
        },
      ],
      ['RUN apt-get update && apt-get install -y curl', curl, sized(curl.length * 100_000)],
      ...docs,
      [
        'COPY --from=build --chmod=0755 /src/dist/application.pex /opt/application/bin/application.pex',
        `pex ${app}`,
        { ...sized(app, app + 12_000), ...withPackages([], { 'opt/application/bin/application.pex': app }) },
      ],
    ],
  })
  const layers = final.layers.map((layer) => (layer.origin === 'base' ? { ...layer, ...sized(base[2]) } : layer))
  return [
    {
      ...build,
      layers: build.layers.map((layer) => (layer.origin === 'base' ? { ...layer, ...sized(120_000_000) } : layer)),
    },
    {
      ...final,
      layers,
      uses: [{ stage: 'build', via: 'copy', carriedBytes: app }],
      savings: {
        fileBytes: 18_000_000,
        likelyFileBytes: 0,
        items: [
          {
            ...{ rule: 'apt-lists', path: 'var/lib/apt/lists', kind: 'directory', claim: 'sure' },
            ...{ files: 20, fileBytes: 18_000_000, leastPullBytes: 17_000_000, layer: 2, laterLayer: null },
          },
        ],
        baseFiles: [],
      },
    },
  ]
}

/** Returns a stage whose totals are those of its layers. */
function summed(stage: Stage): Stage {
  const sum = (pick: (layer: Layer) => number | null): number =>
    stage.layers.reduce((total, layer) => total + (pick(layer) ?? 0), 0)
  return {
    ...stage,
    totals: {
      ...stage.totals,
      compressedSize: sum(({ compressedSize }) => compressedSize),
      uncompressedSize: sum(({ uncompressedSize }) => uncompressedSize),
      fileBytes: sum(({ fileBytes }) => fileBytes),
      entries: sum(({ entries }) => entries),
    },
  }
}

function footprintAt(side: Side): Footprint {
  const image = imageOf(stagesOf(side).map(summed), {
    name: 'registry.example.com/shop/checkout-service',
    unbuiltStages: [
      {
        ...{
          name: 'assets',
          index: 1,
          role: 'builder',
          line: 1_001,
          built: false,
          base: null,
          totals: null,
          layers: [],
        },
        ...{ baseReference: 'node:24', instructions: [{ text: 'RUN npm ci', line: 1_002, endLine: 1_002 }], uses: [] },
      },
    ],
    stagesNotBuilt: [{ name: 'tests', index: 0, line: 1 }],
  })
  return footprintOf([image], ['A note on how this was measured.'])
}

/** Commits of a history with steps, creep, a moved base image, drift, and a lost point. */
const commits: readonly CommitOf[] = Array.from({ length: 40 }, (_, nth) => ({
  app: 2_000_000 + nth * 3_000 + (nth > 9 ? 4_100_000 : 0) + (nth > 30 ? -1_500_000 : 0),
  base: nth < 20 ? ['python-1', 30_000_000] : ['python-2', 33_300_000],
  install: nth < 26 ? 5_000_000 : 5_900_000,
  name: 'registry.example.com/shop/checkout-service',
}))

function historyPoints(): readonly Point[] {
  const grown = { cause: 'change', before: null, after: null } as const
  return pointsOf(commits)
    .map((point, nth): Point => {
      const about = { ...point, subject: `Change number ${nth + 1}, with a subject that is as long as many are` }
      if (nth === 10) return { ...about, grown: [{ ...grown, name: 'opt/application/model.bin', growth: 9_000_000 }] }
      return nth % 2 === 0
        ? { ...about, grown: [{ ...grown, name: 'left-pad', before: '1.0.0', after: '1.1.0', growth: 9_000 }] }
        : about
    })
    .filter(({ commit }) => commit !== hash(36))
}

/** Returns the report. */
export function everySectionReport(): Report {
  const rules = countingRules(
    budgetSourcesOf('input', [
      'final pull growth <= 3%',
      'final pull <= 80MB',
      'stage build unpacked <= 200MB warn',
      'final pull growth since 30d <= 10MB',
    ]),
    new Map(),
  )
  const report = makeReport({
    footprint: footprintAt(after),
    baseline: givenBaseline('main', footprintAt(before)),
    rules,
    title: null,
    reportedByFork: false,
    dockerfile: 'services/checkout/Dockerfile',
  })
  return { ...report, trend: trendOf(historyPoints(), { measure: 'pull', creepLimit: null }) }
}

/** The ids of the page's sections, in its order. */
export const everySection = [
  ...['budgets-0', 'map-0', 'growth-0', 'dockerfile-0', 'stages-0', 'packages-0', 'savings-0', 'layers-0', 'trend-0'],
  'notes',
] as const
