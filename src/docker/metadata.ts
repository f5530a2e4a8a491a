/** The outputs of the user's build, as docker/build-push-action gives them. */
import * as v from 'valibot'
import { parseJson } from '../files.ts'
import { textBefore } from '../text.ts'
import { maskedBuildWarnings, parseBuildWarnings, type BuildWarning } from './build-warnings.ts'
import { asTheUserAsked, isProvenance, provenanceIn, type ProvenanceByPlatform } from './metadata-provenance.ts'

/** A member of another type is one that is not there. */
const text = v.fallback(v.optional(v.string()), undefined)

const MetadataSchema = v.looseObject({
  'containerimage.digest': text,
  'containerimage.config.digest': text,
  'image.name': text,
  'buildx.build.ref': text,
})

export interface BuildOutputs {
  readonly imageId: string
  readonly digest: string
  /** JSON of buildx's metadata with the values of build arguments masked. */
  readonly metadata: string
  /** Digest of the shipped image's config, where it is a single image; what weighing is checked against. */
  readonly configDigest: string | null
  /** What BuildKit's checks found, with the values of build arguments masked. */
  readonly warnings: readonly BuildWarning[]
  /** The first repository, without tag, that the image was tagged with or pushed to. */
  readonly name: string | null
  /** What is wrong with the metadata, a clause; null where it could be read. What it does not tell is empty or null. */
  readonly unreadable: string | null
  /** Of the builder's history; null where the build left none there. */
  readonly ref: string | null
  /** Never to be shown: it holds values of build arguments. */
  readonly provenance: ProvenanceByPlatform
}

/**
 * The image id is found as `--iidfile` finds it. The flag itself is not for us to add: buildx refuses it beside
 * a `local` or `tar` output, and with it the user's build.
 *
 * @param metadata text of buildx's metadata file; empty where the build wrote none
 * @param mask takes the values of build arguments out of a text
 */
export function buildOutputs(metadata: string, mask: Mask = unmasked): BuildOutputs {
  const { json, unreadable } = parseMetadata(metadata)
  return { ...outputsOf(json, mask), unreadable }
}

/** See `buildArgMask`. */
type Mask = (text: string) => string

const unmasked: Mask = (text) => text

export interface BakeOutputs {
  /** Of the one target that made an image; empty where several did, save the masked metadata of all targets. */
  readonly all: BuildOutputs
  /** By target, each that left metadata. */
  readonly targets: ReadonlyMap<string, BuildOutputs>
}

/**
 * @param metadata text of bake's metadata file, which holds that of each target by its name
 * @param mask takes the values of build arguments out of a text
 */
export function bakeOutputs(metadata: string, mask: Mask = unmasked): BakeOutputs {
  const { json: whole, unreadable } = parseMetadata(metadata)
  const targets = new Map(
    Object.entries(whole ?? {}).flatMap(([name, value]): [string, BuildOutputs][] => {
      // `buildx.build.warnings` and the like stand beside the targets, whose names hold no dot.
      const own = v.safeParse(v.record(v.string(), v.unknown()), name.includes('.') ? null : value)
      return own.success ? [[name, outputsOf(own.output, mask)]] : []
    }),
  )
  const [only, ...others] = [...targets.values()].filter(({ digest }) => digest !== '')
  const all = only && others.length === 0 ? only : outputsOf(null, mask)
  const { metadata: masked, warnings } = outputsOf(whole, mask)
  return { all: { ...all, metadata: masked, warnings, unreadable }, targets }
}

type Metadata = Readonly<Record<string, unknown>>

/** The build is fine whatever its metadata is. */
function parseMetadata(text: string): { readonly json: Metadata | null; readonly unreadable: string | null } {
  if (text.trim() === '') return { json: null, unreadable: 'the builder wrote none' }
  const value = parseJson(text)
  const parsed = v.safeParse(v.record(v.string(), v.unknown()), Array.isArray(value) ? null : value)
  return parsed.success
    ? { json: parsed.output, unreadable: null }
    : { json: null, unreadable: 'it is not a JSON object' }
}

function outputsOf(metadata: Metadata | null, mask: Mask): BuildOutputs {
  const known = v.parse(MetadataSchema, metadata ?? {})
  const digest = known['containerimage.digest'] ?? ''
  const masked = metadata === null ? null : maskBuildArgs(metadata, mask)
  return {
    imageId: known['containerimage.config.digest'] ?? digest,
    digest,
    metadata: masked === null ? '' : JSON.stringify(masked, null, 2),
    warnings: parseBuildWarnings(maskedBuildWarnings(metadata?.['buildx.build.warnings'], mask)),
    configDigest: known['containerimage.config.digest'] ?? null,
    name: repositoryOf(known['image.name'] ?? ''),
    unreadable: null,
    ref: known['buildx.build.ref'] ?? null,
    provenance: provenanceIn(metadata ?? {}),
  }
}

/** Of a target that left none. */
export const noOutputs: BuildOutputs = outputsOf(null, (value) => value)

/** @param names references, comma-separated */
function repositoryOf(names: string): string | null {
  const name = textBefore(names, ',', '@').replace(/:[^/:]*$/, '')
  return name === '' ? null : name
}

/**
 * Provenance holds values of build arguments as `build-arg:NAME` parameters and in the `env` of exec steps; warnings and
 * the answer of a `--call` hold words that BuildKit expanded.
 */
function maskBuildArgs(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((each) => maskBuildArgs(each, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (key.startsWith('build-arg:')) return [[key, '***']]
      // The config of a target that this one builds on: its history holds arguments of its own.
      if (key.startsWith('input-metadata:')) return []
      // The LLB graph of mode=max holds expanded commands and environments.
      if (key === 'buildConfig' || key === 'llbDefinition') return []
      if (isProvenance(key)) return [[key, maskBuildArgs(asTheUserAsked(inner, process.env), mask)]]
      if (key === 'buildx.build.warnings') return [[key, maskedBuildWarnings(inner, mask)]]
      if (key === 'result.json' || key === 'result.txt') return [[key, withMaskedTexts(inner, mask)]]
      return [[key, maskBuildArgs(inner, mask)]]
    }),
  )
}

function withMaskedTexts(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value)
  if (Array.isArray(value)) return value.map((each) => withMaskedTexts(each, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withMaskedTexts(inner, mask)]))
}
