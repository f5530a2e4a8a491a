/** Finds the checkout that contains a folder, and opens Git in it. */
import { lstat, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { insideOf, isAbsent } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Unavailable } from '../unavailable.ts'
import { openGit, trustConfig, type ConfigEntry, type Git } from './run-git.ts'

/**
 * Returns the nearest folder, from this one upwards, that contains a `.git`. Git must run there. Git's own search would
 * also accept a folder with `HEAD`, `objects` and `refs`, and any commit can contain one.
 *
 * @param folder symbolic links in it are not resolved
 * @returns null if there is no such folder
 */
export async function checkoutAbove(folder: string, env: Environment): Promise<string | null> {
  const ceilings = (env['GIT_CEILING_DIRECTORIES'] ?? '').split(delimiter)
  let at: string | null = folder
  while (at !== null) {
    if (await mayHaveGit(at)) return at
    const above = dirname(at)
    at = above === at || ceilings.includes(above) ? null : above
  }
  return null
}

/** Returns whether a folder contains a `.git`, or this cannot be determined. Git then says what prevents it. */
async function mayHaveGit(folder: string): Promise<boolean> {
  return lstat(join(folder, '.git')).then(
    () => true,
    (error: unknown) => !isAbsent(error),
  )
}

/** The folder whose checkout is needed, and how Git is run in it. */
export interface CheckoutRequest {
  readonly folder: string
  readonly env: Environment
  readonly signal: AbortSignal
  /** The result of `tokenConfig`. */
  readonly token?: readonly ConfigEntry[]
}

/**
 * Opens Git in the checkout that contains a folder, after symbolic links are resolved. Returns a reason if there is no
 * checkout.
 */
export async function openCheckout({
  folder,
  env,
  signal,
  token = [],
}: CheckoutRequest): Promise<{ readonly git: Git; readonly root: string } | Unavailable> {
  const real = await realpath(folder).catch(() => null)
  const root = real === null ? null : await checkoutAbove(real, env)
  if (root === null)
    return { why: 'the context is not in a Git checkout: neither it nor a folder above it holds a .git' }
  return { root, git: openGit({ folder: root, env, signal, token, config: await trustOf(root, env) }) }
}

/**
 * In a container job, the workspace belongs to another user. A checkout elsewhere is trusted only if Git itself trusts
 * it.
 */
async function trustOf(root: string, env: Environment): Promise<readonly ConfigEntry[]> {
  const workspace = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_WORKSPACE'] : undefined
  const real = workspace ? await realpath(workspace).catch(() => null) : null
  return real !== null && insideOf(real, root) !== null ? trustConfig([root]) : []
}
