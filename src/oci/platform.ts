import * as v from 'valibot'

/** OCI image-spec image-index.md, "platform". Two images of one source may differ in any of these fields. */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
  /** Windows: the build of its base image, such as `10.0.20348.2700`. */
  readonly 'os.version'?: string | undefined
  /** What an image needs of its host beyond the rest, such as `win32k`. */
  readonly 'os.features'?: string[] | undefined
}

/** What an index or a config says of a platform: any part may be missing. */
export type PartialPlatform = { readonly [Field in keyof Platform]?: Platform[Field] | undefined }

/** Names of platforms are shorter. Characters. */
const longestWord = 255
const mostFeatures = 64

/** What is no word counts as missing, as an empty one does: no number depends on it. */
const word = v.fallback(v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(longestWord))), undefined)
const words = v.fallback(
  v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(longestWord))),
      v.nonEmpty(),
      v.maxLength(mostFeatures),
    ),
  ),
  undefined,
)

/** The fields of a platform, as the config of an image has them among others. */
export const platformFields = { os: word, architecture: word, variant: word, 'os.version': word, 'os.features': words }

/** The platform of a descriptor. Docker, buildpacks and other tools write `null`, `{}`, or an `os` alone. */
export const PartialPlatformSchema = v.fallback(v.optional(v.object(platformFields)), undefined)

/** What stands for an operating system or an architecture that nothing names, as in containerd. */
export const unknownWord = 'unknown'

/** Of something that has a platform among other things, without fields that are missing. */
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

/** Without what tells two versions of one operating system apart. */
export function withoutVersion({ os, architecture, variant }: Platform): Platform {
  return platformOf({ os, architecture, variant })
}

export interface CombinedPlatform {
  readonly platform: Platform
  /** Where index and config name different platforms: what the config says. Null where they do not. */
  readonly contradicted: Platform | null
}

/**
 * The platform of an image. What the index says counts, since clients choose by it; the config fills in what the index
 * leaves out, unless the two contradict each other.
 */
export function combinePlatforms(index: PartialPlatform | undefined, config: PartialPlatform): CombinedPlatform {
  const filled = platformOf({ ...config, ...withoutMissing(index ?? {}) })
  const said = platformOf({ ...filled, ...withoutMissing(config) })
  if (normalisedPlatform(filled) === normalisedPlatform(said)) return { platform: filled, contradicted: null }
  // Of another architecture, the variant and the version are of no use.
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
 * `os[(version+feature…)]/architecture[/variant]`, as containerd and buildx write it and `--platform` takes it:
 * `linux/arm64`, `windows(10.0.20348.2700)/amd64`.
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

/** As a query of a URL, so that the text can be read back. */
const encodeOption = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*~]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** As builders write it, so that `arm64` and `arm64/v8` are one. Equal texts, equal platforms. */
export function normalisedPlatform(platform: Platform): string {
  return formatPlatform(normalise(platform))
}

/**
 * Which entry of an index a client takes for this platform: the one of the same version, else the only one of its
 * architecture. Null where there is none, or several that only their version tells apart.
 */
export function imageFor<T extends { readonly platform?: PartialPlatform | undefined }>(
  entries: readonly T[],
  platform: Platform,
): T | null {
  const named = entries.flatMap((entry) => (entry.platform ? [{ entry, platform: platformOf(entry.platform) }] : []))
  const nameOf = (one: Platform): string => normalisedPlatform(withoutVersion(one))
  const family = named.filter((one) => nameOf(one.platform) === nameOf(platform))
  const exact = family.filter((one) => normalisedPlatform(one.platform) === normalisedPlatform(platform))
  const [first, second] = exact.length > 0 ? exact : family
  return first && (exact.length > 0 || second === undefined) ? first.entry : null
}

/** Names that other tools give to an architecture. containerd's platforms package normalises the same ones. */
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

/** Variants that are the architecture's default and are left out. */
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

/** Whether a text has the form that `parsePlatform` reads. */
export function isPlatformText(text: string): boolean {
  return writtenPattern.test(text)
}

/** `os[(version+feature…)]/architecture[/variant]` or an architecture alone, which is of Linux; normalised as builders do. */
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
