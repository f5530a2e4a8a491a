/** The checkout that a folder lies in, and git in it. */
import { lstat, realpath } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { insideOf } from '../files.ts'
import type { Environment } from '../inputs/inputs.ts'
import type { Unavailable } from '../unavailable.ts'
import { openGit, trustConfig, type ConfigEntry, type Git } from './run-git.ts'

/**
 * The nearest folder, this one or above it, that holds a `.git`: there git is to run. Git itself would take a folder with
 * `HEAD`, `objects` and `refs` for a repository, which any commit can hold.
 *
 * @param folder links in it are not followed
 * @returns null where there is none
 */
export async function checkoutAbove(folder: string, env: Environment): Promise<string | null> {
  const ceilings = (env['GIT_CEILING_DIRECTORIES'] ?? '').split(delimiter)
  let at: string | null = folder
  while (at !== null) {
    if ((await lstat(join(at, '.git')).catch(() => null)) !== null) return at
    const above = dirname(at)
    at = above === at || ceilings.includes(above) ? null : above
  }
  return null
}

export interface CheckoutRequest {
  readonly folder: string
  readonly env: Environment
  readonly signal: AbortSignal
  /** Of `tokenConfig`. */
  readonly token?: readonly ConfigEntry[]
}

/** Git in the checkout that a folder really lies in; a clause where there is none. */
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

/** A job in a container sees a workspace of another user. What lies elsewhere is trusted as Git itself does. */
async function trustOf(root: string, env: Environment): Promise<readonly ConfigEntry[]> {
  const workspace = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_WORKSPACE'] : undefined
  const real = workspace ? await realpath(workspace).catch(() => null) : null
  return real !== null && insideOf(real, root) !== null ? trustConfig([root]) : []
}
