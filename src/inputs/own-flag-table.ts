/** The table of our own command-line flags, for the parser, `--help`, the man page and shell completion. */
import type { FlagShape } from './buildx-flags.ts'
import { commentModes, trendMeasures, type ReportFormat, type StageCompression, type UncachedStages } from './inputs.ts'

/** A flag of our own command line. */
export interface OwnFlag extends FlagShape {
  readonly own: true
  /** The placeholder for the value in help texts, such as `FILE`. Null for a flag without a value. */
  readonly placeholder: string | null
  /** What the flag does. The first item is a paragraph. Further items explain single values. */
  readonly about: readonly string[]
  /** The allowed values, if there are only a few. */
  readonly choices: readonly string[]
  /** Whether the value is the path of a file. */
  readonly isFile: boolean
  /** Whether the value can be `@` and the path of a file. */
  readonly isFileAfterAt: boolean
}

interface OwnFlagOptions {
  readonly short?: string
  readonly repeatable?: boolean
  readonly choices?: readonly string[]
  readonly isFile?: boolean
  readonly isFileAfterAt?: boolean
}

function own(
  name: string,
  placeholder: string | null,
  about: readonly string[],
  { short, repeatable = false, choices = [], isFile = false, isFileAfterAt = false }: OwnFlagOptions = {},
): OwnFlag {
  return {
    own: true,
    name,
    short: short ?? null,
    takesValue: placeholder !== null,
    repeatable,
    placeholder,
    about,
    choices,
    isFile,
    isFileAfterAt,
  }
}

/** Formats of a report. */
export const reportFormats = ['terminal', 'markdown', 'html', 'json'] as const satisfies readonly ReportFormat[]
/** Formats of a trend. */
export const trendFormats = ['terminal', 'markdown', 'json'] as const
/** Values of `--stage-compression`. */
export const stageCompressions = ['auto', 'keep', 'uncompressed'] as const satisfies readonly StageCompression[]
/** Values of `--uncached-stages`. */
export const uncachedStagesValues = ['skip', 'build'] as const satisfies readonly UncachedStages[]

/** Every command has `--help`, and nearly every one `--version`. */
export const helpFlag = own('help', null, ['This help'], { short: 'h' })
const versionFlag = own('version', null, ['Print the version'])

/** Flags for the output of a report. */
export const outputFlags: readonly OwnFlag[] = [
  own(
    'format',
    'FORMAT',
    ['Format of the report on standard output: terminal, markdown, html or json (default "terminal")'],
    {
      choices: reportFormats,
    },
  ),
  own('all', null, ['Show all rows of what grew and of savings on a terminal, not only the largest']),
  own('html', 'FILE', ['Also write the report to FILE as a page with a treemap. The page makes no requests'], {
    isFile: true,
  }),
  own('json', 'FILE', ['Also write the record to FILE'], { isFile: true }),
  own('markdown', 'FILE', ['Also write the report to FILE as Markdown'], { isFile: true }),
]

/** The baseline flag of commands that build nothing. */
export const imageBaselineFlag = own('baseline', 'WHAT', ['Compare with a record or an image (a SOURCE)'], {
  isFile: true,
})

/** The baseline flag of `build`. */
export const buildBaselineFlag = own(
  'baseline',
  'WHAT',
  [
    'Compare with a commit or branch (built with the same builder), or with a record or an image (a SOURCE). A branch means the last commit shared with it; a tag, hash or expression (main~1) means exactly that commit',
  ],
  { isFile: true },
)

const commonFlags: readonly OwnFlag[] = [
  own(
    'budget',
    'RULE',
    [
      'A limit, such as "final pull <= 80MB" or "final pull growth <= 5% and 1MB". @FILE reads rules from a file (repeatable)',
    ],
    { repeatable: true, isFileAfterAt: true },
  ),
  own(
    'trend',
    'FILE',
    ['The history of the image, for the page and for budgets with "since": a file or folder of points or records'],
    { isFile: true },
  ),
  own('no-color', null, [
    'No colours. NO_COLOR=1 does the same. FORCE_COLOR=1 keeps colours if the output is not a terminal',
  ]),
]

/** Further flags of commands that make a report and build nothing. */
export const otherFlags: readonly OwnFlag[] = [
  ...commonFlags,
  own('quiet', null, ['Hide progress. Warnings and errors are still shown'], { short: 'q' }),
]

/** Further flags of `build`. */
export const otherBuildFlags: readonly OwnFlag[] = [
  ...commonFlags,
  own('quiet', null, ['Hide progress, and the output of a build that succeeds. Warnings and errors are still shown'], {
    short: 'q',
  }),
]

/** Flags that only `build` has. */
export const buildOnlyFlags: readonly OwnFlag[] = [
  own(
    'stage-compression',
    'MODE',
    [
      'How stages are exported for weighing (default "auto")',
      'auto: chosen for the build; currently always keep',
      'keep: compressed as in the build, so that compressed sizes are known',
      'uncompressed: faster; compressed sizes of builder stages are not known',
    ],
    { choices: stageCompressions },
  ),
  own(
    'uncached-stages',
    'MODE',
    [
      'What to do with builder stages that the build did not run because a cache made them unnecessary (default "skip")',
      'skip: report them as not built',
      'build: build them in order to weigh them',
    ],
    { choices: uncachedStagesValues },
  ),
  own('name', 'NAME', [
    'Name of the image in the report and in the trend (default: the first tag without its version, or else the folder or repository that is built)',
  ]),
  own('baseline-timeout', 'TIME', ['Time limit for building the base commit (default "10m")']),
  own('print', null, [
    'Show the stages and the planned calls as JSON, and build nothing. Build arguments and secrets are masked',
  ]),
]

/** Flags that only `publish` has. */
export const publishOnlyFlags: readonly OwnFlag[] = [
  own('repository', 'OWNER/NAME', ['The repository (default: GITHUB_REPOSITORY)']),
  own('pull-request', 'N', ['The pull request (default: from the event)']),
  own('name', 'NAME', ['Which comment to write, if the pull request has several']),
  own('comment', 'WHEN', ['When to write the comment: always, changes, failures or off (default "changes")'], {
    choices: commentModes,
  }),
]

/** Selects platforms of existing images. */
export const imagePlatformFlag = own(
  'platform',
  'LIST',
  [
    'Only these platforms, such as linux/arm64 or windows(10.0.20348)/amd64 (default: all platforms of the source or record)',
  ],
  { repeatable: true },
)

const colorFlags = commonFlags.filter(({ name }) => name === 'no-color')

/** Flags of `trend` only, besides `--help`. */
export const trendOnlyFlags: readonly OwnFlag[] = [
  own('format', 'FORMAT', ['Format of the trend on standard output: terminal, markdown or json (default "terminal")'], {
    choices: trendFormats,
  }),
  own(
    'measure',
    'MEASURE',
    ['What the trend shows: pull, unpacked, added (to pull above the base image) or layers (default "pull")'],
    { choices: trendMeasures },
  ),
  own('branch', 'NAME', ['Only the points of this branch (default: all branches, each with its own trend)']),
  own('creep', 'LIMIT', [
    'Add up changes up to this size, such as 1MB (default: changes too small to be listed as steps)',
  ]),
  own(
    'append',
    'FILE',
    [
      'Add the points of records to FILE, one line of JSON each, without duplicates. A folder gets a file for each month',
    ],
    { isFile: true },
  ),
  own('badge', 'FILE', ['Also write the latest size to FILE, for the endpoint badge of shields.io'], { isFile: true }),
  ...colorFlags,
  own('quiet', null, ['Hide warnings, such as those about skipped lines. Errors are still shown'], { short: 'q' }),
]

/** Flags of `render`, which other commands extend. */
export const reportFlags: readonly OwnFlag[] = [imageBaselineFlag, ...outputFlags, ...otherFlags, helpFlag, versionFlag]
/** Flags of `trend`. */
export const trendFlags: readonly OwnFlag[] = [...trendOnlyFlags, helpFlag, versionFlag]
/** Flags of `inspect` and `compare`. */
export const inspectFlags: readonly OwnFlag[] = [imagePlatformFlag, ...reportFlags]
/** Where `view` writes the page. */
export const viewPageFlag = own(
  'html',
  'FILE',
  ['Write the page to FILE. The default is a file in a new temporary folder'],
  { isFile: true },
)
/** Flags of `view`. */
export const viewFlags: readonly OwnFlag[] = [
  imagePlatformFlag,
  imageBaselineFlag,
  viewPageFlag,
  ...otherFlags,
  helpFlag,
  versionFlag,
]
/** Flags of `publish`. */
export const publishFlags: readonly OwnFlag[] = [...publishOnlyFlags, ...reportFlags]
/** Our own flags of `build`, which also accepts those of buildx. */
export const buildFlags: readonly OwnFlag[] = [
  buildBaselineFlag,
  ...outputFlags,
  ...otherBuildFlags,
  helpFlag,
  versionFlag,
  ...buildOnlyFlags,
]
