/**
 * Three projects with an update of their dependencies, as pull requests: the bundled action with its default inputs, on
 * a checkout of depth 1, builds the head and then the base. The whole comment is compared with a text. In that text,
 * figures that depend on the machine, such as the size of a base image, are those of a plain build.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hosted, type Change, type Hosted } from '../support/hosted.ts'
import { measureRevision, withFigures, type MeasuredBlob, type MeasuredStage } from '../support/measured-figures.ts'
import { requireEngine, succeed } from '../support/program.ts'
import { pullRequestRun } from '../support/pull-request-run.ts'
import { testWith } from '../support/rig.ts'
import { makeBases, updatedProject, type UpdatedProject } from '../support/updated-projects.ts'

const from = `updates-${process.pid}`
let folder = ''
const images: string[] = []
/** The projects build on one base image, so each of its layers is exported and measured once. */
const known = new Map<string, Promise<MeasuredBlob>>()

beforeAll(async () => {
  requireEngine()
  folder = await mkdtemp(join(tmpdir(), 'sf-updates-'))
})

afterAll(async () => {
  await succeed('docker', ['image', 'rm', '--force', ...images])
  await rm(folder, { recursive: true, force: true })
})

interface Updated extends AsyncDisposable {
  readonly host: Hosted
  readonly change: Change
  readonly comment: string
}

/** Runs the action on the update, and returns its comment without what differs between two runs. */
async function updated({ name, before, after }: UpdatedProject): Promise<Updated> {
  const host = await hosted(before)
  const change = await host.change(1, after)
  await host.act(await host.place(change.merge), pullRequestRun(host, change, {}, { inputs: { name } }), (step) => {
    expect([step.status, step.stdout.match(/^::(?:warning|error)::.*/gm)]).toEqual([0, null])
    return Promise.resolve()
  })
  const [written = '', ...more] = host.comments(1)
  expect(more).toEqual([])
  const comment = withoutSmallLayers(written)
    .slice(written.indexOf('\n') + 1)
    .trim()
    .replaceAll('\u00a0', ' ')
    .replaceAll(`${from}/`, '')
    // Files get new times whenever a step runs, so a few compressed bytes differ, or none.
    .replaceAll(/(nearly )?all of it/g, 'all of it')
    .replaceAll(/<details><summary>And \d+ smaller changes?[^]*?<\/details>\n\n/g, '')
    .replaceAll(/Rebuild drift of at most 1 kB to pull: .*\n\n/g, '')
    .replaceAll(/Same contents, different file times: .*\n\n/g, '')
    .replaceAll(
      /Rebuild drift: (at most 1 kB|file times only|none|in builder stages only)(,? in the final stage)?\./g,
      'Rebuild drift: none.',
    )
    .replaceAll(change.base.slice(0, 7), 'COMMIT')
  return { host, change, comment, [Symbol.asyncDispose]: () => host[Symbol.asyncDispose]() }
}

/** Fills the figures of a plain build into the text of a fixture. */
async function expectedComment(
  { name }: UpdatedProject,
  { host, change }: Updated,
  bases: readonly (string | null)[],
): Promise<string> {
  const stages = await Promise.all(
    ['build', '1'].map(async (stage, nth): Promise<MeasuredStage> => {
      const base = bases[nth] ?? null
      const layers =
        base === null
          ? '[]'
          : await succeed('docker', ['image', 'inspect', '--format', '{{json .RootFS.Layers}}', base])
      return { name: stage, baseLayers: (JSON.parse(layers) as readonly string[]).length }
    }),
  )
  const revisions = []
  for (const commit of [change.base, change.merge]) {
    await host.source.git('checkout', '--quiet', '--detach', commit)
    revisions.push(await measureRevision(host.source.folder, stages, folder, known))
  }
  const [before, after] = revisions
  if (!before || !after) throw new Error('nothing was measured')
  const text = await readFile(join(import.meta.dirname, `../fixtures/dependency-updates/${name}.md`), 'utf8')
  return withoutSmallLayers(withFigures(text.trim(), stages, before, after))
}

/**
 * Removes the figures of layers of less than 1 kB. Two builds of the same files differ by their times and sometimes by
 * the folders that a layer lists. By chance, a changed layer has the same size on both sides, and is then called by
 * its other contents, or by its other times.
 */
function withoutSmallLayers(text: string): string {
  return text.replaceAll(
    /^(\|[^|\n]*\|[^|\n]*?)(?:, other contents|, same contents, different file times)? \| \d+[ \u00a0]B \|.*$/gm,
    '$1 | less than 1 kB |',
  )
}

async function check(name: UpdatedProject['name']): Promise<void> {
  const bases = await makeBases(name, await mkdtemp(join(folder, 'bases-')), from)
  images.push(...bases)
  const project = await updatedProject(name, from)
  await using of = await updated(project)
  expect(of.comment).toBe(await expectedComment(project, of, bases))
}

test('the comment on a Python project names what pip installed', () => check('python'))
test('the comment on a Node project names what npm installed, nested and scoped packages included', () => check('node'))
testWith('go')('the comment on a Go project names the modules of its program', () => check('go'))
