/** Selects the platforms of a source. Pure. */
import {
  normalisedPlatform,
  parsePlatform,
  withoutVersion,
  type PartialPlatform,
  type Platform,
} from '../oci/platform.ts'

/** The platforms in `--platform`. An empty list means all. */
export type WantedPlatforms = readonly Platform[]

/**
 * Parses a list of platforms.
 *
 * @param text one platform, or several separated by commas; null for all
 */
export function parsePlatforms(text: string | null): WantedPlatforms {
  return (text ?? '')
    .split(',')
    .filter((platform) => platform.trim() !== '')
    .map(parsePlatform)
}

/** Returns whether a platform was requested. An empty list means all platforms. */
export function matchesAny(platform: Platform, wanted: WantedPlatforms): boolean {
  return wanted.length === 0 || wanted.some((each) => matches(platform, each))
}

/** Returns whether an index entry alone shows that an image was not requested, so that the image need not be read. */
export function isRuledOut({ os, architecture, ...rest }: PartialPlatform, wanted: WantedPlatforms): boolean {
  if (os === undefined || architecture === undefined) return false
  const platform = { os, architecture, ...rest }
  // What the index leaves out may be in the config, so it is not compared.
  return !matchesAny(
    platform,
    wanted.map((each) => ({
      ...each,
      variant: platform.variant === undefined ? undefined : each.variant,
      'os.version': platform['os.version'] === undefined ? undefined : each['os.version'],
      'os.features': platform['os.features'] === undefined ? undefined : each['os.features'],
    })),
  )
}

/**
 * Returns whether a platform matches a requested one. A version or features only count if they were requested.
 * `10.0.20348` matches each of its revisions.
 */
function matches(platform: Platform, wanted: Platform): boolean {
  if (normalisedPlatform(withoutVersion(platform)) !== normalisedPlatform(withoutVersion(wanted))) return false
  const version = wanted['os.version']
  if (version !== undefined && !`${platform['os.version'] ?? ''}.`.startsWith(`${version}.`)) return false
  return (wanted['os.features'] ?? []).every((feature) => platform['os.features']?.includes(feature) === true)
}
