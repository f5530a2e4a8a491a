/** Determines the context and the Dockerfile of the base revision. */
import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { insideOf, isFile, isRealFolder } from '../files.ts'
import { isCommitHash } from '../inputs/commit-hash.ts'
import { isRemoteContext } from '../inputs/git-context.ts'
import type { BaselineNote } from './baseline-note.ts'

/** Context and Dockerfile of the base. */
export type BaseSource =
  | { readonly contextFolder: string; readonly dockerfilePath: string; readonly notes: readonly BaselineNote[] }
  /** The base has no such context or Dockerfile. */
  | { readonly contextFolder: string | null; readonly dockerfilePath: null; readonly why: string }

/** Context and Dockerfile of the head. */
export interface LocalSource {
  /** Top folder of the user's work tree, and the folder with the base's files. */
  readonly root: string
  readonly baseFolder: string
  readonly context: string
  /** The Dockerfile that the head was built with, and whether the user named it. Otherwise it was found by default. */
  readonly dockerfilePath: string
  readonly named: boolean
}

/**
 * Returns context and Dockerfile of the base, which are at the same places in the repository. A Dockerfile outside of
 * the repository is the same for both revisions.
 */
export async function baseSourceOf({
  root,
  baseFolder,
  context,
  dockerfilePath,
  named,
}: LocalSource): Promise<BaseSource> {
  const found = await baseContextOf({ root, baseFolder, context })
  if (found.contextFolder === null) return { ...found, dockerfilePath: null }
  const { contextFolder } = found
  const folder = await baseFolderOf({ root, baseFolder, folder: dirname(dockerfilePath) })
  if (folder === null)
    return {
      contextFolder,
      dockerfilePath,
      notes: [{ kind: 'dockerfile-outside' }],
    }
  const names = named ? [basename(dockerfilePath)] : ['Dockerfile', 'dockerfile']
  for (const name of names) {
    const path = join(folder, name)
    if (await isFile(path)) return { contextFolder, dockerfilePath: path, notes: [] }
  }
  const name = insideOf(baseFolder, join(folder, names[0] ?? '')) ?? ''
  return { contextFolder, dockerfilePath: null, why: `the base has no ${name}` }
}

/** Returns the folder of the context in the base, or a reason why there is none. */
export async function baseContextOf({
  root,
  baseFolder,
  context,
}: Pick<LocalSource, 'root' | 'baseFolder' | 'context'>): Promise<
  { readonly contextFolder: string } | { readonly contextFolder: null; readonly why: string }
> {
  const contextFolder = await baseFolderOf({ root, baseFolder, folder: context })
  if (contextFolder === null) return { contextFolder, why: 'the build context is outside of the Git checkout' }
  if (await isRealFolder(contextFolder)) return { contextFolder }
  return { contextFolder: null, why: `the base has no folder ${insideOf(baseFolder, contextFolder) ?? ''}` }
}

/**
 * Returns the folder in the base that corresponds to a folder of the work tree, which may be a named build context.
 * Returns null if it is outside of the repository.
 */
export async function baseFolderOf(paths: {
  readonly root: string
  readonly baseFolder: string
  readonly folder: string
}): Promise<string | null> {
  const inside = insideOf(paths.root, await realPlaceOf(resolve(paths.folder)))
  return inside === null ? null : join(paths.baseFolder, inside)
}

/** Resolves symbolic links, even if the last segments of the path do not exist. */
export async function realPlaceOf(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null)
  if (real !== null || dirname(path) === path) return real ?? path
  return join(await realPlaceOf(dirname(path)), basename(path))
}

/**
 * Returns a Git URL context (`https://host/repository.git#ref:folder`, or with `?ref=…&subdir=…`) at another commit.
 *
 * @returns null if it is not a Git URL, for example an archive over HTTP
 */
export function gitContextAt(context: string, commit: string): string | null {
  if (!isCommitHash(commit) || !isRemoteContext(context)) return null
  const [address, fragment] = split(context, '#')
  const [url, query] = split(address, '?')
  if (/^https?:\/\//.test(url) && !/\.git$/.test(url)) return null
  if (query === undefined) {
    const [, folder] = split(fragment ?? '', ':')
    return `${url}#${commit}${folder === undefined ? '' : `:${folder}`}`
  }
  const kept = query.split('&').filter((field) => !/^(?:ref|branch|tag|commit|checksum)(?:=|$)/.test(field))
  const folder = split(fragment ?? '', ':')[1]
  if (folder !== undefined) return `${url}?${kept.join('&')}#${commit}:${folder}`.replace('?#', '#')
  return `${url}?${[`ref=${commit}`, ...kept].join('&')}`
}

/**
 * Returns the branch, tag or commit in the fragment or query of a Git URL context. Returns an empty string if there is
 * none.
 */
export function gitRevisionOf(context: string): string {
  const [address, fragment = ''] = split(context, '#')
  const [revision] = split(fragment, ':')
  const [, query = ''] = split(address, '?')
  const fields = new URLSearchParams(query)
  return (
    revision ||
    (['checksum', 'commit', 'ref', 'branch', 'tag']
      .map((name) => fields.get(name) ?? '')
      .find((value) => value !== '') ??
      '')
  )
}

/** Returns the URL to fetch a Git URL context from. */
export function gitContextUrl(context: string): string {
  const url = context.replace(/[#?].*$/s, '')
  return url.startsWith('github.com/') ? `https://${url}` : url
}

function split(text: string, at: string): readonly [string, string | undefined] {
  const place = text.indexOf(at)
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)]
}
