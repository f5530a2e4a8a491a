/** The report for the picture of the page: images of this project's own packages, before and after a change. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { blobs, sha256, sourceOptions, types, writeLayout } from '../../__tests__/support/layouts.ts'
import { LayerLists } from '../../src/layer/layer-lists.ts'
import { parseSource } from '../../src/images/parse-source.ts'
import type { Footprint, Layer, Stage } from '../../src/record/footprint.ts'
import type { Report } from '../../src/report/report.ts'
import { budgetSourcesOf, countingRules } from '../../src/run/budgets.ts'
import { makeReport } from '../../src/run/make-report.ts'
import { inspectSource } from '../../src/weigh/weigh-source.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

interface Made {
  readonly text: string
  readonly line: number
  /** Folders of this project. */
  readonly folders: readonly string[]
}

const packages = (...names: readonly string[]): readonly string[] => names.map((name) => `node_modules/${name}`)
const base: Made = { text: 'FROM node:24-slim', line: 12, folders: packages('@octokit', 'typescript-eslint', '@types') }
const stages = {
  before: [
    base,
    { text: 'COPY package.json package-lock.json ./', line: 14, folders: ['package.json'] },
    {
      text: 'RUN npm ci --omit=dev',
      line: 15,
      folders: packages('valibot', 'parse5', 'yaml', 'fast-check', '@babel', 'eslint'),
    },
    { text: 'COPY src ./src', line: 16, folders: ['src/report', 'src/layer', 'src/run'] },
  ],
  after: [
    base,
    { text: 'COPY package.json package-lock.json ./', line: 14, folders: ['package-lock.json'] },
    {
      text: 'RUN npm ci --omit=dev',
      line: 15,
      folders: packages('valibot', 'parse5', 'axe-core', 'd3-hierarchy', '@babel', 'eslint', 'micromark'),
    },
    { text: 'COPY src ./src', line: 16, folders: ['src/report', 'src/page', 'src/run'] },
  ],
} as const satisfies Readonly<Record<string, readonly Made[]>>

export interface PictureReport {
  readonly report: Report
  readonly lists: LayerLists
}

/** Returns the report of the page's picture. */
export async function pictureReport(): Promise<PictureReport> {
  const folder = mkdtempSync(join(tmpdir(), 'page-picture-'))
  try {
    const lists = new LayerLists()
    const [before, after] = [
      await weighed(join(folder, 'before'), stages.before, lists),
      await weighed(join(folder, 'after'), stages.after, lists),
    ]
    const found = {
      footprint: before,
      origin: { kind: 'built', commit: null, reference: 'main' } as const,
      sameBuilder: true,
    }
    const rules = countingRules(budgetSourcesOf('input', ['final pull growth <= 3%']), new Map())
    return {
      lists,
      report: makeReport({
        footprint: after,
        baseline: { found, notes: [], unmet: null },
        rules,
        title: 'shop-api',
        reportedByFork: false,
        dockerfile: 'Dockerfile',
      }),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Weighs real bytes as those of any image, and adds what its Dockerfile would say. */
async function weighed(folder: string, made: readonly Made[], lists: LayerLists): Promise<Footprint> {
  mkdirSync(folder)
  const all = blobs()
  const tars = await Promise.all(made.map(async ({ folders }, at) => tarOf(join(folder, `${at}.tar`), folders)))
  const layers = tars.map((tar) => all.add(types.gzip, gzipSync(tar, { level: 1 })))
  const config = all.add(types.config, {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
    history: made.map(({ text }) => ({ created_by: text })),
  })
  const manifest = all.add(types.manifest, { schemaVersion: 2, mediaType: types.manifest, config, layers })
  await writeLayout(folder, all, [{ ...manifest, platform: { os: 'linux', architecture: 'amd64' } }])
  const footprint = await inspectSource(parseSource(`oci:${folder}`), { ...sourceOptions(folder), lists })
  return {
    ...footprint,
    notes: [],
    images: footprint.images.map((image) => ({
      ...image,
      finalStage: 'runtime',
      stages: image.stages.map((stage) => withDockerfile(stage, made)),
    })),
  }
}

function withDockerfile(stage: Stage, made: readonly Made[]): Stage {
  const instructions = made.slice(1).map(({ text, line }) => ({ text, line, endLine: line }))
  const layers = stage.layers.map((layer, at): Layer =>
    at === 0
      ? { ...layer, origin: 'base', instruction: null }
      : { ...layer, origin: 'own', instruction: instructions[at - 1] ?? null },
  )
  return {
    ...stage,
    name: 'runtime',
    index: 1,
    line: base.line,
    base: { reference: 'node:24-slim', digest: null, layers: 1 },
    totals: { ...stage.totals, baseLayers: 1, inheritedLayers: 0, ownLayers: layers.length - 1, metadataOnlySteps: 0 },
    layers,
    instructions,
  }
}

async function tarOf(file: string, folders: readonly string[]): Promise<Buffer> {
  execFileSync('tar', ['--create', '--sort=name', '--mtime=@0', '--file', file, ...folders], {
    cwd: root,
    stdio: 'inherit',
  })
  return readFile(file)
}
