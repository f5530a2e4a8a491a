/** Returns a value that a JSON Schema of GitHub's description allows, with the required fields only. */

export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly nullable?: boolean
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly allOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

export function sample(schema: Schema, schemas: Readonly<Record<string, Schema>>): unknown {
  if (schema.$ref !== undefined) return sample(schemas[schema.$ref.split('/').at(-1) ?? '']!, schemas)
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => sample(part, schemas) as object)) as unknown
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0]
  if (choice) return sample(choice, schemas)
  if (schema.enum) return schema.enum[0]
  switch (schema.type ?? 'null') {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sample(schema.properties?.[name] ?? {}, schemas)]),
      )
    case 'array':
      return []
    case 'integer':
    case 'number':
      return 1
    case 'boolean':
      return false
    case 'string':
      return schema.format === 'uri'
        ? 'https://github.test/'
        : schema.format === 'date-time'
          ? '2026-01-01T00:00:00Z'
          : 'text'
    default:
      return null
  }
}
