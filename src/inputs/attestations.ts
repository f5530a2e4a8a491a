/** `provenance`, `sbom` and `attests` as docker/build-push-action turns them into flags. */
import { runUrl } from './git-context.ts'
import { csvField, csvFields } from './input-list.ts'
import type { Environment } from './inputs.ts'

export interface AttestationInputs {
  readonly provenance: string
  readonly sbom: string
  readonly attests: readonly string[]
  readonly outputs: readonly string[]
  readonly load: boolean
}

/** @param isPrivate whether the repository is: then provenance says less by default. */
export function attestationFlags(inputs: AttestationInputs, env: Environment, isPrivate: boolean): string[] {
  const { sbom, attests } = inputs
  const provenance = provenanceOf(inputs, env, isPrivate)
  const attestations: string[] = []
  if (provenance !== null) attestations.push(provenance)
  if (sbom !== '') attestations.push(`type=sbom,${withoutBooleans('sbom', sbom)}`)
  for (const attest of attests) {
    if (isOfType('provenance', attest)) {
      // The inputs of their own win.
      if (inputs.provenance === '') attestations.push(withBuilderId('attests', attest, env))
    } else if (isOfType('sbom', attest)) {
      if (sbom === '') attestations.push(attest)
    } else {
      attestations.push(withoutBooleans('attests', attest))
    }
  }
  return attestations.flatMap((attestation) => ['--attest', attestation])
}

function provenanceOf(inputs: AttestationInputs, env: Environment, isPrivate: boolean): string | null {
  const { provenance, attests, outputs, load } = inputs
  if (provenance !== '') {
    const attributes = /^(true|True|TRUE)$/.test(provenance)
      ? `builder-id=${runUrl(env)}`
      : /^(false|False|FALSE)$/.test(provenance)
        ? 'false'
        : withBuilderId('provenance', provenance, env)
    return `type=provenance,${withoutBooleans('provenance', attributes)}`
  }
  const unwanted =
    attests.some((attest) => isOfType('provenance', attest)) ||
    isTrue(env['BUILDX_NO_DEFAULT_ATTESTATIONS']) ||
    // The image store of the classic engine holds no attestations.
    load ||
    outputs.some((output) => isOfType('docker', output)) ||
    // Without a run there is no builder to name: buildx has a default of its own.
    !env['GITHUB_REPOSITORY']
  if (unwanted) return null
  return withBuilderId('provenance', isPrivate ? 'type=provenance,mode=min,inline-only=true' : 'type=provenance,mode=max', env)
}

function withBuilderId(input: string, attributes: string, env: Environment): string {
  const named = csvFields(input, attributes).some((field) => /^\s*builder-id\s*=/.test(field))
  return named ? attributes : `${attributes},builder-id=${runUrl(env)}`
}

/** `true` and `false` among attributes say `disabled=false` and `disabled=true`. */
function withoutBooleans(input: string, attributes: string): string {
  return csvFields(input, attributes)
    .map((field) => {
      if (/^(1|t|T|true|TRUE|True)$/.test(field)) return 'disabled=false'
      return /^(0|f|F|false|FALSE|False)$/.test(field) ? 'disabled=true' : csvField(field)
    })
    .join(',')
}

/** Whether `type=…` is among the attributes. */
function isOfType(type: string, attributes: string): boolean {
  return attributes.split(',').some((field) => {
    const [key = '', value = ''] = field.replaceAll('"', '').split('=')
    return key.trim() === 'type' && value.trim() === type
  })
}

const isTrue = (value: string | undefined): boolean => /^(1|t|T|true|TRUE|True)$/.test(value ?? '')
