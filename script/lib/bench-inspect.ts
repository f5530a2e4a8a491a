/** The cases `inspect` and `large` of script/bench: existing images, compared with dive and Node's own gunzip. */
import { mkdir, rm, stat } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import {
  layerOfBlocks,
  layerOfEntries,
  layersOfThisMachine,
  sparseLayer,
  writeArchive,
  writeLayout,
  type BenchLayer,
} from './bench-images.ts'
import { measure, printComparison, type Contender, type Measured } from './bench-measure.ts'

const node = process.execPath
const gunzip = new URL('bench-gunzip.ts', import.meta.url).pathname
const mebibyte = 1 << 20

/** Runs the case `inspect`. */
export async function benchInspect(cli: string, folder: string, runs: number): Promise<void> {
  const place = join(folder, 'inspect')
  await mkdir(place)
  await gzipArchive(place, runs, inspectBy(cli, place))
  await uncompressedLayout(place, runs, inspectBy(cli, place))
}

/** Runs the case `large`. */
export async function benchLarge(cli: string, folder: string): Promise<void> {
  const place = join(folder, 'large')
  await mkdir(place)
  await hugeImages(place, inspectBy(cli, place))
  await curves(place, inspectBy(cli, place))
}

interface InspectOptions {
  /** Whether the layers are known from an earlier run. The default is false. */
  readonly known?: boolean
  /** `json` writes a record. A later comparison of it needs the digests that ignore file times. The default is `terminal`. */
  readonly format?: 'json' | 'terminal'
}

type Inspect = (name: string, source: string, options?: InspectOptions) => Contender

const inspectBy =
  (cli: string, place: string): Inspect =>
  (name, source, { known = false, format = 'terminal' } = {}) => {
    const cache = join(place, known ? 'known' : 'new')
    const before = known ? [] : [() => rm(cache, { recursive: true, force: true })]
    return { name, argv: [node, cli, 'inspect', '--format', format, source], env: { XDG_CACHE_HOME: cache }, before }
  }

async function gzipArchive(place: string, runs: number, inspect: Inspect): Promise<void> {
  const layers = await layersOfThisMachine(place, [400e6, 280e6, 120e6])
  const layout = await writeLayout(join(place, 'gzip'), layers)
  const archive = await writeArchive(layout, join(place, 'gzip.tar'))
  const record = JSON.parse(runOnce(inspect('', archive, { known: true, format: 'json' }))) as {
    images: { stages: { totals: { entries: number; uncompressedSize: number } }[] }[]
  }
  const totals = record.images[0]?.stages[0]?.totals
  process.stdout.write(
    `\nA gzip archive of ${(await stat(archive)).size} bytes, ${totals?.uncompressedSize} unpacked, ${totals?.entries} entries in ${layers.length} layers\n`,
  )
  const peer: Contender = { name: 'gunzip of the blobs in Node, two at a time', argv: [node, gunzip, ...layout.blobs] }
  const dive: Contender[] = hasDive()
    ? [{ name: 'dive', argv: ['dive', '--json', join(place, 'dive.json'), `docker-archive://${archive}`] }]
    : []
  const contenders = [
    peer,
    inspect('inspect, layers new', archive),
    inspect('the same, with a record', archive, { format: 'json' }),
    inspect('inspect, layers known', archive, { known: true }),
    ...dive,
  ]
  printComparison('A gzip archive', await measure(contenders, runs), peer.name)
  await rm(join(place, 'gzip'), { recursive: true })
  await rm(archive)
}

async function uncompressedLayout(place: string, runs: number, inspect: Inspect): Promise<void> {
  const layout = await writeLayout(join(place, 'plain'), [
    await layerOfEntries(join(place, 'plain.tar'), 17_000, 33_000),
  ])
  const bytes = (await stat(layout.blobs[0] ?? '')).size
  const cat: Contender = { name: 'sha256sum of the blob', argv: ['sha256sum', ...layout.blobs] }
  printComparison(
    `An uncompressed layout of ${bytes} bytes, 17000 entries`,
    await measure(
      [
        cat,
        inspect('inspect, layers new', layout.folder),
        inspect('the same, with a record', layout.folder, { format: 'json' }),
      ],
      runs,
    ),
    cat.name,
  )
  await rm(layout.folder, { recursive: true })
}

async function hugeImages(place: string, inspect: Inspect): Promise<void> {
  const images: readonly (readonly [string, (file: string) => Promise<BenchLayer>])[] = [
    ['12 GB of repeated blocks in gzip', (file) => layerOfBlocks(file, compressibleBlock(), 11_500)],
    ['12 GB uncompressed, of holes', (file) => sparseLayer(file, 120, 100e6)],
    ['a million entries, uncompressed', (file) => layerOfEntries(file, 1_000_000, 300)],
  ]
  const measured: Measured[] = []
  for (const [name, make] of images) {
    const layout = await writeLayout(join(place, 'huge'), [await make(join(place, 'huge.tar'))])
    measured.push(...(await measure([inspect(name, layout.folder)], 1)))
    await rm(layout.folder, { recursive: true })
  }
  printComparison('Huge images', measured, '')
}

/** Returns a mebibyte that gzip compresses to about a twentieth, as it does repetitive files. */
function compressibleBlock(): Buffer {
  return Buffer.from(
    Array.from({ length: mebibyte / 64 }, (_, n) =>
      `${String((n * 7919) % 4093).padStart(8, '0')} a line of a log that says little more\n`
        .padEnd(64, ' ')
        .slice(0, 64),
    ).join(''),
  )
}

async function curves(place: string, inspect: Inspect): Promise<void> {
  const rows: string[] = []
  for (const [what, sizes, make] of [
    [
      'MiB in gzip',
      [256, 512, 1024, 2048],
      (file: string, size: number) => layerOfBlocks(file, compressibleBlock(), size),
    ],
    [
      'entries, uncompressed',
      [125_000, 250_000, 500_000, 1_000_000],
      (file: string, size: number) => layerOfEntries(file, size, 300),
    ],
  ] as const)
    for (const size of sizes) {
      const layout = await writeLayout(join(place, 'curve'), [await make(join(place, 'curve.tar'), size)])
      const [one] = await measure([inspect('', layout.folder)], 3)
      const seconds = (one?.samples ?? []).map((sample) => sample.seconds).sort((a, b) => a - b)[1] ?? NaN
      const resident = Math.max(...(one?.samples ?? []).map(({ residentBytes }) => residentBytes ?? 0))
      rows.push(
        `| ${size} ${what} | ${seconds.toFixed(2)} | ${((seconds / size) * 1e6).toFixed(1)} | ${Math.round(resident / 1e6)} MB |`,
      )
      await rm(layout.folder, { recursive: true })
    }
  process.stdout.write(
    [
      '',
      'Time by size, median of 3 runs',
      '',
      '| what | s | µs for each | peak resident |',
      '| --- | ---: | ---: | ---: |',
      ...rows,
      '',
    ].join('\n'),
  )
}

function runOnce({ argv: [command = '', ...args], env }: Contender): string {
  return execFileSync(command, args, {
    env: { ...process.env, ...env },
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString('utf8')
}

function hasDive(): boolean {
  try {
    execFileSync('dive', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
