/** Inspects the sources of a build. It is the only file in this folder that reads files and runs Git. */
import { randomUUID } from 'node:crypto'
import { readlink, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { contextExtras } from '../base/context-extras.ts'
import { currentFolder, insideOf, isAbsent, isOccupied, reasonOf } from '../files.ts'
import { convertedBelow } from '../git/attributes.ts'
import { belowPrefix } from '../git/build-reading.ts'
import { checkoutAbove, openCheckout } from '../git/checkout.ts'
import { findRepository, type Repository } from '../git/repository.ts'
import { firstLine, type Git } from '../git/run-git.ts'
import { statusBelow, type WorkTreeStatus } from '../git/work-tree-status.ts'
import type { Environment } from '../inputs/inputs.ts'
import { foundDockerfile } from '../plan/build-source.ts'
import { counted } from '../text.ts'
import type { Unavailable } from '../unavailable.ts'
import { createWorkspace } from '../workspace.ts'
import type { Place } from './build-places.ts'
import type { Checkout, Source } from './decision.ts'

/** How the sources are inspected. */
export interface InspectionOptions {
  readonly env: Environment
  /** Candidates for the location of the temporary folder. */
  readonly tempFolders: readonly string[]
  readonly signal: AbortSignal
}

/**
 * Inspects the places that a build takes files and images from. If something cannot be determined, the source says so.
 *
 * @throws Cancelled if the signal stops it
 */
export async function inspectPlaces(places: readonly Place[], options: InspectionOptions): Promise<readonly Source[]> {
  const { folder: tempFolder, remove } = await createWorkspace(options.tempFolders)
  try {
    const checkouts = new Map<string, Promise<Opened>>()
    const sources: Source[] = []
    // One at a time, because each may make Git read all files of a folder.
    for (const place of places) sources.push(...(await sourcesOf(place, { ...options, tempFolder, checkouts })))
    return sources
  } finally {
    await remove()
  }
}

type Opened = { readonly git: Git; readonly repository: Repository; readonly commit: string } | Unavailable

interface Tools extends InspectionOptions {
  readonly tempFolder: string
  readonly checkouts: Map<string, Promise<Opened>>
}

async function sourcesOf(place: Place, tools: Tools): Promise<readonly Source[]> {
  switch (place.kind) {
    case 'folder':
      return [
        { kind: 'local', what: place.what, found: await inspectFolder(place.path, place.dockerfile, tools) },
        ...(await chosenBy(place.what, await foldersOfLinks(place.path), tools)),
      ]
    case 'file': {
      const real = await realPathOf(place.path)
      if (real === null && place.optional) return []
      return [
        { kind: 'local', what: place.what, found: await inspectFile(place.path, real, tools) },
        ...(await chosenBy(place.what, await foldersOfLinks(place.path), tools)),
      ]
    }
    case 'file-handed-over':
      return handedOver(place.what, place.path, tools)
    case 'remote':
      // The client would prefer a local folder with this very name.
      return [
        (await isOccupied(place.address))
          ? { kind: 'unknown', what: place.what, why: 'a folder of this machine has that name, too' }
          : place,
      ]
    case 'image':
    case 'unknown':
      return [place]
  }
}

async function inspectFolder(folder: string, dockerfile: string | null, tools: Tools): Promise<Checkout | Unavailable> {
  const opened = await openAt(folder, tools)
  if ('why' in opened) return opened
  const { git, repository, commit } = opened
  const prefix = insideOf(repository.root, await realpath(folder))
  if (prefix === null || isOfGit(prefix)) return { why: inGitFolder }
  const status = async (): Promise<WorkTreeStatus> => presentIn(repository.root, await statusBelow(git, [prefix]))
  const dockerfilePath = dockerfile === null ? null : await foundDockerfile(dockerfile)
  const extras = await contextExtras({
    repository,
    git,
    context: folder,
    dockerfilePath,
    sources: 'all',
    status,
    unseen: true,
  })
  if ('why' in extras) return extras
  if (extras.more) return { why: 'it has too many files that are in no commit' }
  const converted = await convertedBelow(git, prefix)
  if (converted === null) return { why: 'git cannot list the attributes of its files' }
  if (converted.length > 0) return { commit, changed: converted.map((path) => belowPrefix(prefix, path) ?? path) }
  // Git itself has already compared LFS files with their pointers.
  const changed = extras.extras.filter(({ kind }) => kind !== 'lfs').map(({ path }) => path)
  const { untracked, ignored, modified, submodule } = extras.counts
  const count = untracked + ignored + modified + submodule
  return { commit, changed: changed.length === 0 && count > 0 ? [counted(count, 'file')] : changed }
}

/** Returns the path without symbolic links, null if nothing is there, or why that cannot be determined. */
async function realPathOf(path: string): Promise<string | Unavailable | null> {
  return realpath(path).catch((error: unknown) =>
    isAbsent(error) ? null : { why: `it cannot be read: ${reasonOf(error)}` },
  )
}

/** A symbolic link and its target may both come from a stranger. Here the target is inspected. */
async function inspectFile(
  path: string,
  real: string | Unavailable | null,
  tools: Tools,
): Promise<Checkout | Unavailable> {
  if (real === null) return { why: 'it is not there' }
  if (typeof real !== 'string') return real
  const opened = await openAt(dirname(real), tools)
  if ('why' in opened) return opened
  const { git, repository, commit } = opened
  const inside = insideOf(repository.root, real)
  if (inside !== null && isOfGit(inside)) return { why: inGitFolder }
  const status = inside === null ? null : await presentIn(repository.root, await statusBelow(git, [inside]))
  const converted = inside === null ? null : await convertedBelow(git, inside)
  if (status === null || converted === null)
    return { why: `git cannot determine whether ${path} belongs to the commit` }
  return { commit, changed: [...status.map((entry) => entry.path), ...converted] }
}

/** Git reports nothing about folders with this name, whether it is the repository's own or another one. */
const isOfGit = (path: string): boolean => path.split('/').includes('.git')
const inGitFolder = 'it lies in a folder .git, which belongs to no commit'

/** Such a file is read, not run. What matters is that no stranger chose which file it is. */
async function handedOver(what: string, path: string, tools: Tools): Promise<readonly Source[]> {
  const full = resolve(currentFolder(), path)
  const real = await realpath(full).catch(() => full)
  const sources = await chosenBy(what, [...(await foldersOfLinks(full)), dirname(real)], tools)
  return sources.length === 0 ? [{ kind: 'handed-over', what, commit: null }] : sources
}

/** Returns a source for each checkout that contains one of these folders. */
async function chosenBy(what: string, folders: readonly string[], tools: Tools): Promise<readonly Source[]> {
  const roots = new Set<string>()
  for (const folder of folders) {
    const root = await checkoutAbove(folder, tools.env)
    if (root !== null) roots.add(root)
  }
  return Promise.all(
    [...roots].map(async (root): Promise<Source> => {
      const opened = await openAt(root, tools)
      return 'why' in opened
        ? { kind: 'unknown', what, why: opened.why }
        : { kind: 'handed-over', what, commit: opened.commit }
    }),
  )
}

/** The limit that Linux has for following symbolic links. */
const maxLinks = 40

/**
 * Returns the folders of all symbolic links that are followed on the way to a path. Whoever made a link chose where it
 * leads.
 */
async function foldersOfLinks(path: string): Promise<readonly string[]> {
  const folders = new Set<string>()
  const waiting = resolve(currentFolder(), path).split('/')
  let at = '/'
  for (let part = waiting.shift(), left = maxLinks; part !== undefined && left > 0; part = waiting.shift()) {
    const next = join(at, part)
    const target = await readlink(next).catch(() => null)
    if (target === null) at = next
    else {
      left--
      folders.add(at)
      waiting.unshift(...target.split('/'))
      if (target.startsWith('/')) at = '/'
    }
  }
  return [...folders]
}

async function openAt(folder: string, tools: Tools): Promise<Opened> {
  const { env, signal } = tools
  const checkout = await openCheckout({ folder, env, signal })
  if ('why' in checkout) return { why: 'it is in no Git checkout' }
  const opened = tools.checkouts.get(checkout.root) ?? openRoot(checkout.git, checkout.root, tools)
  tools.checkouts.set(checkout.root, opened)
  return opened
}

/**
 * Opens a checkout with a temporary index made from the commit. The checkout's own index may mark files as unchanged
 * (`assume-unchanged`), and Git would believe it.
 */
async function openRoot(git: Git, root: string, { tempFolder }: Tools): Promise<Opened> {
  const repository = await findRepository(git, root)
  if ('why' in repository) return repository
  const commit = firstLine(await git(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']))
  if (commit === null) return { why: 'its checkout has no commit' }
  const index = join(tempFolder, `index-${randomUUID()}`)
  const fresh: Git = (args, call = {}) => git(args, { ...call, env: { ...call.env, GIT_INDEX_FILE: index } })
  const made = await fresh(['read-tree', commit])
  if (!made.ok) return { why: `git cannot read its commit: ${made.message}` }
  // This fails if a file differs. Differences are listed later, per folder.
  await fresh(['update-index', '-q', '--refresh'])
  return { git: fresh, repository, commit }
}

/** Returns the entries whose files exist. A missing file cannot reach a build. */
async function presentIn(root: string, status: WorkTreeStatus): Promise<WorkTreeStatus> {
  if (status === null) return null
  const present = await Promise.all(
    status.map(async (entry) => ((await isOccupied(join(root, entry.path))) ? entry : null)),
  )
  return present.filter((entry) => entry !== null)
}
