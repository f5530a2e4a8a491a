/** What a test expects of a base image. */
import { expect } from '@jest/globals'

/** What a record says about a base image without any package. */
export const noPackages = {
  packages: [],
  folded: { packages: 0, fileBytes: 0, files: 0 },
  complete: true,
  others: expect.objectContaining({ files: expect.any(Array), directories: expect.any(Array) }),
}
