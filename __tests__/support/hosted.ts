/**
 * A repository as GitHub hosts it, and runs of the bundled action in checkouts of it, as a runner starts them. It has a
 * served origin, GitHub's recorded events with the commits of this repository, and a GitHub server made from its own
 * API description.
 */
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { serveFolder, shallowCheckout, type ServedRepository } from './git.ts'
import { gitHubServer, type GitHubServer } from './github-server.ts'
import { succeed } from './program.ts'
import { plainLayers, project, type Files, type PlainLayer, type Project } from './revisions.ts'
import { runAction, type Step } from './runner.ts'
import { busybox, onceOnly } from './weigh.ts'

type Payload = Readonly<Record<string, unknown>>

interface Recorded {
  readonly name: string
  readonly examples: readonly Payload[]
}
const recorded = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Recorded[]

/** @param action null for an event without an action */
export const recordedEvent = (name: string, action: string | null): Payload => {
  const found = recorded
    .find((event) => event.name === name)
    ?.examples.find((payload) => (payload['action'] ?? null) === action)
  if (!found) throw new Error(`no recorded ${name} ${action ?? ''}`)
  return found
}

/** Unique to this run, since the command lines of other processes are searched for it. */
const token = `ghs_${randomBytes(18).toString('hex')}`
/** All secrets of a run. */
export const secrets: readonly string[] = [token, Buffer.from(`x-access-token:${token}`).toString('base64')]

const dockerfile = `FROM scratch AS build
COPY busybox /busybox
${onceOnly}
COPY in /out/
FROM scratch
COPY --from=build /id /id
COPY --from=build /out /app
`
const usualFiles: Files = {
  Dockerfile: dockerfile,
  '.dockerignore': '.git\n*.md\n.github\n',
  busybox,
  'in/one': 'one\n',
  '.github/budgets': 'final pull growth <= 1kB\n',
}

/** 5,000 bytes that gzip cannot compress, the same in each run. */
export const grown = Buffer.from(Array.from({ length: 5_000 }, (_, nth) => ((nth * nth * 2_654_435_761) >>> 11) & 255))

export interface Change {
  /** The head of the pull request, and GitHub's merge of it. */
  readonly head: string
  readonly merge: string
  readonly base: string
  readonly number: number
}

export interface Place {
  readonly workspace: string
  /** The XDG_CACHE_HOME of the run. */
  readonly cache: string
}

export interface ActionRun {
  readonly event: string
  readonly payload: unknown
  readonly ref?: string
  readonly sha: string
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly runId?: number
}

export interface Hosted extends AsyncDisposable {
  readonly server: GitHubServer
  /** The maintainers' own clone. */
  readonly source: Project
  /** The first commit of `main`. */
  readonly main: string
  /** Makes a commit on a branch of main (or of another branch), merges it as GitHub does, and pushes it. */
  readonly change: (number: number, files: Files, from?: string) => Promise<Change>
  /** Pushes REVISION:REF, and replaces what was there. */
  readonly push: (...refs: readonly string[]) => Promise<void>
  /** Returns the repository in an event's payload. */
  readonly repositoryOf: (payload: Payload) => Payload
  /** Makes a checkout of depth 1, as actions/checkout does, with its own cache folder unless one is given. */
  readonly place: (commit: string, cache?: string) => Promise<Place>
  /** Makes another checkout, in a new folder or in place of an existing one. */
  readonly checkoutOf: (commit: string, folder: string) => Promise<string>
  /** The address of the repository in GitHub's Git contexts. */
  readonly url: string
  readonly act: (place: Place, run: ActionRun, look?: (step: Step) => Promise<void>) => Promise<Step>
  /** Runs the action once for the push of the base commit to main, and returns a copy of the cache folder that it left. */
  readonly pushOfMain: () => Promise<{ readonly step: Step; readonly cache: string }>
  /** The texts of the comments, oldest first. */
  readonly comments: (number: number) => readonly string[]
  /** Returns the sizes of a plain build of a commit, which is built once. */
  readonly plain: (commit: string) => Promise<readonly PlainLayer[]>
}

/** @param files the files of the first commit of `main` */
export async function hosted(files: Files = usualFiles): Promise<Hosted> {
  const server = await gitHubServer()
  server.accounts.set(token, { login: 'github-actions[bot]', type: 'Bot', writes: true })
  const source = await project()
  const main = await source.branch('main', 'main', files)
  const bare = join(source.beside, 'origin', 'owner', 'repository.git')
  await mkdir(join(source.beside, 'origin', 'owner'), { recursive: true })
  await succeed('git', ['clone', '--quiet', '--bare', source.folder, bare])
  for (const [key, value] of [
    ['uploadpack.allowFilter', 'true'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['core.compression', '0'],
  ] as const)
    await succeed('git', ['-C', bare, 'config', key, value])
  const served = await serveFolder(join(source.beside, 'origin'))
  const url = `${served.url}/owner/repository.git`
  const push: Hosted['push'] = async (...refs) => {
    await source.git('push', '--quiet', '--force', bare, ...refs)
  }
  const repositoryOf: Hosted['repositoryOf'] = (payload) => ({
    ...(payload['repository'] as object),
    ...server.repository,
    private: false,
    default_branch: 'main',
  })
  const place: Hosted['place'] = async (commit, cache) => {
    const beside = await mkdtemp(join(source.beside, 'run-'))
    const workspace = await shallowCheckout(url, join(beside, 'repository'), commit)
    return { workspace, cache: cache ?? join(beside, 'cache') }
  }
  const act = acting({ source, served, server })
  const plain = new Map<string, readonly PlainLayer[]>()
  let pushed: ReturnType<typeof runPushOfMain> | null = null
  const runPushOfMain = async (): Promise<{ readonly step: Step; readonly at: Place }> => {
    const at = await place(main)
    const payload = { ...recordedEvent('push', null), ref: 'refs/heads/main', before: '0'.repeat(40), after: main }
    const step = await act(at, {
      event: 'push',
      payload: { ...payload, repository: repositoryOf(payload) },
      sha: main,
    })
    return { step, at }
  }
  return {
    server,
    source,
    main,
    push,
    repositoryOf,
    place,
    checkoutOf: async (commit, folder) => {
      await rm(folder, { recursive: true, force: true })
      return shallowCheckout(url, folder, commit)
    },
    url,
    act,
    change: async (number, files, from = 'main') => {
      const head = await source.branch(`topic-${number}`, from, files)
      await source.git('checkout', '--quiet', '--detach', 'main')
      await source.git('merge', '--quiet', '--no-ff', '--message=Merge', head)
      const merge = await source.git('rev-parse', 'HEAD')
      await push(`${merge}:refs/pull/${number}/merge`, `${head}:refs/heads/topic-${number}`, 'main')
      server.pullRequests.set(number, { number, headSha: head })
      return { head, merge, base: await source.git('rev-parse', 'main'), number }
    },
    pushOfMain: async () => {
      const { step, at } = await (pushed ??= runPushOfMain())
      const cache = await mkdtemp(join(source.beside, 'cache-'))
      await cp(at.cache, cache, { recursive: true, preserveTimestamps: true })
      return { step, cache }
    },
    comments: (number) => server.comments.filter(({ issue }) => issue === number).map(({ body }) => body),
    plain: async (commit) => {
      const known = plain.get(commit)
      if (known) return known
      await source.git('checkout', '--quiet', '--detach', commit)
      const layers = await plainLayers([source.folder])
      plain.set(commit, layers)
      return layers
    },
    [Symbol.asyncDispose]: async () => {
      await served[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await source[Symbol.asyncDispose]()
    },
  }
}

function acting({
  source,
  served,
  server,
}: {
  readonly source: Project
  readonly served: ServedRepository
  readonly server: GitHubServer
}): Hosted['act'] {
  let runs = 100
  return async (
    { workspace, cache },
    { event, payload, ref = 'refs/heads/main', sha, inputs = {}, env = {}, runId = runs++ },
    look,
  ) => {
    const path = join(source.beside, `event-${runId}.json`)
    await writeFile(path, JSON.stringify(payload))
    const given = {
      GITHUB_API_URL: server.url,
      GITHUB_SERVER_URL: served.url,
      GITHUB_EVENT_NAME: event,
      GITHUB_EVENT_PATH: path,
      GITHUB_REF: ref,
      GITHUB_SHA: sha,
      GITHUB_RUN_ID: String(runId),
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_ACTOR: 'ann',
      XDG_CACHE_HOME: cache,
      ...env,
    }
    return runAction(
      workspace,
      { context: '.', name: 'api', 'github-token': token, ...inputs },
      { env: given },
      async (step) => {
        keepsTheToken(step)
        for (const output of ['record', 'markdown'])
          if (step.outputs[output]) keepsTheToken({ file: await step.read(step.outputs[output]) })
        await look?.(step)
      },
    )
  }
}

/** No text that anybody can read afterwards contains it, and the runner is told to mask it. */
function keepsTheToken(said: object): void {
  const text = JSON.stringify(said).replaceAll(`::add-mask::${token}`, '')
  for (const secret of secrets) expect(text).not.toContain(secret)
}

/** Returns what a reader sees of Markdown with escaped untrusted text. */
export const shown = (markdown: string): string =>
  markdown.replace(/&#(\d+);/g, (_found, code: string) => String.fromCharCode(Number(code))).replaceAll('\u2060', '')

export const sum = (layers: readonly PlainLayer[], size: 'compressedSize' | 'uncompressedSize'): number =>
  layers.reduce((total, layer) => total + layer[size], 0)
