import * as v from 'valibot'

/** A schema of objects with any keys. */
type RecordSchema<T extends v.GenericSchema> = v.GenericSchema<unknown, Record<string, v.InferOutput<T>>>

/**
 * Makes a schema of objects with any keys, as names of other people may be. Valibot's `record` leaves out the keys
 * `__proto__`, `prototype` and `constructor`, so that what has such a name would not be checked.
 *
 * @param name pattern for the keys
 */
export function wholeRecord<T extends v.GenericSchema>(item: T, name?: RegExp): RecordSchema<T> {
  return v.pipe(
    v.custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    ),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const input = dataset.value
      const items: [string, v.InferOutput<T>][] = []
      for (const [key, value] of Object.entries(input)) {
        const parsed = v.safeParse(item, value)
        if (parsed.success && (name?.test(key) ?? true)) items.push([key, parsed.output])
        else {
          const [issue] = parsed.issues ?? []
          const inner = (issue?.path ?? []) as v.IssuePathItem[]
          addIssue({ path: [{ type: 'object', origin: 'value', input, key, value }, ...inner] })
          return NEVER
        }
      }
      return Object.fromEntries(items)
    }),
  )
}
