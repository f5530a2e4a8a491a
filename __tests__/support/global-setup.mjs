/**
 * Makes a folder for the caches of all test files, and makes the programs that tests start thousands of times start
 * faster. What they do afterwards stays the same.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export default function (_globalConfig, { cacheDirectory }) {
  process.env.STAGE_FOOTPRINT_TEST_CACHES = mkdtempSync(join(tmpdir(), 'sf-caches-'))
  // Node keeps the compiled code of the bundles there, and of Jest itself for its workers.
  process.env.NODE_COMPILE_CACHE ??= join(cacheDirectory, 'compiled')
  // The client and its plugin, written in Go, collect garbage several times while they start, from a heap of a few MB.
  process.env.GOGC ??= '400'
  // The configuration of a private engine's client is the tests' own. That of another engine is the user's.
  if (!process.env.STAGE_FOOTPRINT_REGISTRY) return
  const installed = '{{range .ClientInfo.Plugins}}{{if eq .Name "buildx"}}{{.Path}}{{end}}{{end}}'
  shortenStart(process.env.DOCKER_CONFIG, () =>
    execFileSync('docker', ['info', '--format', installed], { encoding: 'utf8' }).trim(),
  )
  const newest = process.env.STAGE_FOOTPRINT_BUILDX
  if (newest) shortenStart(newest, () => realpathSync(join(newest, 'cli-plugins/docker-buildx')))
}

/**
 * Before each call of a plugin the client asks it for a description, for which the plugin starts once more: 45 ms of
 * processor time with buildx. A script in this configuration gives the same answer, and becomes the plugin for every
 * other call.
 */
function shortenStart(config, find) {
  const place = join(config, 'cli-plugins/docker-buildx')
  // Another run with this engine made it already.
  if (existsSync(place) && !lstatSync(place).isSymbolicLink()) return
  const plugin = find()
  const description = execFileSync(plugin, ['docker-cli-plugin-metadata'], { encoding: 'utf8' }).trim()
  const script = [
    '#!/bin/sh',
    `[ "$1" != docker-cli-plugin-metadata ] || { printf '%s\\n' ${quoted(description)}; exit; }`,
    `exec ${quoted(plugin)} "$@"`,
  ]
  mkdirSync(join(config, 'cli-plugins'), { recursive: true })
  writeFileSync(`${place}.new`, `${script.join('\n')}\n`, { mode: 0o755 })
  renameSync(`${place}.new`, place)
}

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`
