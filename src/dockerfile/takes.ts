import { splitStatement, type Statement } from './instructions.ts'
import type { Escape } from './logical-line.ts'

/** A reference to a stage or image, before it is looked up. */
export interface Reference {
  readonly via: 'copy' | 'mount'
  readonly reference: string
}

/** What COPY --from and RUN --mount=from of an instruction name, as written. */
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

/** The same for an ONBUILD, which takes effect in the stages that start from this one. */
export function triggeredReferencesOf({ keyword, rest }: Statement, escape: Escape): readonly Reference[] {
  return keyword === 'ONBUILD' ? referencesOf(splitStatement(rest, escape)) : []
}

/** `from` of a mount; null without one, or where the type has no use for it. */
function mountSource(value: string): string | null {
  const fields = mountFields(value)
  if (['tmpfs', 'secret', 'ssh'].includes(fields.get('type')?.toLowerCase() ?? '')) return null
  return fields.get('from') || null
}

/** The fields of a `--mount`, by their names in lower case; `''` for one without a value. */
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
