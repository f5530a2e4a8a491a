/**
 * Passes a build argument, a secret and a registry password through everything that we do. Nothing may show their
 * values.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { blobs, tarOf } from '../support/layouts.ts'
import { folderWith, footprint, requireEngine, type Ran } from '../support/program.ts'
import { testRegistry } from '../support/registry.ts'
import { runAction, type Step } from '../support/runner.ts'

beforeAll(() => void requireEngine())

const busybox = await readFile('/bin/busybox')

// The argument gets into steps, history and settings, but not into a path; the secret is read and not stored.
const dockerfile = `FROM scratch AS build
COPY busybox /bin/busybox
ARG MARKED
ARG WHERE
RUN --mount=type=secret,id=marked ["/bin/busybox", "sh", "-c", "test -s /run/secrets/marked && echo \${#MARKED} > /length"]
ENV KEPT=$MARKED
COPY hello /hello
FROM scratch
ARG MARKED
COPY --from=build /length /
LABEL x=$MARKED y=https://example.com/$MARKED
`
const bakeFile = `target "default" {
  args = { MARKED = "from-the-file" }
  secret = ["id=marked,env=SF_MARKED_SECRET"]
}
`

interface Marks {
  readonly argument: string
  readonly secret: string
  readonly password: string
  readonly address: string
  /** This mark is in a label, which is published with the image. Records do not need it. */
  readonly label: string
}

/** Marks made of letters, and marks with special characters of a shell, JSON, URLs, patterns and Markdown. */
const shapes: readonly ((random: string) => string)[] = [
  (random) => `mark${random}`,
  (random) => `m${random}$&"'\\*<b>%41|x`,
]
const marksOf = (shape: (random: string) => string): Marks => {
  const mark = (): string => shape(randomBytes(8).toString('hex'))
  return {
    argument: mark().replace(/[\\"'$|<>*]/g, '-'),
    secret: mark(),
    password: mark(),
    address: `mark${randomBytes(8).toString('hex')}`,
    label: `mark${randomBytes(8).toString('hex')}`,
  }
}

/** The forms that a mark takes when something encodes it. */
function formsOf({ argument, secret, password, address }: Marks): readonly string[] {
  return [argument, secret, password, address]
    .flatMap((mark) => [
      mark,
      encodeURIComponent(mark),
      JSON.stringify(mark).slice(1, -1),
      Buffer.from(mark).toString('base64').replace(/=*$/, '').slice(0, -2),
    ])
    .concat(Buffer.from(`me:${password}`).toString('base64').replace(/=*$/, ''))
}

/** Returns every file below a folder by its path, unpacked if it is compressed. */
async function filesBelow(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        const bytes = await readFile(path)
        return [path, `${path}\n${unpackedIfPacked(bytes).toString('latin1')}`] as const
      }),
  )
}

/**
 * Unpacks gzip and zstd. Index files begin with digests, so two bytes are not enough to recognise gzip: one such file
 * in 65,536 begins with them by chance.
 */
function unpackedIfPacked(bytes: Buffer): Buffer {
  if (bytes.length > 18 && bytes.readUIntBE(0, 3) === 0x1f8b08) return gunzipSync(bytes)
  if (bytes.length > 4 && bytes.readUInt32LE(0) === 0xfd2fb528) return zstdDecompressSync(bytes)
  return bytes
}

interface Told {
  readonly where: string
  readonly text: string
}

/** Removes the masks, which tell the values to the runner and to nobody else. */
const withoutMasks = (text: string): string => text.replace(/^::add-mask::.*$/gm, '')
/** Removes the builder’s own messages, which show steps, addresses and errors unchanged. */
const withoutProgress = (text: string): string => text.replace(/^(?:#\d+| >|ERROR:) .*$/gm, '')

const ofRun = (what: string, { stdout, stderr }: Ran): readonly Told[] => [
  { where: `${what}, standard output`, text: withoutProgress(withoutMasks(stdout)) },
  { where: `${what}, standard error`, text: withoutProgress(stderr) },
]

async function ofStep(what: string, step: Step): Promise<readonly Told[]> {
  const files = await Promise.all(
    (['record', 'markdown'] as const).map(async (name) => ({
      where: `${what}, ${name}`,
      text: step.outputs[name] ? await step.read(step.outputs[name]) : '',
    })),
  )
  return [
    ...ofRun(what, step),
    ...files,
    { where: `${what}, summary`, text: step.summary },
    { where: `${what}, outputs`, text: JSON.stringify(step.outputs) },
    { where: `${what}, outputs as they are`, text: Object.values(step.outputs).join('\n') },
  ]
}

describe.each(shapes.map((shape) => [shape('RANDOM'), shape] as const))('secrets such as %s', (_, shape) => {
  test('are in no output, log, file or record', async () => {
    const marks = marksOf(shape)
    await using work = await folderWith({
      'context/Dockerfile': dockerfile,
      'context/hello': 'hello',
      'context/busybox': busybox,
      'context/docker-bake.hcl': bakeFile,
      'broken/Dockerfile': 'FROM scratch\nARG MARKED\nCOPY nothing-$MARKED /\n',
      'broken/docker-bake.hcl': bakeFile,
      'unknown/Dockerfile': 'ARG MARKED\nFROM unknown-$MARKED\n',
      'none/Dockerfile': 'FROM scratch\nNOTHING $MARKED\n',
    })
    const context = join(work.path, 'context')
    const [cache, out, config, temp] = ['cache', 'out', 'config', 'temp'].map((name) => join(work.path, name)) as [
      string,
      string,
      string,
      string,
    ]
    await Promise.all([cache, out, config, temp].map((path) => mkdir(path)))
    const made = blobs()
    const image = made.image(await tarOf('a', 'hello'))
    const authorization = `Basic ${Buffer.from(`me:${marks.password}`).toString('base64')}`
    await using registry = await testRegistry(made, { latest: image.digest }, (seen, response) => {
      if (seen.url.startsWith('/token'))
        response.writeHead(200).end(JSON.stringify({ token: seen.authorization === authorization ? 'good' : 'bad' }))
      else if (seen.authorization !== 'Bearer good')
        response
          .writeHead(401, { 'www-authenticate': `Bearer realm="http://${seen.host}/token"` })
          .end(JSON.stringify({ errors: [{ message: seen.authorization }] }))
      else return false
      return true
    })
    await writeFile(
      join(config, 'config.json'),
      JSON.stringify({ auths: { [registry.address]: { auth: authorization.slice(6) } } }),
    )
    const env = {
      XDG_CACHE_HOME: cache,
      TMPDIR: temp,
      SF_MARKED_SECRET: marks.secret,
      DOCKER_CONFIG: process.env['DOCKER_CONFIG'],
    }
    const source = `docker://${registry.address}/app`
    const addressed = `https://me:${marks.address}@127.0.0.1:1/r.git#main`
    const flags = [
      '--build-arg',
      `MARKED=${marks.argument}`,
      '--build-arg',
      `WHERE=https://me:${marks.address}@example.com/`,
      '--secret',
      'id=marked,env=SF_MARKED_SECRET',
      '--label',
      `l=${marks.label}`,
    ]
    const build = {
      context: '.',
      'build-args': `MARKED=${marks.argument}\nWHERE=https://me:${marks.address}@example.com/`,
      secrets: `marked=${marks.secret}`,
      provenance: 'mode=max',
    }

    const told: Told[] = []
    const cli = async (
      what: string,
      status: number,
      args: readonly string[],
      more: Record<string, string> = {},
    ): Promise<void> => {
      const ran = await footprint(args, { cwd: context, env: { ...env, ...more } })
      told.push(...ofRun(what, ran))
      expect({ what, status: ran.status, stderr: ran.status === status ? '' : ran.stderr }).toEqual({
        what,
        status,
        stderr: '',
      })
    }
    const step = async (
      what: string,
      good: boolean,
      inputs: Readonly<Record<string, string>>,
      more: Record<string, string> = {},
      folder = context,
    ): Promise<void> => {
      await runAction(folder, inputs, { env: { ...env, ...more } }, async (ran) => {
        told.push(...(await ofStep(what, ran)))
        // The runner masks what the builder says about an address.
        if (inputs['context'] === addressed) expect(ran.stdout).toContain(`::add-mask::${marks.address}\n`)
        expect({
          what,
          good: ran.status === 0,
          said: (ran.status === 0) === good ? '' : ran.stdout + ran.stderr,
        }).toEqual({ what, good, said: '' })
        const record = ran.outputs['record']
        if (record) await writeFile(join(out, `${what.replaceAll(' ', '-')}.record.json`), await readFile(record))
      })
    }
    await cli('build', 0, [
      'build',
      ...flags,
      '--json',
      join(out, 'cli.record.json'),
      '--markdown',
      join(out, 'cli.md'),
      '.',
    ])
    await cli('plan', 0, ['build', '--print', ...flags, '.'])
    await cli('build of another context', 3, ['build', ...flags, '--quiet', join(work.path, 'broken')])
    await cli('build on an unknown image', 3, ['build', ...flags, '--quiet', join(work.path, 'unknown')])
    await cli('plan of a Dockerfile that is none', 3, ['build', '--print', ...flags, join(work.path, 'none')])
    await cli('build of an address', 3, ['build', ...flags, addressed])
    await cli('inspect', 0, ['inspect', '--json', join(out, 'inspect.record.json'), source], { DOCKER_CONFIG: config })
    await cli('inspect without its image', 2, ['inspect', `${source}:nothing`], { DOCKER_CONFIG: config })
    await step('step', true, build)
    await step('step whose build fails', false, { ...build }, {}, join(work.path, 'broken'))
    await step('step of an address', false, { ...build, context: addressed })
    await step('bake', true, {
      files: 'docker-bake.hcl',
      set: `*.args.MARKED=${marks.argument}\n*.labels.x=${marks.label}\n*.args.WHERE=https://me:${marks.address}@example.com/`,
    })
    await step(
      'bake that fails',
      false,
      { files: 'docker-bake.hcl', set: `*.args.MARKED=${marks.argument}` },
      {},
      join(work.path, 'broken'),
    )
    await step('bake with a bad override', false, {
      files: 'docker-bake.hcl',
      set: `*.args.MARKED=${marks.argument}\n*.nothing.x=${marks.label}`,
    })
    await step('images', true, { images: source }, { DOCKER_CONFIG: config })
    await cli('publish', 0, ['render', join(out, 'step.record.json')])
    await step('publish', true, { mode: 'publish', records: 'out/*.json', name: 'all' }, {}, work.path)

    const files = (await Promise.all([cache, out, temp].map(filesBelow))).flat()
    told.push(...files.map(([where, text]) => ({ where, text })))
    expect(files.filter(([, text]) => text.includes(marks.label)).map(([where]) => where)).toEqual([])
    expect(told.filter(({ text }) => text !== '').length).toBeGreaterThan(40)
    expect(
      formsOf(marks).flatMap((form) =>
        told
          .filter(({ text }) => text.includes(form))
          .map(
            ({ where, text }) =>
              `${form} in ${where}: …${text.slice(Math.max(0, text.indexOf(form) - 80), text.indexOf(form) + form.length)}`,
          ),
      ),
    ).toEqual([])
    // The registry's token server got the password, and nothing else did.
    expect(
      registry.seen.filter((seen) => seen.authorization === authorization).map(({ url }) => url.split('?')[0]),
    ).toContain('/token')
    expect(
      registry.seen.filter((seen) => seen.authorization === authorization && !seen.url.startsWith('/token')),
    ).toEqual([])
  })
})
