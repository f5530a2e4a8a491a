/**
 * Packages for pip, npm and Go, made here so that their bytes never change, and the stores from which the real tools
 * install them without a network. pip has a folder of wheels, npm its cache, and Go a proxy of files.
 */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { zipOf } from './zip.ts'
import { header, payload, trailer } from './tar-bytes.ts'

export type Texts = Readonly<Record<string, string>>
export type Bytes = Readonly<Record<string, Buffer>>

/** Returns about this many bytes of source text, in which no two lines are the same. */
export function source(bytes: number, line: (nth: number, words: string) => string): string {
  let [text, state] = ['', bytes]
  for (let nth = 0; text.length < bytes; nth++) {
    const words = Array.from({ length: 6 }, () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state.toString(36)
    })
    text += `${line(nth, words.join(' '))}\n`
  }
  return text
}

export const python = (bytes: number): string => source(bytes, (nth, words) => `VALUE_${nth} = "${words}"`)
export const javaScript = (bytes: number): string => source(bytes, (nth, words) => `exports.value${nth} = '${words}'`)

interface Package {
  readonly name: string
  readonly version: string
  readonly files: Texts
}

export interface Wheel extends Package {
  /** Names and versions of packages that it needs. */
  readonly needs?: readonly string[]
}

const wheelFile = ({ name, version }: Package): string => `${name}-${version}-py3-none-any.whl`

/** Returns a folder of wheels, which pip reads if `find-links` names it. */
export function wheelFolder(wheels: readonly Wheel[]): Bytes {
  return Object.fromEntries(wheels.map((wheel) => [wheelFile(wheel), wheelOf(wheel)]))
}

function wheelOf({ name, version, files, needs = [] }: Wheel): Buffer {
  const info = `${name}-${version}.dist-info`
  const metadata = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`]
  const all: Texts = {
    ...files,
    [`${info}/METADATA`]: `${[...metadata, ...needs.map((need) => `Requires-Dist: ${need}`)].join('\n')}\n\nText.\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  }
  const record = [...Object.keys(all), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  return zipOf(
    Object.entries({ ...all, [`${info}/RECORD`]: record }).map(([path, text]) => ({
      name: path,
      bytes: Buffer.from(text),
    })),
  )
}

/** Returns a list of requirements with the hash of each wheel, as `pip-compile --generate-hashes` makes it. */
export function lockedRequirements(wheels: readonly Wheel[]): string {
  return wheels
    .map((wheel) => {
      const hash = createHash('sha256').update(wheelOf(wheel)).digest('hex')
      return `${wheel.name}==${wheel.version} \\\n    --hash=sha256:${hash}\n`
    })
    .join('')
}

export interface NpmPackage extends Package {
  readonly dependencies?: Texts
  readonly bin?: Texts
}

const npmFile = ({ name, version }: Package): string => `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

/** Returns a folder of npm packages, which `npm cache add` reads. */
export function npmFolder(packages: readonly NpmPackage[]): Bytes {
  return Object.fromEntries(packages.map((one) => [npmFile(one), npmArchive(one)]))
}

function npmArchive({ name, version, files, dependencies = {}, bin = {} }: NpmPackage): Buffer {
  const manifest = `${JSON.stringify({ name, version, main: 'index.js', bin, dependencies }, null, 2)}\n`
  const parts = Object.entries({ 'package.json': manifest, ...files }).map(([path, text]) => {
    const bytes = Buffer.from(text)
    return Buffer.concat([header(`package/${path}`, bytes.length), payload(bytes)])
  })
  return gzipSync(Buffer.concat([...parts, trailer]))
}

/** A package at its place in `node_modules`. */
export type Placed = readonly [place: string, of: NpmPackage, dev?: 'dev']

/**
 * Returns a `package-lock.json`. Its addresses lead nowhere, since npm takes an archive from its cache by its hash.
 *
 * @param manifest fields of `package.json`
 */
export function npmLock(manifest: object, placed: readonly Placed[]): string {
  const packages = placed.map(([place, of, dev]): readonly [string, object] => [
    `node_modules/${place}`,
    {
      version: of.version,
      resolved: `https://registry.invalid/${of.name}/-/${npmFile(of)}`,
      integrity: `sha512-${createHash('sha512').update(npmArchive(of)).digest('base64')}`,
      ...(dev ? { dev: true } : {}),
      ...(of.bin ? { bin: of.bin } : {}),
      ...(of.dependencies ? { dependencies: of.dependencies } : {}),
    },
  ])
  const lock = { ...manifest, lockfileVersion: 3, packages: { '': manifest, ...Object.fromEntries(packages) } }
  return `${JSON.stringify(lock, null, 2)}\n`
}

export interface GoModule extends Package {
  /** Modules that it needs, with their versions. */
  readonly needs?: Texts
}

/** Returns a module proxy as a folder of files. */
export function goProxy(modules: readonly GoModule[]): Bytes {
  return Object.fromEntries(
    modules.flatMap((module) => {
      const { name, version, files } = module
      const mod = Buffer.from(goMod(module))
      const all = Object.entries({ 'go.mod': mod, ...files })
      const zip = zipOf(all.map(([path, text]) => ({ name: `${name}@${version}/${path}`, bytes: Buffer.from(text) })))
      const info = Buffer.from(JSON.stringify({ Version: version, Time: '2026-01-01T00:00:00Z' }))
      return [
        [`${name}/@v/${version}.info`, info],
        [`${name}/@v/${version}.mod`, mod],
        [`${name}/@v/${version}.zip`, zip],
      ] as const
    }),
  )
}

/** Returns a `go.mod`. */
export function goMod({ name, needs = {} }: Pick<GoModule, 'name' | 'needs'>): string {
  const lines = Object.entries(needs).map(([module, version]) => `require ${module} ${version}\n`)
  return `module ${name}\n\ngo 1.21\n\n${lines.join('')}`
}

/** Returns a `go.sum`, with the hashes that Go calls `h1`. */
export function goSum(modules: readonly GoModule[]): string {
  return modules
    .flatMap((module) => {
      const { name, version, files } = module
      const all: Texts = { 'go.mod': goMod(module), ...files }
      const ofZip = Object.entries(all).map(([path, text]) => [`${name}@${version}/${path}`, text] as const)
      return [
        `${name} ${version} ${h1(ofZip)}\n`,
        `${name} ${version}/go.mod ${h1([['go.mod', all['go.mod'] ?? '']])}\n`,
      ]
    })
    .join('')
}

function h1(files: readonly (readonly [path: string, text: string])[]): string {
  const lines = files
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, text]) => `${createHash('sha256').update(text).digest('hex')}  ${path}\n`)
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`
}
