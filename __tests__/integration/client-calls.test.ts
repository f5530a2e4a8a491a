/** Each call of the docker client costs 60 to 200 ms: none may come in unseen. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { folderWith, footprint, requireEngine } from '../support/program.ts'
import { recordingClient } from '../support/recording-client.ts'
import { busybox } from '../support/weigh.ts'

beforeAll(() => void requireEngine())

/** As in the example: what a fat stage makes is copied into a slim one; neither has a name. */
const dockerfile = `FROM scratch AS unused
COPY busybox /
FROM scratch
COPY busybox /busybox
RUN ["/busybox", "dd", "if=/dev/urandom", "of=/app", "bs=1000", "count=30"]
FROM scratch
COPY --from=1 /app /root/
ENTRYPOINT ["/root/app"]
`

/** What a call is for, by its words. */
function purposeOf(words: readonly string[]): string {
  const has = (start: string): boolean => words.some((word) => word.startsWith(start))
  if (words[0] !== 'buildx' || words[1] !== 'build') return words.slice(0, 3).join(' ')
  if (has('--call=targets')) return 'list of stages'
  return has('type=oci,tar=false') || has('type=local') ? 'weighing' : 'build'
}

/** The calls of a second run, which finds everything built and known. */
async function callsOf(flags: readonly string[]): Promise<readonly string[]> {
  await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
  await using client = await recordingClient()
  const env = { XDG_CACHE_HOME: join(folder.path, 'cache'), ...client.env }
  const run = async (): Promise<void> => {
    await client.calls()
    const { status, stderr } = await footprint(['build', ...flags, join(folder.path, 'context')], { env })
    if (status !== 0) throw new Error(stderr)
  }
  await run()
  await run()
  return (await client.calls()).map(purposeOf).toSorted()
}

const least: readonly string[] = ['build', 'list of stages']

describe('a warm build of a fat and a slim stage', () => {
  test.each([[[]], [['--provenance=false']]])(
    'one build, one list, and the question what was shipped (%j)',
    async (flags: readonly string[]) => {
      expect(await callsOf(flags)).toEqual(['build', 'buildx history inspect', 'list of stages'])
    },
  )

  test('nothing more where nothing is shipped', async () => {
    expect(await callsOf(['--output', 'type=cacheonly'])).toEqual(least)
  })
})
