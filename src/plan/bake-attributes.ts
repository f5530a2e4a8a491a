/** The entries of a bake target that buildx takes as fields: secrets, caches and outputs. Pure. */
import * as v from 'valibot'
import { csvField, csvFields } from '../inputs/input-list.ts'

/** `type=gha,scope=x`, as buildx before 0.20 prints it and files may contain it, or the same as an object. */
export const attributes = v.union([v.string(), v.record(v.string(), v.string())])

/** A secret, a cache or an output of a target, as text or as an object. */
export type Attributes = v.InferOutput<typeof attributes>

type Fields = readonly (readonly [name: string, value: string | null])[]

/** Returns the names and values of an entry. */
export function fieldsOf(entry: Attributes): Fields {
  if (typeof entry !== 'string') return Object.entries(entry)
  return csvFields('bake definition', entry).map((field) => {
    const equals = field.indexOf('=')
    // Names may be in upper case.
    return equals < 0 ? [field, null] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)]
  })
}

/** Returns the entry as a flag of buildx takes it. */
export function rowOf(entry: Attributes): string {
  return fieldsOf(entry)
    .map(([name, value]) => csvField(value === null ? name : `${name}=${value}`))
    .join(',')
}

/** Returns a secret or a cache with another path to read from. */
export const withSource = (entry: Attributes, place: (path: string) => string): Attributes =>
  withPlaces(entry, isSource, place)

/** Returns a cache or an output with another path to write to. */
export const withDestination = (entry: Attributes, place: (path: string) => string): Attributes =>
  withPlaces(entry, (name) => name.toLowerCase() === 'dest', place)

function withPlaces(entry: Attributes, isPath: (name: string) => boolean, place: (path: string) => string): Attributes {
  const moved = fieldsOf(entry).map(
    ([name, value]) => [name, value !== null && isPath(name) ? place(value) : value] as const,
  )
  if (typeof entry !== 'string') return Object.fromEntries(moved.map(([name, value]) => [name, value ?? '']))
  return moved.map(([name, value]) => csvField(value === null ? name : `${name}=${value}`)).join(',')
}

const isSource = (name: string): boolean => name === 'src' || name === 'source'

/** Returns the path that a secret or a cache reads from, or null. */
export function sourceOf(entry: Attributes): string | null {
  return fieldsOf(entry).find(([name]) => isSource(name))?.[1] ?? null
}
