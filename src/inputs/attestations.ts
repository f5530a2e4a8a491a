/** Turns `provenance`, `sbom` and `attests` into flags, as docker/build-push-action does. */
import { goBoolean, isSwitchedOn } from './boolean-input.ts'
import { runUrl } from './git-context.ts'
import { csvField, csvFields } from './input-list.ts'
import type { Environment } from './inputs.ts'

/** The inputs that determine the attestations. */
export interface AttestationInputs {
  readonly provenance: string
  readonly sbom: string
  readonly attests: readonly string[]
  readonly outputs: readonly string[]
  readonly load: boolean
}

/** Returns the flags for the attestations that the inputs ask for. */
export function attestationFlags(inputs: AttestationInputs, env: Environment): string[] {
  const { sbom, attests } = inputs
  const attestations: string[] = []
  if (inputs.provenance !== '')
    attestations.push(`type=provenance,${withoutBooleans('provenance', provenanceOf(inputs.provenance, env))}`)
  if (sbom !== '') attestations.push(`type=sbom,${withoutBooleans('sbom', sbom)}`)
  for (const attest of attests) {
    if (isOfType('provenance', attest)) {
      // The inputs `provenance` and `sbom` take precedence over `attests`.
      if (inputs.provenance === '') attestations.push(withBuilderId('attests', attest, env))
    } else if (isOfType('sbom', attest)) {
      if (sbom === '') attestations.push(attest)
    } else {
      attestations.push(withoutBooleans('attests', attest))
    }
  }
  return attestations.flatMap((attestation) => ['--attest', attestation])
}

/** Returns whether a provenance attestation may be added by default. */
export function leavesProvenanceOpen({ provenance, attests, outputs, load }: AttestationInputs): boolean {
  if (provenance !== '' || attests.some((attest) => isOfType('provenance', attest))) return false
  // The image store of the classic engine does not support attestations.
  return !load && !outputs.some((output) => isOfType('docker', output))
}

/**
 * Returns the provenance that docker/build-push-action and docker/bake-action attach by default, as `--attest` takes
 * it. It may only be used if the builder supports attestations (`takesDefaultAttestations`).
 *
 * @param isPrivate whether the repository is private, in which case the provenance contains less
 * @returns null if the environment forbids it, or if there is no workflow run to name as the builder
 */
export function defaultProvenance(env: Environment, isPrivate: boolean): string | null {
  if (isSwitchedOn(env, 'BUILDX_NO_DEFAULT_ATTESTATIONS') || !env['GITHUB_REPOSITORY']) return null
  return withBuilderId(
    'provenance',
    isPrivate ? 'type=provenance,mode=min,inline-only=true' : 'type=provenance,mode=max',
    env,
  )
}

/**
 * Returns a non-empty input `provenance` as attributes. The run is named as the builder, unless the input names one.
 */
export function provenanceOf(provenance: string, env: Environment): string {
  if (/^(true|True|TRUE)$/.test(provenance)) return `builder-id=${runUrl(env)}`
  if (/^(false|False|FALSE)$/.test(provenance)) return 'false'
  return withBuilderId('provenance', provenance, env)
}

function withBuilderId(input: string, attributes: string, env: Environment): string {
  const named = csvFields(input, attributes).some((field) => /^\s*builder-id\s*=/.test(field))
  return named ? attributes : `${attributes},builder-id=${runUrl(env)}`
}

/** Replaces `true` and `false` among the attributes with `disabled=false` and `disabled=true`. */
function withoutBooleans(input: string, attributes: string): string {
  return csvFields(input, attributes)
    .map((field) => {
      const wanted = goBoolean(field)
      return wanted === null ? csvField(field) : `disabled=${!wanted}`
    })
    .join(',')
}

/** Returns whether `type=…` is among the attributes. */
function isOfType(type: string, attributes: string): boolean {
  return attributes.split(',').some((field) => {
    const [key = '', value = ''] = field.replaceAll('"', '').split('=')
    return key.trim() === 'type' && value.trim() === type
  })
}
