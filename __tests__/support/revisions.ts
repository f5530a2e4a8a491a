/** Two revisions in a Git repository, and the sizes of their images according to a plain build and `skopeo`. */
import { mkdir, mkdtemp, readFile, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Layer, Stage } from '../../src/record/footprint.ts'
import { uncompressed } from './git.ts'
import { succeed } from './program.ts'

export type Files = Readonly<Record<string, string | Buffer | null>>

export interface Project extends AsyncDisposable {
  /** The folder of the work tree. Tests may put files beside it that are not in the repository. */
  readonly folder: string
  readonly beside: string
  readonly git: (...args: readonly string[]) => Promise<string>
  /** Writes files into the work tree; null deletes a file. */
  readonly put: (files: Files) => Promise<void>
  /** Makes a branch that starts at another one, with these files changed, and returns its commit. */
  readonly branch: (name: string, from: string, files: Files) => Promise<string>
}

/** Makes an empty repository whose first commit is on `main`. */
export async function project(name = 'app'): Promise<Project> {
  const beside = await realpath(await mkdtemp(join(tmpdir(), 'sf-project-')))
  const folder = join(beside, name)
  await mkdir(folder)
  const git = async (...args: readonly string[]): Promise<string> =>
    (
      await succeed('git', [
        ...uncompressed,
        '-c',
        'user.name=Test',
        '-c',
        'user.email=test@invalid',
        '-c',
        'gc.auto=0',
        '-C',
        folder,
        ...args,
      ])
    ).trim()
  await git('init', '--quiet', '--initial-branch=main')
  await git('commit', '--quiet', '--allow-empty', '--message=Empty')
  const put = async (files: Files): Promise<void> => {
    for (const [path, content] of Object.entries(files)) {
      const full = join(folder, path)
      if (content === null) {
        await rm(full, { recursive: true })
        continue
      }
      await mkdir(dirname(full), { recursive: true })
      // A new file replaces the old one. With the times that are set here, Git would miss a change of the same length
      // within the same second.
      const written = `${full}.new`
      await writeFile(written, content, { mode: 0o755 })
      await utimes(written, 1_000_000_000, 1_000_000_000)
      await rename(written, full)
    }
  }
  return {
    folder,
    beside,
    git,
    put,
    branch: async (branch, from, files) => {
      await git('checkout', '--quiet', '-B', branch, from)
      await put(files)
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', `--message=${branch}`)
      return git('rev-parse', 'HEAD')
    },
    [Symbol.asyncDispose]: () => rm(beside, { recursive: true, force: true }),
  }
}

export interface PlainLayer {
  readonly digest: string
  readonly compressedSize: number
  readonly uncompressedSize: number
}

/** Builds a folder with `docker buildx build`, and weighs it with skopeo and gunzip. */
export async function plainLayers(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly PlainLayer[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sf-plain-'))
  try {
    await plainLayout(args, folder, env)
    return await layoutLayers(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Returns the image layout of a plain build. */
export async function plainLayout(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<void> {
  await succeed(
    'docker',
    ['buildx', 'build', '--quiet', '--provenance=false', `--output=type=oci,tar=false,dest=${folder}`, ...args],
    { env },
  )
}

async function layoutLayers(folder: string): Promise<readonly PlainLayer[]> {
  const manifest = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${folder}`])) as {
    layers: { digest: string; size: number }[]
  }
  return Promise.all(
    manifest.layers.map(async ({ digest, size }) => ({
      digest,
      compressedSize: size,
      uncompressedSize: gunzipSync(await readFile(join(folder, 'blobs/sha256', digest.slice('sha256:'.length)))).length,
    })),
  )
}

export function weighedLayers({ layers }: Stage): readonly PlainLayer[] {
  return layers.map(({ digest, compressedSize, uncompressedSize }: Layer) => ({
    digest: digest ?? 'none',
    compressedSize: compressedSize ?? -1,
    uncompressedSize: uncompressedSize ?? -1,
  }))
}

/**
 * A docker client and a Git that record each of their calls, for runs that must make few calls, and never with a secret.
 * The real programs come after them on the PATH.
 *
 * @param processes whether each call also records the command lines of all processes, in the file `watched/calls.all`
 */
export async function watchedClient(
  folder: string,
  { processes = false }: { readonly processes?: boolean } = {},
): Promise<{ readonly env: Readonly<Record<string, string>>; readonly calls: () => Promise<readonly string[]> }> {
  const bin = join(folder, 'watched')
  const log = join(bin, 'calls')
  await mkdir(bin)
  for (const tool of ['docker', 'git']) {
    const real = (await succeed('sh', ['-c', `command -v ${tool}`])).trim()
    // One write for each call, since calls run at the same time, and no other process for it.
    const script = [
      '#!/bin/sh',
      `printf '%s\\0' "${tool} $*" >>'${log}'`,
      ...(processes ? [`cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>'${log}.all'`] : []),
      `exec '${real}' "$@"`,
    ]
    await writeFile(join(bin, tool), `${script.join('\n')}\n`, { mode: 0o755 })
  }
  await writeFile(log, '')
  return {
    env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    calls: async () =>
      (await readFile(log, 'utf8'))
        .split('\0')
        .slice(0, -1)
        .map((call) => call.replaceAll('\n', ' ')),
  }
}
