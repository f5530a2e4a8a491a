import { parseInstructions, splitStatement, type Statement } from './instructions.ts'
import type { Escape } from './logical-line.ts'

/** A reference to a stage or image, before it is resolved. */
export interface Reference {
  readonly via: 'copy' | 'mount'
  readonly reference: string
}

/** Returns the references in COPY --from and RUN --mount=from, as written. */
export function referencesOf({ keyword, flags }: Statement): readonly Reference[] {
  if (keyword === 'COPY') {
    const reference = flags.find((flag) => flag.name === 'from')?.value ?? ''
    return reference === '' ? [] : [{ via: 'copy', reference }]
  }
  if (keyword !== 'RUN') return []
  return flags
    .filter((flag) => flag.name === 'mount')
    .map((flag) => mountSource(flag.value ?? ''))
    .filter((reference) => reference !== null)
    .map((reference) => ({ via: 'mount', reference }))
}

/** Returns whether a reference names an image by its digest. */
export const isPinned = (reference: string): boolean => /@sha(?:256|512):/.test(reference)

/** Returns whether a reference certainly names an image. A bare word may be the name of a stage or of a context. */
export const isImage = (reference: string): boolean => /[:/]/.test(reference)

/** Returns the image that a COPY takes files from by a tag, which can move. Null for another source or instruction. */
export function taggedSource(text: string): string | null {
  const statement = parseInstructions(text).instructions[0]
  const references = statement === undefined ? [] : referencesOf(statement)
  const found = references.find(({ via, reference }) => via === 'copy' && isImage(reference) && !isPinned(reference))
  return found?.reference ?? null
}

/** Returns the references of an ONBUILD instruction, which takes effect in the stages that start from this one. */
export function triggeredReferencesOf({ keyword, rest }: Statement, escape: Escape): readonly Reference[] {
  return keyword === 'ONBUILD' ? referencesOf(splitStatement(rest, escape)) : []
}

/** Returns the `from` of a mount. Returns null without one, or if the type of mount does not use it. */
function mountSource(value: string): string | null {
  const fields = mountFields(value)
  if (['tmpfs', 'secret', 'ssh'].includes(fields.get('type')?.toLowerCase() ?? '')) return null
  return fields.get('from') || null
}

/** Returns the fields of a `--mount`, keyed by name in lower case. A field without a value is `''`. */
export function mountFields(value: string): ReadonlyMap<string, string> {
  return new Map(
    csvFields(value).map((field): [string, string] => {
      const equals = field.indexOf('=')
      return equals < 0 ? [field.toLowerCase(), ''] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)]
    }),
  )
}

function csvFields(value: string): readonly string[] {
  return Array.from(value.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  )
}
