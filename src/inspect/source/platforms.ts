/** Which platforms of a source are wanted. Pure. */
import { normalisedPlatform, parsePlatform, type Platform } from '../../oci/platform.ts'

/** As `--platform` has them; empty: all. */
export type WantedPlatforms = readonly Platform[]

/** @param text one platform, or several with commas between them */
export function parsePlatforms(text: string | null): WantedPlatforms {
  return (text ?? '')
    .split(',')
    .filter((platform) => platform.trim() !== '')
    .map(parsePlatform)
}

export function matchesAny(platform: Platform, wanted: WantedPlatforms): boolean {
  const name = normalisedPlatform(platform)
  return wanted.length === 0 || wanted.some((each) => normalisedPlatform(each) === name)
}
