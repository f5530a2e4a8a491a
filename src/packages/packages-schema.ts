/** Validates the list of a layer's packages in JSON. */
import * as v from 'valibot'
import { ecosystems } from './package.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const version = v.nullable(v.string())

/** Its output is a `LayerPackages`. */
export const packagesSchema = v.object({
  packages: v.array(
    v.object({
      ecosystem: v.picklist(ecosystems),
      name: v.string(),
      version,
      path: v.string(),
      fileBytes: count,
      files: count,
      parts: v.array(v.object({ name: v.string(), version, fileBytes: v.nullable(count) })),
      isForDevelopment: v.exactOptional(v.literal(true)),
    }),
  ),
  folded: v.object({ packages: count, fileBytes: count, files: count }),
  complete: v.boolean(),
  recommended: v.exactOptional(v.nullable(v.array(v.string()))),
  unwanted: v.exactOptional(v.array(v.string())),
  withoutFiles: v.exactOptional(v.array(v.string())),
})
