/** Interrupts runs with signals, and by removing the engine. Nothing may be left behind. */
import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  folderWith,
  footprint,
  processesLeft,
  requireEngine,
  run,
  succeed,
  type Ran,
  type RunOptions,
} from '../support/program.ts'
import { testWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'

const busybox = await readFile('/bin/busybox')

const dockerfile = `FROM scratch AS build
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "echo hello > /hello"]
FROM scratch
COPY --from=build /hello /
`

/** No builder has this step in its cache. If it slept to its end, a later run would not print that it is asleep. */
const sleeping = (): string => dockerfile.replace('echo hello', `echo asleep ${randomUUID()} && sleep 600; echo`)

/** No builder has the layer of this stage as a blob yet, so weighing has to make one. */
const unseen = (): string => dockerfile.replace('echo hello', `echo ${randomUUID()}`)

beforeAll(() => void requireEngine())

interface Place {
  readonly path: string
  readonly env: Record<string, string>
  readonly temp: string
  /** The time from the first signal to the end of a run, in milliseconds, however the signal was sent. */
  readonly endedAfter: (ran: Ran) => Promise<number>
}

interface Special {
  readonly calls: string
  readonly does: string
}

/** Makes a context, its own temporary folder, and a `docker` on the PATH that runs `special` for matching calls. */
async function place(text: string, special: Special | null, look: (place: Place) => Promise<void>): Promise<void> {
  await using folder = await folderWith({ 'context/Dockerfile': text, 'context/busybox': busybox })
  const [temp, bin] = [join(folder.path, 'tmp'), join(folder.path, 'bin')]
  await Promise.all([mkdir(temp), mkdir(bin)])
  const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
  if (special) {
    await writeFile(
      join(bin, 'docker'),
      `#!/bin/sh\ncase "$*" in ${special.calls}) ${special.does};; esac\nexec '${docker}' "$@"\n`,
    )
    await chmod(join(bin, 'docker'), 0o755)
  }
  const signalled = join(folder.path, 'signalled')
  await look({
    path: join(folder.path, 'context'),
    temp,
    endedAfter: async (ran) => ran.endedAfter ?? Date.now() - (await stat(signalled)).mtimeMs,
    // No layer is known, so there is something to weigh.
    env: {
      TMPDIR: temp,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
      SIGNALLED: signalled,
      PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    },
  })
}

const listing = '*--call=targets*'
const weighing = '*type=local,dest=*'
const reading = '*dial-stdio*'

/**
 * Returns shell commands that replace the client. They send a signal to the run that called them, and then perhaps a
 * second one, even if the client is told to end.
 */
const signals = (first: string, second?: string): string =>
  `test -e "$SIGNALLED" || : >"$SIGNALLED"; kill -s ${first} $PPID; ${second === undefined ? '' : `(trap '' TERM; sleep 0.2; kill -s ${second} $PPID) & `}exec sleep 600`

describe.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('a run that gets %s', (signal, status) => {
  const does = signals(signal.slice(3))

  test.each([
    ['while stages are listed', dockerfile, { calls: listing, does }, {}],
    ['while layers are read from the builder', unseen(), { calls: reading, does }, {}],
    ['while stages are weighed', unseen(), { calls: weighing, does }, {}],
    ['in the build', sleeping(), null, { kill: { signal, when: /\d asleep/ } }],
  ])('%s ends soon and leaves nothing behind', async (_, text, special, options: RunOptions) => {
    await place(text, special, async ({ path, env, temp }) => {
      // The call that it waits for sleeps longer than this test may take.
      const ran = await footprint(['build', path], { ...options, env })
      expect([ran.status, ran.stdout]).toEqual([status, ''])
      expect(await readdir(temp)).toEqual([])
      expect(await processesLeft('TMPDIR', temp)).toEqual([])
    })
  })
})

describe('a cancelled workflow, in which the runner sends SIGINT and then SIGTERM', () => {
  const both = signals('INT', 'TERM')

  test.each<[string, string, Special | null, RunOptions]>([
    ['while stages are listed', dockerfile, { calls: listing, does: both }, {}],
    ['while layers are read from the builder', unseen(), { calls: reading, does: both }, {}],
    ['while stages are weighed', unseen(), { calls: weighing, does: both }, {}],
    ['in the build', sleeping(), null, { kill: { signal: 'SIGINT', second: 'SIGTERM', when: /\d asleep/ } }],
  ])('%s ends soon and leaves nothing behind', async (_, text, special, options) => {
    await place(text, special, async ({ path, env, temp, endedAfter }) => {
      const step = await runAction(path, { context: '.' }, { ...options, env })
      // The runner kills a process that has not ended after ten seconds.
      expect(await endedAfter(step)).toBeLessThan(10_000)
      expect(step.status).not.toBe(0)
      expect(step.outputs['record']).toBeUndefined()
      expect(step.summary).toBe('')
      expect([step.left, await readdir(temp), await processesLeft('TMPDIR', temp)]).toEqual([[], [], []])
    })
  })
})

describe('a call that the client answers by itself', () => {
  // This client ignores SIGTERM too.
  const deaf = (signal: string): string => `trap '' TERM; kill -s ${signal} $PPID; exec sleep 600`

  test('in the action ends with the signal', async () => {
    await place(dockerfile, { calls: 'buildx\\ version', does: deaf('INT') }, async ({ path, env, temp }) => {
      const step = await runAction(path, { context: '.' }, { env: { ...env, BUILDX_SEND_GIT_QUERY_AS_INPUT: 'true' } })
      expect([step.status, step.outputs]).toEqual([1, {}])
      expect([step.left, await readdir(temp), await processesLeft('TMPDIR', temp)]).toEqual([[], [], []])
    })
  })

  test('on the command line ends with the signal', async () => {
    await place(dockerfile, { calls: 'buildx\\ build\\ --help', does: deaf('TERM') }, async ({ path, env, temp }) => {
      const ran = await footprint(['build', '--hermetic', path], { env })
      expect([ran.status, ran.stdout]).toEqual([143, ''])
      expect(await processesLeft('TMPDIR', temp)).toEqual([])
    })
  })
})

describe('an engine that goes away', () => {
  test('during the build is reported in one sentence, with status 4', async () => {
    const engine = requireEngine().replace(/^unix:\/\//, '')
    await place(sleeping(), null, async ({ path, env, temp }) => {
      const sockets = new Set<Socket>()
      const server = createServer((client) => {
        const upstream = connect(engine)
        for (const socket of [client, upstream]) {
          sockets.add(socket)
          socket.on('error', () => undefined)
        }
        client.pipe(upstream).pipe(client)
      })
      // Socket paths have to be short.
      const socket = join(temp, 's')
      await new Promise<void>((resolve) => server.listen(socket, resolve))
      const vanish = (): void => {
        server.close()
        for (const open of sockets) open.destroy()
      }
      const { status, stderr } = await footprint(['build', path], {
        env: { ...env, DOCKER_HOST: `unix://${socket}` },
        cue: { when: /\d asleep/, then: vanish },
      })
      vanish()
      expect(stderr).toMatch(/^stage-footprint: the build engine cannot be reached: .* \[ENGINE_UNREACHABLE\]$/m)
      expect(status).toBe(4)
      expect(await readdir(temp)).toEqual([])
    })
  })

  test('while stages are weighed leaves the build intact, with status 5', async () => {
    await place(
      unseen(),
      { calls: weighing, does: 'export DOCKER_HOST=unix:///no/engine' },
      async ({ path, env, temp }) => {
        const iid = join(path, 'iid')
        const { status, stderr, stdout } = await footprint(['build', '--iidfile', iid, path], { env })
        expect(stderr).toMatch(
          /^stage-footprint: the image was built, but could not be weighed: .*engine.* \[ENGINE_UNREACHABLE\]$/m,
        )
        expect([status, stdout]).toEqual([5, ''])
        expect(await readFile(iid, 'utf8')).toMatch(/^sha256:/)
        expect(await readdir(temp)).toEqual([])
      },
    )
  })
})

describe('a client that is not usable', () => {
  test('is named if it is too old, with status 4', async () => {
    await place(
      dockerfile,
      { calls: '*', does: 'echo "unknown flag: --metadata-file, unknown command: docker buildx" >&2; exit 125' },
      async ({ path, env }) => {
        const { status, stderr } = await footprint(['build', path], { env })
        expect(stderr).toContain(
          'this docker client has no buildx 0.15 or newer: install or update docker-buildx [ENGINE_TOO_OLD]',
        )
        expect(status).toBe(4)
      },
    )
  })

  test('is reported if there is none, with status 4', async () => {
    await place(dockerfile, null, async ({ path, env, temp }) => {
      const { status, stderr } = await footprint(['build', path], { env: { ...env, PATH: temp } })
      expect(stderr).toContain('there is no `docker` on the PATH')
      expect(status).toBe(4)
    })
  })
})

describe('a full disk', () => {
  // The zeros are small in the engine, but large in an uncompressed export.
  // The layers stay uncompressed in the builder's cache, so no other test may have the same layers.
  const large = dockerfile
    .replace('echo hello > /hello', 'echo hello > /hello && /bin/busybox dd if=/dev/zero of=/zeros bs=1M count=300')
    .replaceAll('/bin/busybox', '/full-disk/busybox')

  testWith('root').each([
    ['before anything is weighed', 64, /only \d+ MB are free in/],
    ['in the middle of weighing', 280, /the disk is full in/],
  ])('%s leaves the build intact, with status 5', async (_, megabytes, sentence) => {
    await place(large, null, async ({ path, env, temp }) => {
      await succeed('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', temp])
      try {
        const iid = join(path, 'iid')
        const { status, stdout, stderr } = await footprint(
          ['build', '--stage-compression', 'uncompressed', '--iidfile', iid, path],
          { env },
        )
        expect(stderr).toMatch(sentence)
        expect(stderr).toMatch(/^stage-footprint: the image was built, but could not be weighed: .* \[DISK_SPACE\]$/m)
        expect([status, stdout]).toEqual([5, ''])
        expect(await readFile(iid, 'utf8')).toMatch(/^sha256:/)
        expect(await readdir(temp)).toEqual([])
      } finally {
        await succeed('umount', [temp])
      }
    })
  })
})

describe('the output of a build', () => {
  test.each(['-', 'type=tar', 'type=oci,dest=-'])(
    'cannot be the image, since standard output carries the report: --output %s',
    async (output) => {
      const { status, stderr } = await footprint(['build', '--output', output, '.'])
      expect(stderr).toMatch(/would be written to standard output.*\[USAGE\]/)
      expect(status).toBe(2)
    },
  )

  test('is the answer of a check, whose findings are a failure', async () => {
    await place('from scratch\nCOPY busybox /\n', null, async ({ path, env }) => {
      const ours = await footprint(['build', '--check', path], { env })
      const plain = await run('docker', ['buildx', 'build', '--check', path])
      expect(ours.stdout).toBe(plain.stdout)
      expect(ours.stdout).toContain('ConsistentInstructionCasing')
      expect([plain.status, ours.status]).toEqual([1, 3])
    })
  })

  test('is shown with --quiet only if the build fails', async () => {
    await place(dockerfile, null, async ({ path, env }) => {
      const { stderr, status } = await footprint(['build', '--quiet', path], { env })
      expect([status, stderr]).toEqual([0, ''])
      await writeFile(join(path, 'Dockerfile'), dockerfile.replace('echo hello', 'echo words; exit 7'))
      const failed = await footprint(['build', '--quiet', path], { env })
      expect(failed.status).toBe(3)
      expect(failed.stderr).toMatch(/^#\d+ [\d.]+ words$/m)
    })
  })
})
