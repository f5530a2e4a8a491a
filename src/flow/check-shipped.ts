/** The images of what was weighed, each with whether it is what the user's build shipped. */
import type { BuildOutputs } from '../build/metadata.ts'
import { createShippedCheck } from '../build/shipped.ts'
import type { BuildInputs } from '../inputs/inputs.ts'
import type { Image } from '../inspect/footprint.ts'
import type { WeighedPlatform } from './weigh.ts'

/** @param outputs of the user's build; null where it left none */
export async function checkedImages(platforms: readonly WeighedPlatform[], outputs: BuildOutputs | null, build: BuildInputs): Promise<readonly Image[]> {
  const shipped = outputs === null ? null : createShippedCheck(outputs, build)
  return Promise.all(
    platforms.map(async ({ image, final: { manifest, manifestDigest, configDigest, config } }) => {
      const weighed = { manifest, manifestDigest, configDigest, diffIds: config.rootfs.diff_ids, platform: image.platform }
      return { ...image, matchesShipped: shipped === null ? null : await shipped.matches(weighed) }
    }),
  )
}
