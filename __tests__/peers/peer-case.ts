/** Sets of inputs for docker/build-push-action or docker/bake-action, and for us in their place. */

/** The situation in which a set of inputs is tried. */
export interface Surroundings {
  /** In addition to the runner's own variables. */
  readonly env?: Readonly<Record<string, string>>
  /** Payload of the event that started the run. The default is a public repository. */
  readonly event?: unknown
  /** Output of `docker buildx inspect`. The default is a docker-container builder with a current BuildKit. */
  readonly builder?: keyof typeof builders
  /** Version of buildx. The default is a current one. */
  readonly buildx?: string
  /** Files in the workspace, beside an empty Dockerfile. */
  readonly files?: Readonly<Record<string, string>>
  /** Output of `docker buildx bake --print`. */
  readonly definition?: unknown
  /** What the user's own call does. */
  readonly call?: {
    readonly status?: number
    readonly stdout?: string
    readonly stderr?: string
    readonly metadata?: unknown
  }
  /** A difference on purpose: the lines that are only theirs, and those that are only ours. */
  readonly differs?: { readonly why: string; readonly theirs: readonly string[]; readonly ours: readonly string[] }
}

export interface PeerCase extends Surroundings {
  /** Unique in its table. */
  readonly name: string
  /** Inputs of the action. Defaults of action.yml are filled in. */
  readonly inputs: Readonly<Record<string, string>>
}

/** Cases that are named after their inputs. */
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

/** What differs in every call and is not compared, with the reason. */
export const alwaysDiffers = [
  'The metadata file has another name. There is no image-id file, since buildx refuses it with some outputs: imageid is read from the metadata.',
  'Values of secrets are passed through the environment, and not in files: the values are compared.',
  'Bake may read and write files anywhere: by --allow fs=* there, by BUILDX_BAKE_ENTITLEMENTS_FS=0 here, which older versions of buildx ignore.',
  'BUILDX_BAKE_GIT_AUTH_TOKEN is set only for a remote definition, and not for every bake.',
  'BUILDX_METADATA_PROVENANCE=max is set here: the layers of all stages are read from our own metadata file. Nothing is attached to the image.',
  'After a bake of a single image, imageid and digest are set too.',
] as const
