/**
 * Three projects with an update of their dependencies: a Python, a Node and a Go one. Their files are in
 * `fixtures/dependency-updates`; what is here are the dependencies, their lock files, and the images that they build on.
 */
import { cp, mkdir, readFile, readdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { succeed } from './program.ts'
import {
  goMod,
  goProxy,
  goSum,
  javaScript,
  lockedRequirements,
  npmFolder,
  npmLock,
  python,
  source,
  wheelFolder,
  type Bytes,
  type GoModule,
  type NpmPackage,
  type Placed,
  type Texts,
  type Wheel,
} from './package-stores.ts'

export interface UpdatedProject {
  readonly name: 'python' | 'node' | 'go'
  /** The files of the base revision, and those that the update changes. */
  readonly before: Texts
  readonly after: Texts
}

const fixtures = join(import.meta.dirname, '../fixtures/dependency-updates')

const wheel = (name: string, version: string, files: Texts, needs: readonly string[] = []): Wheel => ({
  name,
  version,
  files,
  needs,
})

const compat = wheel('typecompat', '4.12.2', { 'typecompat.py': python(120_000) })
const wheels = {
  before: [
    wheel('httpwire', '1.4.0', { 'httpwire/__init__.py': python(90_000), 'httpwire/idna.py': python(60_000) }, [
      'puny_idna (==3.7)',
    ]),
    wheel('puny_idna', '3.7', { 'puny_idna/__init__.py': python(40_000) }),
    wheel('quickjson', '3.9.15', {
      'quickjson/__init__.py': python(8_000),
      'quickjson/_speedups.so': source(300_000, (_, words) => words),
      'quickjson.libs/libsimd-1a2b3c4d.so.1': source(500_000, (_, words) => words),
    }),
    compat,
  ],
  after: [
    wheel('httpwire', '2.0.1', { 'httpwire/__init__.py': python(210_000), 'httpwire/_h2.py': python(70_000) }, [
      'h2frames (==6.1.0)',
    ]),
    wheel('h2frames', '6.1.0', { 'h2frames/__init__.py': python(150_000) }),
    wheel('quickjson', '3.10.7', {
      'quickjson/__init__.py': python(9_000),
      'quickjson/_speedups.so': source(420_000, (_, words) => words),
      'quickjson.libs/libsimd-9f8e7d6c.so.1': source(1_100_000, (_, words) => words),
    }),
    compat,
  ],
} as const

const npm = (name: string, version: string, bytes: number, dependencies: Texts = {}): NpmPackage => ({
  name,
  version,
  files: { 'index.js': javaScript(bytes), 'README.md': source(2_000, (_, words) => words) },
  dependencies,
})

const manifest = (dependencies: Texts, devDependencies: Texts): object => ({
  name: 'shop',
  version: '1.0.0',
  scripts: { build: 'minibuild src dist' },
  dependencies,
  devDependencies,
})

const builder = (version: string, bytes: number): NpmPackage => {
  const made = npm('minibuild', version, bytes)
  const program = "#!/usr/bin/env node\nrequire('fs').cpSync(process.argv[2], process.argv[3], { recursive: true })\n"
  return { ...made, files: { ...made.files, 'bin.js': program }, bin: { minibuild: 'bin.js' } }
}

const format = npm('wire-format', '1.4.2', 35_000)
const matchOne = npm('path-match', '1.0.3', 21_000)
const matchTwo = npm('path-match', '2.1.0', 48_000)
const npmSide = {
  before: {
    manifest: manifest(
      { '@shop/logger': '2.0.4', minirouter: '4.18.2', 'path-match': '1.0.3' },
      { minibuild: '0.21.5' },
    ),
    placed: [
      ['@shop/logger', npm('@shop/logger', '2.0.4', 64_000, { 'wire-format': '1.4.2' })],
      ['minibuild', builder('0.21.5', 900_000), 'dev'],
      ['minirouter', npm('minirouter', '4.18.2', 110_000, { 'path-match': '1.0.3' })],
      ['path-match', matchOne],
      ['wire-format', format],
    ] satisfies readonly Placed[],
  },
  after: {
    manifest: manifest(
      { '@shop/logger': '2.1.0', minirouter: '5.0.1', 'path-match': '1.0.3' },
      { minibuild: '0.25.0' },
    ),
    placed: [
      ['@shop/logger', npm('@shop/logger', '2.1.0', 83_000, { '@shop/colors': '1.0.0' })],
      ['@shop/colors', npm('@shop/colors', '1.0.0', 17_000)],
      ['minibuild', builder('0.25.0', 1_900_000), 'dev'],
      ['minirouter', npm('minirouter', '5.0.1', 260_000, { 'path-match': '2.1.0' })],
      ['minirouter/node_modules/path-match', matchTwo],
      ['path-match', matchOne],
    ] satisfies readonly Placed[],
  },
} as const

const module = (name: string, version: string, bytes: number, text: string, needs: Texts = {}): GoModule => ({
  name,
  version,
  files: { [`${name.split('/').at(-1) ?? ''}.go`]: text, 'table.txt': source(bytes, (_, words) => words) },
  needs,
})

const table = '//go:embed table.txt\nvar table string\n'
const codec = (version: string, bytes: number): GoModule =>
  module(
    'example.com/codec',
    version,
    bytes,
    `package codec\n\nimport _ "embed"\n\n${table}\nfunc Find(name string) string {\n\tfor at := range table {\n\t\tif table[at:at+len(name)] == name {\n\t\t\treturn table[:at]\n\t\t}\n\t}\n\treturn table\n}\n`,
  )
const kv = (version: string, bytes: number, codecVersion: string): GoModule =>
  module(
    'example.com/kv',
    version,
    bytes,
    `package kv\n\nimport (\n\t_ "embed"\n\n\t"example.com/codec"\n)\n\n${table}\nfunc Get(name string) string { return codec.Find(name) + table }\n`,
    { 'example.com/codec': codecVersion },
  )
const log = module(
  'example.com/log',
  'v1.0.0',
  20_000,
  'package log\n\nfunc Line(text string) string { return text + "\\n" }\n',
)
const goModules = {
  before: [codec('v0.9.1', 150_000), kv('v1.2.0', 400_000, 'v0.9.1'), log],
  after: [codec('v0.10.0', 380_000), kv('v1.5.0', 1_300_000, 'v0.10.0'), log],
} as const
const goNeeds = (modules: readonly GoModule[]): Texts =>
  Object.fromEntries(modules.map(({ name, version }) => [name, version]))

const locks = {
  python: (side: 'before' | 'after'): Texts => ({ 'requirements.txt': lockedRequirements(wheels[side]) }),
  node: (side: 'before' | 'after'): Texts => {
    const { manifest: fields, placed } = npmSide[side]
    return { 'package.json': `${JSON.stringify(fields, null, 2)}\n`, 'package-lock.json': npmLock(fields, placed) }
  },
  go: (side: 'before' | 'after'): Texts => ({
    'go.mod': goMod({ name: 'example.com/server', needs: goNeeds(goModules[side]) }),
    'go.sum': goSum(goModules[side]),
  }),
}

/** @param from where the images of `makeBases` are */
export async function updatedProject(name: UpdatedProject['name'], from: string): Promise<UpdatedProject> {
  const folder = join(fixtures, name)
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const files = await Promise.all(
    paths.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      return [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const
    }),
  )
  const before = { ...Object.fromEntries(files), ...locks[name]('before') }
  const dockerfile = before['Dockerfile'] ?? ''
  return {
    name,
    before: { ...before, Dockerfile: dockerfile.replaceAll(/^FROM (?!scratch)/gm, `FROM ${from}/`) },
    after: locks[name]('after'),
  }
}

/**
 * Builds the images that a project builds on, in the engine. They hold the tools of this machine, and a store with the
 * packages of both revisions in place of a network.
 *
 * @returns their names
 */
export async function makeBases(name: UpdatedProject['name'], folder: string, to: string): Promise<readonly string[]> {
  const { stores, tags, dockerfile } = bases[name]
  await put(folder, { Dockerfile: Buffer.from(dockerfile), ...stores })
  await copyTools[name](folder)
  for (const tag of tags) {
    const target = tag.replace(/[:.]/g, '-')
    const output = `type=image,name=${to}/${tag},compression=gzip,compression-level=1`
    await succeed('docker', [
      'buildx',
      'build',
      '--quiet',
      '--provenance=false',
      `--target=${target}`,
      `--output=${output}`,
      folder,
    ])
  }
  return tags.map((tag) => `${to}/${tag}`)
}

async function put(folder: string, files: Bytes): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

const below = (folder: string, files: Bytes): Bytes =>
  Object.fromEntries(Object.entries(files).map(([path, bytes]) => [`${folder}/${path}`, bytes]))

const bases = {
  python: {
    tags: ['python:3.13', 'python:3.13-slim'],
    stores: below('wheels', wheelFolder([...wheels.before, ...wheels.after])),
    dockerfile: `FROM python:3.13 AS python-3-13
COPY wheels /opt/wheels
RUN printf '[global]\\nno-index = true\\nfind-links = /opt/wheels\\n' >/etc/pip.conf
FROM python:3.13-slim AS python-3-13-slim
`,
  },
  node: {
    tags: ['node:24', 'node:24-slim'],
    stores: below('packages', npmFolder([...npmSide.before.placed, ...npmSide.after.placed].map(([, of]) => of))),
    dockerfile: `FROM python:3.13-slim AS node-24-slim
COPY node /usr/local/bin/
FROM node-24-slim AS node-24
COPY npm /usr/local/lib/node_modules/npm
RUN --mount=source=packages,target=/packages ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && npm cache add /packages/*.tgz
ENV npm_config_offline=true npm_config_update_notifier=false
`,
  },
  go: {
    tags: ['golang:1'],
    stores: below('proxy', goProxy([...goModules.before, ...goModules.after])),
    dockerfile: `FROM python:3.13-slim AS golang-1
COPY go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH GOPROXY=file:///opt/proxy GOTOOLCHAIN=local
RUN CGO_ENABLED=0 go build -trimpath os embed
COPY proxy /opt/proxy
`,
  },
} as const

const copyTools: Readonly<Record<UpdatedProject['name'], (folder: string) => Promise<void>>> = {
  python: () => Promise.resolve(),
  node: async (folder) => {
    await cp(process.execPath, join(folder, 'node'))
    // npm beside the program on the PATH: what its own settings name as the global folder may be another one.
    const npm = await realpath((await succeed('sh', ['-c', 'command -v npm'])).trim())
    await cp(join(dirname(npm), '..'), join(folder, 'npm'), { recursive: true })
  },
  // The compiler and the standard library, without their tests.
  go: async (folder) => {
    const root = (await succeed('go', ['env', 'GOROOT'])).trim()
    const tools = /\/pkg\/tool\/[^/]+\/(?!compile$|link$|asm$|buildid$)/
    await cp(root, join(folder, 'go'), {
      recursive: true,
      filter: (path) =>
        !/\/(testdata|test|doc|misc|api|lib)$|_test\.go$|\/src\/cmd$|\/bin\/gofmt$/.test(path) && !tools.test(path),
    })
  },
}
