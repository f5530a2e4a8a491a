import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { parseRecord } from '../../src/record/parse-record.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { rig, testWith } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'

const busybox = await readFile('/bin/busybox')

const dockerfile = `ARG WHO=world
FROM scratch AS build
COPY busybox /bin/busybox
ARG WHO
RUN --mount=type=secret,id=token ["/bin/busybox", "sh", "-c", "echo hello $WHO > /hello"]

FROM scratch
COPY --from=build /hello /
ENTRYPOINT ["/hello"]
`

beforeAll(() => void requireEngine())

describe('a good build', () => {
  test('writes the report to the summary and every number of the record to the outputs', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    await runAction(folder.path, { context: '.', name: 'api' }, {}, async (step) => {
      expect(step.stdout + step.stderr).not.toContain('::error')
      expect(step.status).toBe(0)
      const record = parseRecord(await step.read(step.outputs['record']), 'record')
      const [fat, final] = record.images[0]?.stages ?? []
      expect(step.outputs).toMatchObject({
        'final-compressed-bytes': String(final?.totals.compressedSize),
        'final-uncompressed-bytes': String(final?.totals.uncompressedSize),
        'final-file-bytes': 'hello world\n'.length.toString(),
        'final-layers': '1',
        'final-added-layers': '1',
        'final-metadata-only-steps': '1',
        'fat-stage': 'build',
        'fat-layers': '2',
        'fat-uncompressed-bytes': String(fat?.totals.uncompressedSize),
      })
      expect(step.summary).toContain('### Stage Footprint · `api`')
      expect(step.summary.trim()).toBe((await step.read(step.outputs['markdown'])).trim())
      expect(step.left.filter((name) => !/^stage-footprint-api\.(record\.json|md|html)$/.test(name))).toEqual([])
    })
  })

  test('loads the image as docker/build-push-action does, with the image ID and digest of the engine', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const tag = `stage-footprint-action-test:${process.pid}`
    try {
      const step = await runAction(folder.path, { context: '.', load: 'true', tags: tag })
      expect(step.status).toBe(0)
      const id = (await succeed('docker', ['image', 'inspect', '--format', '{{.Id}}', tag])).trim()
      expect(step.outputs['imageid']).toBe(id)
      expect(step.outputs['digest']).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(JSON.parse(step.outputs['metadata'] ?? '')).toHaveProperty(
        ['containerimage.digest'],
        step.outputs['digest'],
      )
    } finally {
      await succeed('docker', ['image', 'rm', '-f', tag])
    }
  })

  testWith('registry')('pushes the image with the digest that the registry has', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const tag = `${rig.registry}/action-test:${process.pid}`
    const step = await runAction(folder.path, { context: '.', push: 'true', tags: tag })
    expect(step.status).toBe(0)
    const raw = await succeed('skopeo', ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${tag}`])
    expect(step.outputs['digest']).toBe(raw.trim())
  })

  test('shows secrets and build arguments to the build only', async () => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    await runAction(
      folder.path,
      { context: '.', secrets: 'token=secret-of-step', 'build-args': 'WHO=value-of-argument', provenance: 'mode=max' },
      {},
      async (step) => {
        expect(step.status).toBe(0)
        // The builder's output is shown unchanged; its lines start with the number of a step.
        const said = step.stdout.split('\n').filter((line) => !/^(?:::add-mask::|#\d+ )/.test(line))
        const written = [JSON.stringify(step.outputs), step.summary, await step.read(step.outputs['record'])]
        expect(step.stdout).toContain('::add-mask::secret-of-step')
        for (const text of [...said, step.stderr, ...written]) expect(text).not.toContain('secret-of-step')
        for (const text of [...said, ...written]) expect(text).not.toContain('value-of-argument')
        expect(step.outputs['final-file-bytes']).toBe(String('hello value-of-argument\n'.length))
      },
    )
  })
})

test.each(['warn', 'fail'])(
  'annotates the line of the Dockerfile that exceeds a budget (%s)',
  async (action) => {
    await using folder = await folderWith({ 'docker/Dockerfile': dockerfile, busybox })
    const step = await runAction(folder.path, {
      context: '.',
      file: 'docker/Dockerfile',
      budgets: `final pull <= 1 B ${action}\nstage build unpacked <= 1 B ${action}`,
    })
    const level = action === 'warn' ? 'warning' : 'error'
    expect([step.status, step.outputs['verdict']]).toEqual([action === 'warn' ? 0 : 1, action])
    // The copy from the builder stage, and the shell, which makes up most of that stage.
    expect(
      step.stdout
        .split('\n')
        .filter((line) => line.startsWith(`::${level} `))
        .toSorted(),
    ).toEqual([
      expect.stringMatching(
        new RegExp(`^::${level} title=Larger than its budget,file=docker/Dockerfile,line=3::.*build`),
      ),
      expect.stringMatching(new RegExp(`^::${level} title=Larger than its budget,file=docker/Dockerfile,line=8::`)),
    ])
  },
  60_000,
)

describe('a failure of the action', () => {
  test('annotates the line of a failing RUN', async () => {
    await using folder = await folderWith({
      'docker/Dockerfile': dockerfile.replace('echo hello', 'exit 7; echo'),
      busybox,
    })
    const step = await runAction(folder.path, { context: '.', file: 'docker/Dockerfile' })
    expect(step.status).toBe(1)
    expect(step.stdout).toMatch(
      /^::error title=Build failed,file=docker\/Dockerfile,line=5::the build failed: .*exit code: 7/m,
    )
    expect(step.outputs).toEqual({})
    expect(step.left).toEqual([])
  })

  test('annotates the line of a failing RUN of a bake in the Dockerfile of its target', async () => {
    await using folder = await folderWith({
      'docker-bake.json': JSON.stringify({
        group: { default: { targets: ['web', 'worker'] } },
        target: { web: { context: 'web' }, worker: { context: 'worker' } },
      }),
      'web/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n',
      'worker/Dockerfile': dockerfile.replace('echo hello', 'exit 7; echo'),
      'worker/busybox': busybox,
    })
    for (const targets of ['', 'worker']) {
      const step = await runAction(folder.path, { mode: 'bake', source: '.', targets })
      expect(step.status).toBe(1)
      expect(step.stdout).toMatch(
        /^::error title=Build failed,file=worker\/Dockerfile,line=5::the build failed: .*exit code: 7/m,
      )
    }
  })

  test.each([
    [{ 'stage-compression': 'fast' }, /input stage-compression/],
    [{ load: 'maybe' }, /input load must be true or false/],
    [{ file: 'nowhere' }, /nowhere/],
  ])('reports the wrong input %j in one sentence', async (inputs, sentence) => {
    await using folder = await folderWith({ Dockerfile: dockerfile, busybox })
    const step = await runAction(folder.path, { context: '.', ...inputs })
    expect(step.status).toBe(1)
    expect(step.stdout.split('\n').filter((line) => line.startsWith('::error'))).toEqual([
      expect.stringMatching(sentence),
    ])
    expect(step.left).toEqual([])
  })

  test.each([
    ['false', 0, '::warning::'],
    ['true', 1, '::error::'],
  ])(
    'keeps the build and its outputs if stages cannot be weighed (fail-on-report-error %s)',
    async (fail, status, said) => {
      await using folder = await folderWith({ 'context/Dockerfile': dockerfile, 'context/busybox': busybox })
      const bin = join(folder.path, 'bin')
      const docker = (await succeed('sh', ['-c', 'command -v docker'])).trim()
      await mkdir(bin)
      // Only the calls for weighing request this kind of progress. The other one reads the builder's own store.
      const fails =
        'case "$*" in *dial-stdio*) exit 1;; *progress=rawjson*) sleep 1; echo "ERROR: failed to solve: the disk of s3cr3t is on fire" >&2; exit 1;; esac'
      await writeFile(join(bin, 'docker'), `#!/bin/sh\n${fails}\nexec '${docker}' "$@"\n`)
      await chmod(join(bin, 'docker'), 0o755)
      const step = await runAction(
        join(folder.path, 'context'),
        { context: '.', 'fail-on-report-error': fail, 'build-args': 'WHO=s3cr3t' },
        { env: { PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`, XDG_CACHE_HOME: join(folder.path, 'cache') } },
      )
      expect(step.status).toBe(status)
      expect(step.stdout).toMatch(
        new RegExp(
          `^${said}The image was built, but could not be weighed: the final stage could not be weighed: the disk of \\*\\*\\* is on fire; if a cache has lost a layer, build without that cache, or with input no-cache \\[WEIGHING_FAILED\\]$`,
          'm',
        ),
      )
      expect(step.outputs['imageid']).toMatch(/^sha256:/)
      expect(step.summary).toContain('could not be weighed')
      expect(step.left).toEqual([])
    },
  )

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'leaves nothing behind after %s in the middle of the build',
    async (signal) => {
      // No builder has this step in its cache. If it slept to its end, a later run would not print that it is asleep.
      // It sleeps longer than the test may take.
      const sleeping = dockerfile.replace('echo hello', `echo asleep ${randomUUID()} && sleep 600; echo`)
      await using folder = await folderWith({ Dockerfile: sleeping, busybox })
      const step = await runAction(folder.path, { context: '.' }, { kill: { signal, when: /\d asleep/ } })
      expect(step.status).toBe(1)
      expect(step.left).toEqual([])
      expect(step.outputs).toEqual({})
    },
  )
})

test('prints the findings of a check and weighs nothing', async () => {
  await using folder = await folderWith({ Dockerfile: 'from scratch\nCOPY Dockerfile /\n', busybox })
  const step = await runAction(folder.path, { context: '.', call: 'check' })
  expect(step.status).toBe(1)
  expect(step.stdout).toContain('ConsistentInstructionCasing')
  expect(step.stdout).toContain('::error::the build failed: call=check reported problems, which its output lists')
  expect(step.outputs['record']).toBeUndefined()
  expect(step.left).toEqual([])
})
