/**
 * What script/with-engine sets up for the tests beside the engine, and not everywhere. Where it is not there the
 * tests that need it are skipped: script/test counts them and says what is missing.
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from '@jest/globals'

const onPath = (program: string): string =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path)) ?? ''

/** Each but the last ones by the variable that names it; script/with-engine --help tells how it comes about. */
export const rig = {
  registry: process.env['STAGE_FOOTPRINT_REGISTRY'] ?? '',
  buildKit: process.env['STAGE_FOOTPRINT_BUILDKIT_HOST'] ?? '',
  /** Another one, for the test file that deletes what was built. */
  prunedBuildKit: process.env['STAGE_FOOTPRINT_PRUNED_BUILDKIT_HOST'] ?? '',
  /** For builders of the docker-container driver. */
  buildKitConfig: process.env['STAGE_FOOTPRINT_BUILDKIT_CONFIG'] ?? '',
  /** A DOCKER_CONFIG with the buildx that is newest. */
  buildx: process.env['STAGE_FOOTPRINT_BUILDX'] ?? '',
  overlay2: process.env['STAGE_FOOTPRINT_OVERLAY2_HOST'] ?? '',
  crane: process.env['STAGE_FOOTPRINT_CRANE'] ?? '',
  sshAgent: onPath('ssh-agent'),
  python: onPath('python3'),
  /** Judges of what is in a package. */
  dpkg: onPath('dpkg'),
  go: onPath('go'),
  gem: onPath('gem'),
  rpmbuild: onPath('rpmbuild'),
  /** Shells whose completion is tried. */
  zsh: onPath('zsh'),
  fish: onPath('fish'),
  /** To mount a small disk. */
  root: process.getuid?.() === 0 ? 'root' : '',
} as const

export type Part = keyof typeof rig

const isThere = (parts: readonly Part[]): boolean => parts.every((part) => rig[part] !== '')

/** `describe` where these parts are there, `describe.skip` elsewhere. */
export const describeWith = (...parts: readonly Part[]): typeof describe.skip =>
  isThere(parts) ? describe : describe.skip

/** `test` where these parts are there, `test.skip` elsewhere. */
export const testWith = (...parts: readonly Part[]): typeof test.skip => (isThere(parts) ? test : test.skip)
