/** A docker client that builds nothing: it answers the queries of an action, and records the call that builds. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { builders, type PeerCase } from '../peers/peer-case.ts'

/** The user's build is the call with a metadata file; calls for weighing also set the progress. */
const client = `#!/bin/bash
here=$PEER_FOLDER
case "$1 \${2-}" in
  'buildx version') cat "$here/version"; exit ;;
  'buildx inspect') cat "$here/builder"; exit ;;
  'buildx build' | 'buildx bake') ;;
  'buildx ' | 'version ' | 'info ') exit 0 ;;
  *) exit 1 ;;
esac
metadata= iid= last= secrets=0
for word; do
  case $last in
    --metadata-file) metadata=$word ;;
    --iidfile) iid=$word ;;
    --secret)
      case $word in *,src=/*)
        cp -- "\${word##*,src=}" "$here/secret-$secrets" 2>/dev/null
      esac
      secrets=$((secrets + 1)) ;;
  esac
  if [ "$word" = --print ]; then cat "$here/definition"; exit; fi
  case $word in --progress=*) exit 1 ;; esac
  last=$word
done
[ -n "$metadata" ] || exit 1
printf '%s\\0' "$@" >"$here/words"
env -0 >"$here/environment"
pwd >"$here/directory"
[ ! -e "$here/metadata" ] || cp "$here/metadata" "$metadata"
[ -z "$iid" ] || [ ! -s "$here/image-id" ] || cp "$here/image-id" "$iid"
cat "$here/stdout"
cat "$here/stderr" >&2
exit "$(cat "$here/status")"
`

const digest = (digit: string): string => 'sha256:'.padEnd(71, digit)

/** What buildx writes about one image. */
export const built = {
  'buildx.build.ref': 'one/one0/abc',
  'containerimage.config.digest': digest('2'),
  'containerimage.digest': digest('1'),
} as const

/** Returns the image ID that buildx writes: the digest of the config, or else that of the manifest. */
function imageIdOf(metadata: unknown): string {
  const { 'containerimage.config.digest': config, 'containerimage.digest': manifest } = (metadata ?? {}) as Readonly<
    Record<string, string | undefined>
  >
  return config ?? manifest ?? ''
}

/** @param folder where the calls are recorded; its `bin` has the client, and a git that knows no repository */
export async function placeClient(folder: string, given: PeerCase, kind: 'build' | 'bake'): Promise<void> {
  const bin = join(folder, 'bin')
  await mkdir(bin)
  const { call = {}, definition = { target: { default: {} } } } = given
  const metadata = 'metadata' in call ? call.metadata : kind === 'bake' ? { default: built } : built
  await Promise.all([
    writeFile(join(bin, 'docker'), client),
    writeFile(join(bin, 'git'), '#!/bin/sh\nexit 128\n'),
    writeFile(join(folder, 'version'), `github.com/docker/buildx v${given.buildx ?? '0.38.2'} 0000000\n`),
    writeFile(join(folder, 'builder'), builders[given.builder ?? 'container']),
    writeFile(join(folder, 'definition'), JSON.stringify(definition)),
    writeFile(join(folder, 'stdout'), call.stdout ?? ''),
    writeFile(join(folder, 'stderr'), call.stderr ?? ''),
    writeFile(join(folder, 'status'), String(call.status ?? 0)),
    writeFile(join(folder, 'image-id'), imageIdOf(metadata)),
    ...(metadata === undefined ? [] : [writeFile(join(folder, 'metadata'), JSON.stringify(metadata))]),
  ])
  await Promise.all(['docker', 'git'].map((name) => chmod(join(bin, name), 0o755)))
}
