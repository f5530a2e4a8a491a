/** Which platforms of a source are wanted. Pure. */
import {
  normalisedPlatform,
  parsePlatform,
  withoutVersion,
  type PartialPlatform,
  type Platform,
} from '../oci/platform.ts'

/** As `--platform` has them; empty: all. */
export type WantedPlatforms = readonly Platform[]

/** @param text one platform, or several with commas between them */
export function parsePlatforms(text: string | null): WantedPlatforms {
  return (text ?? '')
    .split(',')
    .filter((platform) => platform.trim() !== '')
    .map(parsePlatform)
}

/** Empty `wanted` takes every platform. */
export function matchesAny(platform: Platform, wanted: WantedPlatforms): boolean {
  return wanted.length === 0 || wanted.some((each) => matches(platform, each))
}

/** Whether an index alone tells that an image is not wanted, so that nothing more of it needs to be read. */
export function isRuledOut({ os, architecture, ...rest }: PartialPlatform, wanted: WantedPlatforms): boolean {
  if (os === undefined || architecture === undefined) return false
  const platform = { os, architecture, ...rest }
  // What the index leaves out, the config may have.
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

/** A version or features that were not asked for are not looked at; `10.0.20348` asks for each of its revisions. */
function matches(platform: Platform, wanted: Platform): boolean {
  if (normalisedPlatform(withoutVersion(platform)) !== normalisedPlatform(withoutVersion(wanted))) return false
  const version = wanted['os.version']
  if (version !== undefined && !`${platform['os.version'] ?? ''}.`.startsWith(`${version}.`)) return false
  return (wanted['os.features'] ?? []).every((feature) => platform['os.features']?.includes(feature) === true)
}
