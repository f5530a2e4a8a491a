import * as v from 'valibot'

/** OCI image-spec image-index.md, "platform". Two images in one index may differ in any of these fields. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  /** For Windows: the build of the base image, such as `10.0.20348.2700`. */
  readonly 'os.version'?: string | undefined
  /** Features that the image needs from its host, such as `win32k`. */
  readonly 'os.features'?: string[] | undefined
}

/** A platform as an index or a config describes it. Any field may be missing. */
export type PartialPlatform = { readonly [Field in keyof Platform]?: Platform[Field] | undefined }

/** Length limit, in characters. Names of platforms are shorter. */
const maxWordLength = 255
const maxFeatures = 64

/** An invalid or empty value counts as missing, because no figure depends on it. */
const word = v.fallback(v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(maxWordLength))), undefined)
const words = v.fallback(
  v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(maxWordLength))),
      v.nonEmpty(),
      v.maxLength(maxFeatures),
    ),
  ),
  undefined,
)

/** The fields of a platform, for use in the schema of an image config. */
export const platformFields = { os: word, architecture: word, variant: word, 'os.version': word, 'os.features': words }

/** The platform of a descriptor. Docker, buildpacks and other tools sometimes write `null`, `{}`, or only an `os`. */
export const PartialPlatformSchema = v.fallback(v.optional(v.object(platformFields)), undefined)

/** The name of an unknown operating system or architecture, as in containerd. */
export const unknownWord = 'unknown'

/**
 * Returns a complete platform. A missing operating system or architecture becomes `unknown`, and other missing fields
 * are left out.
 */
export function platformOf({
  os,
  architecture,
  variant,
  'os.version': version,
  'os.features': features,
}: PartialPlatform): Platform {
  return {
    os: os ?? unknownWord,
    architecture: architecture ?? unknownWord,
    ...(variant === undefined ? {} : { variant }),
    ...(version === undefined ? {} : { 'os.version': version }),
    ...(features === undefined ? {} : { 'os.features': features }),
  }
}

/** Returns the platform without the fields that distinguish versions of one operating system. */
export function withoutVersion({ os, architecture, variant }: Platform): Platform {
  return platformOf({ os, architecture, variant })
}

/** The platform of an image, and any contradiction between its index and its config. */
export interface CombinedPlatform {
  readonly platform: Platform
  /** The platform in the config, if it contradicts the index. Otherwise null. */
  readonly contradicted: Platform | null
}

/**
 * Determines the platform of an image. The index takes precedence, because clients choose by it. The config fills in
 * what the index leaves out, unless the two contradict each other.
 */
export function combinePlatforms(index: PartialPlatform | undefined, config: PartialPlatform): CombinedPlatform {
  const filled = platformOf({ ...config, ...withoutMissing(index ?? {}) })
  const said = platformOf({ ...filled, ...withoutMissing(config) })
  if (normalisedPlatform(filled) === normalisedPlatform(said)) return { platform: filled, contradicted: null }
  // The config describes another architecture, so its variant and version do not apply.
  const isOther = filled.os !== said.os || normalise(filled).architecture !== normalise(said).architecture
  return {
    platform: isOther ? platformOf({ ...index, os: filled.os, architecture: filled.architecture }) : filled,
    contradicted: platformOf(config),
  }
}

function withoutMissing(platform: PartialPlatform): PartialPlatform {
  return Object.fromEntries(Object.entries(platform).filter(([, value]) => value !== undefined))
}

/**
 * Formats a platform as `os[(version+feature…)]/architecture[/variant]`, such as `linux/arm64` or
 * `windows(10.0.20348.2700)/amd64`. containerd and buildx write this form, and `--platform` accepts it.
 */
export function formatPlatform({
  os,
  architecture,
  variant,
  'os.version': version = '',
  'os.features': features = [],
}: Platform): string {
  const options = [version, ...features].map(encodeOption)
  return [options.some((option) => option !== '') ? `${os}(${options.join('+')})` : os, architecture, variant]
    .filter(Boolean)
    .join('/')
}

/** Encodes like a URL query, so that the text can be parsed again. */
const encodeOption = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/**
 * Formats a platform as builders do, so that `arm64` and `arm64/v8` give the same text. Two platforms are equal exactly
 * if their texts are.
 */
export function normalisedPlatform(platform: Platform): string {
  return formatPlatform(normalise(platform))
}

/**
 * Returns the entry of an index that a client chooses for this platform: the one of the same version, or else the only
 * one of its architecture. Returns null if there is none, or if several differ only in their version.
 */
export function imageFor<T extends { readonly platform?: PartialPlatform | undefined }>(
  entries: readonly T[],
  platform: Platform,
): T | null {
  const named = entries.flatMap((entry) => (entry.platform ? [{ entry, platform: platformOf(entry.platform) }] : []))
  const nameOf = (candidate: Platform): string => normalisedPlatform(withoutVersion(candidate))
  const family = named.filter((candidate) => nameOf(candidate.platform) === nameOf(platform))
  const exact = family.filter((candidate) => normalisedPlatform(candidate.platform) === normalisedPlatform(platform))
  const [first, second] = exact.length > 0 ? exact : family
  return first && (exact.length > 0 || second === undefined) ? first.entry : null
}

/** Other names for architectures. containerd's platforms package normalises the same ones. */
const architectureAliases: Readonly<Record<string, Pick<Platform, 'architecture' | 'variant'> | undefined>> = {
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  x64: { architecture: 'amd64' },
  aarch64: { architecture: 'arm64' },
  i386: { architecture: '386' },
  ia32: { architecture: '386' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
}

/** Variants that are the default of an architecture, and are left out. */
const defaultVariants: Readonly<Record<string, string | undefined>> = { arm64: 'v8', amd64: 'v1' }

function normalise(platform: Platform): Platform {
  const name = platform.architecture.toLowerCase()
  const alias = Object.hasOwn(architectureAliases, name) ? architectureAliases[name] : undefined
  const architecture = alias?.architecture ?? name
  const given = platform.variant?.toLowerCase()
  const variant = given ?? alias?.variant ?? (architecture === 'arm' ? 'v7' : undefined)
  const isDefault =
    variant === '' || (Object.hasOwn(defaultVariants, architecture) && defaultVariants[architecture] === variant)
  return platformOf({
    os: platform.os.toLowerCase(),
    architecture,
    variant: isDefault ? undefined : variant,
    'os.version': platform['os.version'],
    'os.features': platform['os.features']?.toSorted(),
  })
}

const writtenPattern = /^[\w.-]+(?:\([\w.%-]*(?:\+[\w.%-]+)*\))?(?:\/[\w.-]+){0,2}$/

/** Returns whether `parsePlatform` can read this text. */
export function isPlatformText(text: string): boolean {
  return writtenPattern.test(text)
}

/**
 * Parses `os[(version+feature…)]/architecture[/variant]`, or an architecture alone, which means Linux. The result is
 * normalised as builders do it.
 */
export function parsePlatform(text: string): Platform {
  const words = text.trim().split('/')
  const [first = '', name = '', variant] = words.length === 1 ? ['linux', words[0]] : words
  const [, os = first, options = ''] = /^([^()]*)\(([^()]*)\)$/.exec(first) ?? []
  const [version = '', ...features] = options.split('+').map(decodeOption)
  const given = features.filter((feature) => feature !== '')
  return normalise(
    platformOf({
      os,
      architecture: name,
      variant,
      'os.version': version === '' ? undefined : version,
      'os.features': given.length === 0 ? undefined : given,
    }),
  )
}

function decodeOption(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
