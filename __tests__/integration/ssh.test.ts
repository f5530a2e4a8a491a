/** A step that uses an SSH agent is built and weighed once, and nothing about the agent can be read anywhere. */
import { spawn } from 'node:child_process'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { parseRecord } from '../../src/record/parse-record.ts'
import { folderWith, footprint, processesLeft, requireEngine, succeed } from '../support/program.ts'
import { describeWith, rig } from '../support/rig.ts'
import { runAction } from '../support/runner.ts'
import { busybox, onceOnly } from '../support/weigh.ts'

interface Agent extends AsyncDisposable {
  readonly socket: string
  /** The three words of the key, as in `authorized_keys`. */
  readonly publicKey: readonly [string, string, string]
  readonly privateKey: string
  /** Returns the keys that the agent lists. */
  readonly keys: () => Promise<string>
}

/** Starts an agent for this test with its own key. */
async function sshAgent(): Promise<Agent> {
  // Paths of sockets have to be short.
  const folder = await mkdtemp(join(tmpdir(), 'sf-ssh-'))
  const [socket, key] = [join(folder, 'agent'), join(folder, 'key')]
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  const ended = new Promise((resolve) => agent.once('close', resolve))
  for (
    let left = 200;
    !(await access(socket).then(
      () => true,
      () => false,
    ));
    left--
  ) {
    if (left === 0) throw new Error('ssh-agent does not start')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await succeed('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'whose-key-it-is', '-f', key])
  await succeed('ssh-add', ['-q', key], { env: { SSH_AUTH_SOCK: socket } })
  const [privateKey, publicKey] = await Promise.all([readFile(key, 'utf8'), readFile(`${key}.pub`, 'utf8')])
  return {
    socket,
    privateKey,
    publicKey: publicKey.trim().split(' ') as [string, string, string],
    keys: () => succeed('ssh-add', ['-L'], { env: { SSH_AUTH_SOCK: socket } }),
    [Symbol.asyncDispose]: async () => {
      agent.kill()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** Returns a program of this machine with its linked libraries, each at its path. */
async function programFiles(name: string): Promise<Readonly<Record<string, Buffer>>> {
  const program = (await succeed('sh', ['-c', 'command -v "$1"', 'sh', name])).trim()
  const libraries = (await succeed('ldd', [program])).match(/\/[^\s:]+/g) ?? []
  const files = [...new Set([program, ...libraries])].map(
    async (path) => [`context/root${path}`, await readFile(path)] as const,
  )
  return Object.fromEntries(await Promise.all(files))
}

/** Commands that fail if the agent is missing, or is another one. */
const asks = 'test "$(ssh-add -L | cut -d " " -f 2)" = "$KEY" && cp /proc/sys/kernel/random/uuid /asked'
const dockerfile = `FROM scratch AS build
COPY root /
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
${onceOnly.replaceAll('"/busybox"', '"/bin/busybox"')}
ARG KEY
RUN --mount=type=ssh ${asks}
FROM scratch
COPY --from=build /asked /id /
`

const hosts = [
  ['the containerd store', process.env['DOCKER_HOST'] ?? ''],
  ['overlay2', rig.overlay2],
] as const

beforeAll(() => void requireEngine())

describeWith('sshAgent').each(hosts.filter(([, host]) => host !== ''))('on %s', (_name, host) => {
  test('a step with --mount=type=ssh is weighed as it was shipped', async () => {
    await using agent = await sshAgent()
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      ...(await programFiles('ssh-add')),
    })
    const [type, key, comment] = agent.publicKey
    const record = join(folder.path, 'record.json')
    const markdown = join(folder.path, 'report.md')
    const args = [
      'build',
      '--ssh',
      'default',
      '--build-arg',
      `KEY=${key}`,
      '--provenance=false',
      '--json',
      record,
      '--markdown',
      markdown,
      join(folder.path, 'context'),
    ]
    const env = {
      DOCKER_HOST: host,
      BUILDX_BUILDER: 'default',
      SSH_AUTH_SOCK: agent.socket,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
    }
    const ran = await footprint(args, { env })
    expect(ran.stderr).not.toContain('stage-footprint:')
    expect(ran.status).toBe(0)
    const text = await readFile(record, 'utf8')
    const [image] = parseRecord(text, 'record').images
    expect(image?.matchesShipped).toBe(true)
    const [build, final] = image?.stages ?? []
    const step = build?.layers.at(-1)
    expect(step?.instruction).toEqual({ text: `RUN --mount=type=ssh ${asks}`, line: 7, endLine: 7 })
    expect(step?.contents?.files).toMatchObject([{ path: 'asked', fileBytes: 37 }])
    expect(final?.layers.map(({ fileBytes }) => fileBytes)).toEqual([74])
    for (const said of [ran.stdout, text, await readFile(markdown, 'utf8')]) {
      expect(said).toContain('RUN --mount=type=ssh')
      for (const secret of [
        agent.socket,
        type,
        key,
        comment,
        ...agent.privateKey.split('\n').filter((line) => line !== ''),
      ])
        expect(said).not.toContain(secret)
    }
    // The plan does not show it either.
    const { stdout: plan } = await footprint(['build', '--print', ...args.slice(1)], { env })
    expect(plan).toContain('"--ssh"')
    for (const secret of [agent.socket, key]) expect(plan).not.toContain(secret)
    expect(await agent.keys()).toBe(`${agent.publicKey.join(' ')}\n`)
    expect(await processesLeft('SSH_AUTH_SOCK', agent.socket)).toEqual([])
  })

  test('the action takes an SSH agent from the input ssh, and reports a missing agent', async () => {
    await using agent = await sshAgent()
    await using folder = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/busybox': busybox,
      ...(await programFiles('ssh-add')),
    })
    const inputs = { context: '.', ssh: 'default', 'build-args': `KEY=${agent.publicKey[1]}`, provenance: 'false' }
    const env = { DOCKER_HOST: host, BUILDX_BUILDER: 'default', XDG_CACHE_HOME: join(folder.path, 'cache') }
    const without = await runAction(join(folder.path, 'context'), inputs, { env: { ...env, SSH_AUTH_SOCK: undefined } })
    expect([without.status, without.stdout]).toEqual([1, expect.stringMatching(/^::error[^\n]*SSH/im)])
    const step = await runAction(join(folder.path, 'context'), inputs, { env: { ...env, SSH_AUTH_SOCK: agent.socket } })
    expect([step.status, step.outputs['final-file-bytes']]).toEqual([0, '74'])
    expect(step.summary).not.toContain(agent.socket)
    expect(step.left.filter((name) => !name.startsWith('stage-footprint'))).toEqual([])
  })
})
