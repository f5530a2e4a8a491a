/** By what an image is known among those of a record, and in two records. */
import { normalisedPlatform, type Platform } from '../oci/platform.ts'

/** The whole platform, every field that it has. The same text, the same platform. */
export function platformKey(platform: Platform): string {
  const { os, architecture, variant, ...others } = platform
  return JSON.stringify([normalisedPlatform({ os, architecture, variant }), ...Object.entries(others).toSorted(([one], [other]) => (one < other ? -1 : 1))])
}

/** Name and whole platform. Images that share both are told apart by their content. */
export function imageKey({ name, platform }: { readonly name: string; readonly platform: Platform }): string {
  return JSON.stringify([name, platformKey(platform)])
}
