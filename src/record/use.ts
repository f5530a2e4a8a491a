/** What a stage takes from elsewhere. */
import * as v from 'valibot'
import { bytes, digest, text } from './fields.ts'

/** Something that a stage takes from another stage, an image or a build context. */
export const UseSchema = v.object({
  /** Name of the stage (its index if it has no name), or the reference of an image or build context. */
  stage: text,
  via: v.picklist(['copy', 'mount', 'from']),
  /** Bytes of the files that COPY --from or FROM brought into this stage. Null if they cannot be determined. */
  carriedBytes: v.nullable(bytes),
  digest: v.exactOptional(
    v.pipe(
      digest,
      v.description(
        'Digest of the image that COPY --from or a mount names, as the build resolved it. Absent if it is not known.',
      ),
    ),
  ),
})

/** Something that a stage takes from another stage, an image or a build context. */
export type Use = Readonly<v.InferOutput<typeof UseSchema>>
