/** Says in plain words why a text is not a record: which field is missing, or has a value that it cannot have. Pure. */
import * as v from 'valibot'
import { StageSchema, UnbuiltStageSchema } from './footprint.ts'

/** What valibot says about a value. */
type Issue = v.BaseIssue<unknown>

/** Returns the problem in words, such as `images.0.stages.0.layers is missing`. */
export function problemOf(issue: Issue): string {
  const place = v.getDotPath(issue) ?? ''
  const inStage = issue.type === 'union' ? stageIssue(issue.input) : null
  return inStage === null ? said(issue, place) : said(inStage, `${place}.${v.getDotPath(inStage) ?? ''}`)
}

/** Returns the first problem of a stage. Null if it is not a stage at all. */
function stageIssue(stage: unknown): Issue | null {
  if (typeof stage !== 'object' || stage === null || !('layers' in stage || 'totals' in stage)) return null
  const isUnbuilt = 'totals' in stage && stage.totals === null
  const parsed = v.safeParse(isUnbuilt ? UnbuiltStageSchema : StageSchema, stage)
  return parsed.issues?.[0] ?? null
}

function said({ kind, type, input, expected }: Issue, place: string): string {
  const field = place === '' ? 'it' : place
  if (input === undefined) return `${field} is missing`
  // Of one value or a few, which are our own words.
  if ((type === 'picklist' || type === 'literal') && expected !== null)
    return `${field} must be ${expected.replace(/^\(|\)$/g, '').replaceAll(' | ', ' or ')}`
  if (kind === 'schema') return `${field} is ${kindOf(input)}, which is not allowed there`
  const limit = /^[<>]=\S+$/.exec(expected ?? '')?.[0]
  return limit === undefined ? `${field} has a value that is not allowed` : `${field} must be ${limit}`
}

/** Returns the kind of a value. The value itself may be long, or hostile. */
function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return { string: 'text', number: 'a number', boolean: 'a boolean' }[typeof value as string] ?? 'an object'
}
