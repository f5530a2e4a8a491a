/**
 * Checks that buildx takes a blob for known if a cache or layout has an empty file for it in `blobs/sha256`, and does
 * not transfer it. The speed of a warm weighing depends on this, and nothing else does.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import type { Image } from '../../src/record/footprint.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { busybox, weighImage } from '../support/weigh.ts'

const dockerfile = `FROM scratch AS build
COPY busybox /busybox
COPY words /words
FROM scratch
COPY --from=build /busybox /b
`

beforeAll(() => void requireEngine())

/**
 * Runs the real client, but cannot reach a builder itself, so all blobs come with an export. A cache export first goes
 * to its own folder, so that it is complete when the script notes which blobs have bytes, as `DIGEST BYTES`. `before`
 * runs before that.
 */
const client = (docker: string, log: string, before: string): string => `#!/bin/sh
case "$*" in *type=local,dest=*) ;; *dial-stdio*) exit 1;; *) exec '${docker}' "$@";; esac
left=$#
while [ $left -gt 0 ]; do
  word=$1; shift; left=$((left - 1))
  case "$word" in type=local,dest=*)
    theirs=\${word#*dest=}; theirs=\${theirs%%,*}
    own=$(mktemp -d); mkdir -p "$own/blobs"; cp -rL "$theirs/blobs/sha256" "$own/blobs/"
    word="type=local,dest=$own\${word#*dest="$theirs"}";;
  esac
  set -- "$@" "$word"
done
blobs=$own/blobs/sha256
${before}
'${docker}' "$@"
status=$?
find "$blobs" -type f -size +0 -printf '%f %s\\n' >> '${log}'
find "$blobs" -type f -size +0 -exec mv -f {} "$theirs/blobs/sha256/" \\;
rm -rf "$own"
exit $status
`

test('transfers only new blobs, and has the same figures if known blobs are transferred too', async () => {
  await using folder = await folderWith({
    'context/Dockerfile': dockerfile,
    'context/busybox': busybox,
    'context/words': 'words',
  })
  const [bin, log, context] = [join(folder.path, 'bin'), join(folder.path, 'log'), join(folder.path, 'context')]
  const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  await mkdir(bin)

  const weighed = async (
    before = ':',
  ): Promise<{ readonly image: Image; readonly exported: boolean; readonly moved: ReadonlyMap<string, number> }> => {
    await writeFile(log, '')
    await writeFile(join(bin, 'docker'), client(docker, log, before))
    await chmod(join(bin, 'docker'), 0o755)
    const env = { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, XDG_CACHE_HOME: join(folder.path, 'cache') }
    const image = await weighImage([context], { env })
    const layers = new Set(image.stages.flatMap((stage) => stage.layers.map((layer) => layer.digest)))
    const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '')
    const blobs = lines.map((line): [string, number] => [
      `sha256:${line.split(' ')[0] ?? ''}`,
      Number(line.split(' ')[1]),
    ])
    return { image, exported: blobs.length > 0, moved: new Map(blobs.filter(([digest]) => layers.has(digest))) }
  }
  const sizes = (image: Image): ReadonlyMap<string | null, number | null> =>
    new Map(
      image.stages.flatMap(({ layers }) =>
        layers.map(({ digest, compressedSize }) => [digest, compressedSize] as const),
      ),
    )

  const cold = await weighed()
  expect(cold.moved.size).toBe(3)
  expect(cold.moved).toEqual(sizes(cold.image))

  const warm = await weighed()
  expect(warm).toEqual({ image: cold.image, exported: false, moved: new Map() })

  await writeFile(join(context, 'Dockerfile'), `${dockerfile}COPY words /w\n`)
  const changed = await weighed()
  const own = changed.image.stages.at(-1)?.layers.at(-1)
  expect([...changed.moved]).toEqual([[own?.digest, own?.compressedSize]])

  await writeFile(join(context, 'Dockerfile'), `${dockerfile}COPY words /x\n`)
  const without = await weighed('find "$blobs" -type f -empty -delete')
  expect(without.moved).toEqual(sizes(without.image))
  expect(without.image.stages[0]).toEqual(cold.image.stages[0])
})
