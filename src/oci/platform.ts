/** OCI image-spec image-index.md, "platform". */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string | undefined
}

/** Of something that has a platform among other things. */
export function platformOf({ os, architecture, variant }: Platform): Platform {
  return { os, architecture, ...(variant === undefined ? {} : { variant }) }
}

/** `os/architecture[/variant]`, as `--platform` takes it. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/')
}

/** As builders write it, so that `arm64` and `arm64/v8` are one. */
export function normalisedPlatform(platform: Platform): string {
  return formatPlatform(parsePlatform(formatPlatform(platform)))
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

/** `os/architecture[/variant]` or an architecture alone, which is of Linux; normalised as builders do. */
export function parsePlatform(text: string): Platform {
  const words = text.trim().toLowerCase().split('/')
  const [os = 'linux', name = '', givenVariant] = words.length === 1 ? ['linux', words[0]] : words
  const alias = architectureAliases[name]
  const architecture = alias?.architecture ?? name
  const variant = givenVariant ?? alias?.variant ?? (architecture === 'arm' ? 'v7' : undefined)
  return {
    os,
    architecture,
    ...(variant === undefined || variant === '' || defaultVariants[architecture] === variant ? {} : { variant }),
  }
}
