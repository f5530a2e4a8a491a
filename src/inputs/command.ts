/** The commands of the command line, parsed. */
import type { Shell } from './complete.ts'
import type { BuildInputs } from './inputs.ts'
import type { CommandName } from './manual.ts'
import type { CommandOptions, PublishOptions, ReportOptions, TrendOptions } from './own-flags.ts'

/** A command of the command line. */
export type Command =
  | { readonly kind: 'build'; readonly build: BuildInputs; readonly options: CommandOptions }
  /** `source` is as written. `platform` is as given, or null. */
  | {
      readonly kind: 'inspect'
      readonly source: string
      readonly platform: string | null
      readonly options: ReportOptions
    }
  /** `record` is a file or `-`. */
  | { readonly kind: 'render'; readonly record: string; readonly options: ReportOptions }
  /** `shown` is a record or a SOURCE. */
  | { readonly kind: 'view'; readonly shown: string; readonly platform: string | null; readonly options: ReportOptions }
  /** `base` and `head` are records or SOURCEs. */
  | {
      readonly kind: 'compare'
      readonly base: string
      readonly head: string
      readonly platform: string | null
      readonly options: ReportOptions
    }
  | { readonly kind: 'publish'; readonly records: readonly string[]; readonly options: PublishOptions }
  /** `sources` are files of records or points, folders of both, or `-`. */
  | { readonly kind: 'trend'; readonly sources: readonly string[]; readonly options: TrendOptions }
  | { readonly kind: 'completion'; readonly shell: Shell }
  /** The words to complete. The last one is still being typed. */
  | { readonly kind: 'complete'; readonly words: readonly string[] }
  | { readonly kind: 'install-plugin' }
  /** The docker client asks for this. */
  | { readonly kind: 'plugin-metadata' }
  /** The help of one command, or of the program if `command` is null. */
  | { readonly kind: 'help'; readonly command: CommandName | null }
  | { readonly kind: 'version' }
