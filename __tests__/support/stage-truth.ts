/** The layers of a stage of a Dockerfile, from a separate export by the builder, read by independent tools. */
import { join } from 'node:path'
import { temporary } from './layouts.ts'
import { succeed, type RunOptions } from './program.ts'

/**
 * Returns the digests of the layers of an export of this stage, lowest first.
 *
 * @param words arguments of the build, with its context last
 */
export async function exportedLayers(
  target: string,
  words: readonly string[],
  options: RunOptions,
): Promise<readonly string[]> {
  await using folder = await temporary()
  const layout = join(folder.path, 'layout')
  const flags = [
    '--target',
    target,
    '--provenance=false',
    '--progress=quiet',
    '--output',
    `type=oci,tar=false,dest=${layout}`,
  ]
  await succeed('docker', ['buildx', 'build', ...flags, ...words], options)
  return await layersIn(layout)
}

/** Returns the same for several stages. Each is an export of its own, and one call of the client asks for all of them. */
export async function exportedStages(
  names: readonly string[],
  build: { readonly context: string; readonly args: Readonly<Record<string, string>> },
  options: RunOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  await using folder = await temporary()
  const layout = (name: string): string => join(folder.path, name)
  const target = Object.fromEntries(
    names.map((name) => [
      name,
      { ...build, target: name, output: [{ type: 'oci', tar: 'false', dest: layout(name) }] },
    ]),
  )
  const allowed = ['--allow', `fs.read=${build.context}`, '--allow', `fs.write=${folder.path}`]
  await succeed(
    'docker',
    ['buildx', 'bake', '--file=-', '--progress=quiet', '--provenance=false', ...allowed, ...names],
    { ...options, stdin: JSON.stringify({ target }) },
  )
  return new Map(await Promise.all(names.map(async (name) => [name, await layersIn(layout(name))] as const)))
}

async function layersIn(layout: string): Promise<readonly string[]> {
  const manifest = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${layout}`])) as {
    layers: { digest: string }[]
  }
  return manifest.layers.map(({ digest }) => digest)
}

/** Returns the digest of an image in the test registry, and its number of layers. */
export async function pushedImage(reference: string): Promise<{ readonly digest: string; readonly layers: number }> {
  const inspect = (format: string): Promise<string> =>
    succeed('skopeo', ['inspect', '--tls-verify=false', '--format', format, `docker://${reference}`])
  return { digest: (await inspect('{{.Digest}}')).trim(), layers: Number(await inspect('{{len .Layers}}')) }
}
