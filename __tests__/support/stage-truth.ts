/** What a stage of a Dockerfile is, asked of the builder by one export for it and read by tools that are not ours. */
import { join } from 'node:path'
import { temporary } from './layouts.ts'
import { succeed, type RunOptions } from './program.ts'

/** Digests of the layers of an export of this stage, lowest first. @param words of the build, its context last */
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
  const manifest = JSON.parse(await succeed('skopeo', ['inspect', '--raw', `oci:${layout}`])) as {
    layers: { digest: string }[]
  }
  return manifest.layers.map(({ digest }) => digest)
}

/** An image of the test's registry: its digest, and how many layers it has. */
export async function pushedImage(reference: string): Promise<{ readonly digest: string; readonly layers: number }> {
  const inspect = (format: string): Promise<string> =>
    succeed('skopeo', ['inspect', '--tls-verify=false', '--format', format, `docker://${reference}`])
  return { digest: (await inspect('{{.Digest}}')).trim(), layers: Number(await inspect('{{len .Layers}}')) }
}
