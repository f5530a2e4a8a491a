/**
 * What script/with-engine sets up for the tests besides the engine, and programs of this machine. A part that is missing
 * is an empty string.
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

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
  /** Finds man pages. */
  man: onPath('man'),
  /** Shells whose completion is tested. */
  zsh: onPath('zsh'),
  fish: onPath('fish'),
  chromium: process.env['CHROMIUM'] ?? (onPath('chromium') || onPath('chromium-browser') || onPath('google-chrome')),
  /** Needed to mount a small disk, and to give files to another user. */
  root: process.getuid?.() === 0 ? 'root' : '',
} as const

export type Part = keyof typeof rig

/** What to say if a part is missing. Names are those of programs; other parts are described. */
export const missing: Readonly<Record<Part, string>> = {
  registry: 'no registry: the engine is not a private one (STAGE_FOOTPRINT_ENGINE=own)',
  buildKit: 'no remote BuildKit (STAGE_FOOTPRINT_WITH_BUILDKIT)',
  prunedBuildKit: 'no second remote BuildKit (STAGE_FOOTPRINT_WITH_BUILDKIT)',
  buildKitConfig: 'no builders of the docker-container driver (STAGE_FOOTPRINT_WITH_BUILDKIT)',
  buildx: 'no newest buildx (STAGE_FOOTPRINT_WITH_BUILDKIT)',
  overlay2: 'no engine with the overlay2 store (STAGE_FOOTPRINT_WITH_OVERLAY2)',
  crane: 'no crane (STAGE_FOOTPRINT_WITH_CRANE)',
  sshAgent: 'no ssh-agent',
  python: 'no python3',
  dpkg: 'no dpkg',
  go: 'no go',
  gem: 'no gem',
  rustc: 'no rustc',
  gcc: 'no gcc',
  readelf: 'no readelf',
  rpmbuild: 'no rpmbuild',
  man: 'no man',
  zsh: 'no zsh',
  fish: 'no fish',
  chromium: 'no Chromium: the page is not tested in a browser (STAGE_FOOTPRINT_WITH_CHROMIUM)',
  root: 'not root: no small disk can be mounted, and no file given to another user',
}
