/**
 * Parses the findings of BuildKit's checks in a Dockerfile, which buildx writes to its metadata file. All texts in them
 * are untrusted.
 */
import * as v from 'valibot'

/** One finding of BuildKit's checks. */
export interface BuildWarning {
  /** Name of the check, such as `JSONArgsRecommended`. Null for a warning without a check. */
  readonly rule: string | null
  /** The finding, preceded by the name of the check. It may contain expanded text of the Dockerfile. */
  readonly message: string
  /** A general description of the check. */
  readonly about: string
  readonly url: string | null
  /** File name of the Dockerfile, without its folder. */
  readonly file: string | null
  /** Line, counted from 1. */
  readonly line: number | null
  /** Text of the Dockerfile in base64. It identifies the Dockerfile if several have the same name. */
  readonly source: string | null
}

/** Limit for the number of warnings. Nobody reads more. */
const maxWarnings = 1_000
/** Length limit for a text, in UTF-16 code units. */
const maxLetters = 500

const WarningSchema = v.looseObject({
  short: v.string(),
  detail: v.optional(v.nullable(v.array(v.string()))),
  url: v.optional(v.nullable(v.string())),
  sourceInfo: v.optional(v.nullable(v.looseObject({ filename: v.optional(v.string()), data: v.optional(v.string()) }))),
  range: v.optional(
    v.nullable(v.array(v.looseObject({ start: v.looseObject({ line: v.pipe(v.number(), v.safeInteger()) }) }))),
  ),
})

/**
 * Parses warnings. Invalid ones are left out.
 *
 * @param value the value of `buildx.build.warnings` in the metadata
 */
export function parseBuildWarnings(value: unknown): readonly BuildWarning[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, maxWarnings).flatMap((each): BuildWarning[] => {
    const parsed = v.safeParse(WarningSchema, each)
    if (!parsed.success) return []
    const { short, detail, url, sourceInfo, range } = parsed.output
    const message = cut(decoded(short).replace(/ \(line \d+\)$/, ''))
    const line = range?.[0]?.start.line ?? 0
    return [
      {
        rule: /^([A-Z][A-Za-z]{1,60}): /.exec(message)?.[1] ?? null,
        message,
        about: cut((detail ?? []).map(decoded).join(' ')),
        url: url ? cut(url) : null,
        file: sourceInfo?.filename ?? null,
        line: line > 0 ? line : null,
        source: sourceInfo?.data ?? null,
      },
    ]
  })
}

/** Returns the same warnings in the format of buildx, with `mask` applied to each text. */
export function maskedBuildWarnings(value: unknown, mask: (text: string) => string): unknown {
  if (!Array.isArray(value)) return value
  const again = (text: unknown): unknown => (typeof text === 'string' ? encoded(mask(decoded(text))) : text)
  return value.map((each: unknown): unknown => {
    if (typeof each !== 'object' || each === null) return each
    const { short, detail } = each as Readonly<Record<string, unknown>>
    return {
      ...each,
      ...(short === undefined ? {} : { short: again(short) }),
      ...(Array.isArray(detail) ? { detail: detail.map(again) } : {}),
    }
  })
}

const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8')
const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
const cut = (text: string): string => (text.length > maxLetters ? `${text.slice(0, maxLetters)}…` : text)
