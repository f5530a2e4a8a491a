/** Sets of inputs that are given to docker/build-push-action or docker/bake-action, and to us in their place. */

/** What a set of inputs is tried with. */
export interface Surroundings {
  /** Beyond the runner's own. */
  readonly env?: Readonly<Record<string, string>>
  /** Payload of the event that started the run; a public repository if not given. */
  readonly event?: unknown
  /** What `docker buildx inspect` says; a docker-container builder with a current BuildKit if not given. */
  readonly builder?: keyof typeof builders
  /** Version of buildx; a current one if not given. */
  readonly buildx?: string
  /** In the workspace, beside an empty Dockerfile. */
  readonly files?: Readonly<Record<string, string>>
  /** What `docker buildx bake --print` gives. */
  readonly definition?: unknown
  /** What the user's own call does. */
  readonly call?: {
    readonly status?: number
    readonly stdout?: string
    readonly stderr?: string
    readonly metadata?: unknown
  }
  /** A difference on purpose: the lines that are only theirs, and only ours. */
  readonly differs?: { readonly why: string; readonly theirs: readonly string[]; readonly ours: readonly string[] }
}

export interface PeerCase extends Surroundings {
  /** Unique in its table. */
  readonly name: string
  /** Of the action; what action.yml has as default is filled in. */
  readonly inputs: Readonly<Record<string, string>>
}

/** Sets of inputs that go by what they are. */
export function named(
  sets: readonly (readonly [inputs: PeerCase['inputs'], surroundings?: Surroundings])[],
): readonly PeerCase[] {
  return sets.map(([inputs, surroundings = {}]) => ({
    name:
      Object.entries(inputs)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ') || 'nothing',
    inputs,
    ...surroundings,
  }))
}

const builder = (driver: string, version: string | null): string =>
  `Name:          one\nDriver:        ${driver}\n\nNodes:\nName:             one0\nEndpoint:         unix:///var/run/docker.sock\nStatus:           running\n${version === null ? '' : `BuildKit version: ${version}\n`}Platforms:        linux/amd64\n`

export const builders = {
  container: builder('docker-container', 'v0.34.2'),
  'container-old': builder('docker-container', 'v0.10.6'),
  'container-unknown': builder('docker-container', null),
  docker: builder('docker', 'v0.25.1'),
  'docker-moby': builder('docker', 'v0.25.1-moby'),
} as const

/** What differs in every call, and is left out of the comparison; each with its reason. */
export const alwaysDiffers = [
  'The metadata file and the image-id file have other names, and buildx refuses the latter beside some outputs: imageid is read from the metadata, as the client writes it there.',
  'Values of secrets go through the environment, where the others write them to files: both are told by their value.',
  'Bake may read and write files anywhere: by --allow fs=* there, by BUILDX_BAKE_ENTITLEMENTS_FS=0 here, which an older buildx does not stumble over.',
  'BUILDX_BAKE_GIT_AUTH_TOKEN is set for a definition at an address only, and not for every bake.',
  'BUILDX_METADATA_PROVENANCE=max is set here: the layers of all stages are read from our own metadata file. Nothing is attached to the image.',
  'After a bake of one image imageid and digest are set, too.',
] as const
