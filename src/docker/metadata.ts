/** Reads the outputs of the user's build, with the same meaning as in docker/build-push-action. */
import * as v from 'valibot'
import { parseJson } from '../files.ts'
import { textBefore } from '../text.ts'
import type { Unavailable } from '../unavailable.ts'
import { wholeRecord } from '../whole-record.ts'
import { maskedBuildWarnings, parseBuildWarnings, type BuildWarning } from './build-warnings.ts'
import type { ExportedManifests } from './exported-manifests.ts'
import { asTheUserAsked, isProvenance, provenanceIn, type ProvenanceByPlatform } from './metadata-provenance.ts'

/** A member with another type counts as missing. */
const text = v.fallback(v.optional(v.string()), undefined)

const MetadataSchema = v.looseObject({
  'containerimage.digest': text,
  'containerimage.config.digest': text,
  'image.name': text,
  'buildx.build.ref': text,
})

/** The outputs of a build. */
export interface BuildOutputs {
  readonly imageId: string
  readonly digest: string
  /** JSON of buildx's metadata, with the values of build arguments masked. */
  readonly metadata: string
  /** Digest of the config of the shipped image, if it is a single image. The weighed image is compared with it. */
  readonly configDigest: string | null
  /**
   * Digest of the image's manifest, if the build's log names it beside `digest`. With attestations, `digest` is that of
   * an index.
   */
  readonly manifestDigest: string | null
  /** Findings of BuildKit's checks, with the values of build arguments masked. */
  readonly warnings: readonly BuildWarning[]
  /** The first repository, without a tag, that the image was tagged with or pushed to. */
  readonly name: string | null
  /**
   * A clause that says what is wrong with the metadata, or null if it could be read. Missing values are empty or null.
   */
  readonly unreadable: string | null
  /** Name of the build in the builder's history, or null if it left none there. */
  readonly ref: string | null
  /** Must never be shown, because it contains values of build arguments. */
  readonly provenance: ProvenanceByPlatform
}

/**
 * Returns the outputs of a build. The image ID is the same as that of `--iidfile`. We cannot add that flag ourselves,
 * because buildx rejects it together with a `local` or `tar` output, so the user's build would fail.
 *
 * @param metadata contents of buildx's metadata file, which are empty if the build wrote none, or why it cannot be read
 * @param mask removes the values of build arguments from a text
 * @param log what the build's log names
 */
export function buildOutputs(metadata: string | Unavailable, mask: Mask = unmasked, log: Log = noLog): BuildOutputs {
  const { json, unreadable } = parseMetadata(metadata)
  return { ...outputsOf(json, mask, log), unreadable }
}

type Log = Pick<ExportedManifests, 'manifestOf'>
const noLog: Log = { manifestOf: () => null }

/** See `buildArgMask`. */
type Mask = (text: string) => string

const unmasked: Mask = (text) => text

/** The outputs of a bake. */
export interface BakeOutputs {
  /**
   * The outputs of the only target that made an image. Empty if several did, except for the masked metadata of all
   * targets.
   */
  readonly all: BuildOutputs
  /** The outputs of each target that has metadata. */
  readonly targets: ReadonlyMap<string, BuildOutputs>
}

/**
 * Returns the outputs of a bake.
 *
 * @param metadata contents of bake's metadata file, which has the metadata of each target under its name
 * @param mask removes the values of build arguments from a text
 * @param log what the bake's log names
 */
export function bakeOutputs(metadata: string | Unavailable, mask: Mask = unmasked, log: Log = noLog): BakeOutputs {
  const { json: whole, unreadable } = parseMetadata(metadata)
  const targets = new Map(
    Object.entries(whole ?? {}).flatMap(([name, value]): [string, BuildOutputs][] => {
      // `buildx.build.warnings` and the like are beside the targets, whose names contain no dots.
      const own = v.safeParse(jsonObject, name.includes('.') ? null : value)
      return own.success ? [[name, outputsOf(own.output, mask, log)]] : []
    }),
  )
  const [only, ...others] = [...targets.values()].filter(({ digest }) => digest !== '')
  const all = only && others.length === 0 ? only : outputsOf(null, mask)
  const { metadata: masked, warnings } = outputsOf(whole, mask)
  return { all: { ...all, metadata: masked, warnings, unreadable }, targets }
}

type Metadata = Readonly<Record<string, unknown>>

const jsonObject = wholeRecord(v.unknown())

/** Limit for nested objects and arrays, which are masked one in another. A provenance has about twenty levels. */
const maxDepth = 200

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}

/** Parses the metadata. If it is invalid, the build has succeeded nevertheless. */
function parseMetadata(text: string | Unavailable): {
  readonly json: Metadata | null
  readonly unreadable: string | null
} {
  if (typeof text !== 'string') return { json: null, unreadable: text.why }
  if (text.trim() === '') return { json: null, unreadable: 'the builder wrote none' }
  const value = parseJson(text)
  if (isDeeperThan(maxDepth, value)) return { json: null, unreadable: `it is nested more than ${maxDepth} levels deep` }
  const parsed = v.safeParse(jsonObject, value)
  return parsed.success
    ? { json: parsed.output, unreadable: null }
    : { json: null, unreadable: 'it is not a JSON object' }
}

function outputsOf(metadata: Metadata | null, mask: Mask, log = noLog): BuildOutputs {
  const known = v.parse(MetadataSchema, metadata ?? {})
  const digest = known['containerimage.digest'] ?? ''
  const masked = metadata === null ? null : maskBuildArgs(metadata, mask)
  return {
    imageId: known['containerimage.config.digest'] ?? digest,
    digest,
    metadata: masked === null ? '' : JSON.stringify(masked, null, 2),
    warnings: parseBuildWarnings(maskedBuildWarnings(metadata?.['buildx.build.warnings'], mask)),
    configDigest: known['containerimage.config.digest'] ?? null,
    manifestDigest: log.manifestOf(digest),
    name: repositoryOf(known['image.name'] ?? ''),
    unreadable: null,
    ref: known['buildx.build.ref'] ?? null,
    provenance: provenanceIn(metadata ?? {}),
  }
}

/** The outputs of a target that has no metadata. */
export const noOutputs: BuildOutputs = outputsOf(null, (value) => value)

/** @param names references, separated by commas */
function repositoryOf(names: string): string | null {
  const name = textBefore(names, ',', '@').replace(/:[^/:]*$/, '')
  return name === '' ? null : name
}

/**
 * Masks values of build arguments. Provenance contains them as `build-arg:NAME` parameters and in the `env` of exec
 * steps. Warnings and the answer to a `--call` contain text that BuildKit expanded.
 */
function maskBuildArgs(value: unknown, mask: Mask): unknown {
  if (Array.isArray(value)) return value.map((each) => maskBuildArgs(each, mask))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (key.startsWith('build-arg:')) return [[key, '***']]
      // The config of a target that this one builds on. Its history contains arguments of its own.
      if (key.startsWith('input-metadata:')) return []
      // The LLB graph of mode=max contains expanded commands and environments.
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
