/**
 * What script/with-engine sets up for the tests besides the engine, where possible. If a part is missing, the tests
 * that need it are skipped; script/test counts them and says what is missing.
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from '@jest/globals'

const onPath = (program: string): string =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path)) ?? ''

/** Most parts are named by the variable that sets them; script/with-engine --help says how to get each part. */
export const rig = {
  registry: process.env['STAGE_FOOTPRINT_REGISTRY'] ?? '',
  buildKit: process.env['STAGE_FOOTPRINT_BUILDKIT_HOST'] ?? '',
  /** Another BuildKit, for the test file that deletes what was built. */
  prunedBuildKit: process.env['STAGE_FOOTPRINT_PRUNED_BUILDKIT_HOST'] ?? '',
  /** The BuildKit configuration for builders of the docker-container driver. */
  buildKitConfig: process.env['STAGE_FOOTPRINT_BUILDKIT_CONFIG'] ?? '',
  /** A DOCKER_CONFIG with the newest buildx. */
  buildx: process.env['STAGE_FOOTPRINT_BUILDX'] ?? '',
  overlay2: process.env['STAGE_FOOTPRINT_OVERLAY2_HOST'] ?? '',
  crane: process.env['STAGE_FOOTPRINT_CRANE'] ?? '',
  sshAgent: onPath('ssh-agent'),
  python: onPath('python3'),
  /** Tools that check the contents of a package. */
  dpkg: onPath('dpkg'),
  go: onPath('go'),
  gem: onPath('gem'),
  rustc: onPath('rustc'),
  gcc: onPath('gcc'),
  readelf: onPath('readelf'),
  rpmbuild: onPath('rpmbuild'),
  /** Shells whose completion is tested. */
  zsh: onPath('zsh'),
  fish: onPath('fish'),
  chromium: process.env['CHROMIUM'] ?? (onPath('chromium') || onPath('chromium-browser') || onPath('google-chrome')),
  /** Needed to mount a small disk, and to give files to another user. */
  root: process.getuid?.() === 0 ? 'root' : '',
} as const

export type Part = keyof typeof rig

const isThere = (parts: readonly Part[]): boolean => parts.every((part) => rig[part] !== '')

/** Returns `describe` if these parts are available, and `describe.skip` otherwise. */
export const describeWith = (...parts: readonly Part[]): typeof describe.skip =>
  isThere(parts) ? describe : describe.skip

/** Returns `test` if these parts are available, and `test.skip` otherwise. */
export const testWith = (...parts: readonly Part[]): typeof test.skip => (isThere(parts) ? test : test.skip)
