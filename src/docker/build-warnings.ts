/** What BuildKit's checks found in a Dockerfile, as buildx leaves it in its metadata file. Foreign text throughout. */
import * as v from 'valibot'

export interface BuildWarning {
  /** Name of the check, such as `JSONArgsRecommended`; null for a warning that is no check's. */
  readonly rule: string | null
  /** What was found, with the check's name in front. May hold expanded words of the Dockerfile. */
  readonly message: string
  /** What the check is about, in general words. */
  readonly about: string
  readonly url: string | null
  /** Name of the Dockerfile, without its folder. */
  readonly file: string | null
  /** Counted from 1. */
  readonly line: number | null
  /** Text of the Dockerfile, in base64: of several with one name it tells which one is meant. */
  readonly source: string | null
}

/** A build with more warnings than that has no use for the others. */
const mostWarnings = 1_000
const mostLetters = 500

const WarningSchema = v.looseObject({
  short: v.string(),
  detail: v.optional(v.nullable(v.array(v.string()))),
  url: v.optional(v.nullable(v.string())),
  sourceInfo: v.optional(v.nullable(v.looseObject({ filename: v.optional(v.string()), data: v.optional(v.string()) }))),
  range: v.optional(
    v.nullable(v.array(v.looseObject({ start: v.looseObject({ line: v.pipe(v.number(), v.safeInteger()) }) }))),
  ),
})

/** @param value `buildx.build.warnings` of the metadata; what is none of it is left out */
export function parseBuildWarnings(value: unknown): readonly BuildWarning[] {
  if (!Array.isArray(value)) return []
  return value.slice(0, mostWarnings).flatMap((each): BuildWarning[] => {
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

/** The same warnings with each text put through `mask`, as buildx writes them. */
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
const cut = (text: string): string => (text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text)
