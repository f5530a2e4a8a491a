/**
 * `npm ci` on another platform needs an entry for each optional dependency of each package, also for those that the
 * machine which made the lock file could not install.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Entry {
  readonly version?: string
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
}
type Packages = Readonly<Record<string, Entry>>

const readJson = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'))
const { packages } = readJson('package-lock.json') as { packages: Packages }

/** Where Node finds a package for the one at `from`: in its own node_modules, or in one above. */
function locate(name: string, from: string, known: Packages): string | null {
  const own = `${from === '' ? '' : `${from}/`}node_modules/${name}`
  if (own in known) return own
  const above = from.lastIndexOf('/node_modules/')
  return from === '' ? null : locate(name, above < 0 ? '' : from.slice(0, above), known)
}

/** What an installed package says about itself, which the lock file may leave out. */
function installed(path: string): Entry {
  const file = join(path, 'package.json')
  return existsSync(join(root, file)) ? (readJson(file) as Entry) : {}
}

/** What `npm ci` would not find. */
const missing = (known: Packages): readonly string[] =>
  Object.entries(known).flatMap(([path, entry]) => {
    const optional = { ...(path === '' ? {} : installed(path).optionalDependencies), ...entry.optionalDependencies }
    return [...Object.keys(optional), ...Object.keys(entry.dependencies ?? {})]
      .filter((name) => locate(name, path, known) === null)
      .map((name) => `${name} of ${path}`)
  })

test('has an entry for every dependency of every package, on every platform', () => {
  expect(missing(packages)).toEqual([])
})

test('this check finds a missing binding', () => {
  const { 'node_modules/@swc/core-darwin-arm64': left, ...others } = packages
  expect(left).toBeDefined()
  expect(missing(others)).toEqual(['@swc/core-darwin-arm64 of node_modules/@swc/core'])
})

test('every optional entry has its version and its platform', () => {
  const optional = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => locate(name, path, packages) ?? name),
  )
  const platform = /-(?:aix|android|darwin|freebsd|linux|openharmony|win32)-/
  expect(optional.filter((path) => platform.test(path)).length).toBeGreaterThan(20)
  expect(
    optional.filter((path) => {
      const { version, optional: isOptional, os, cpu } = packages[path] ?? {}
      return !version || isOptional !== true || (platform.test(path) && (!os?.length || !cpu?.length))
    }),
  ).toEqual([])
})
