/** What a change did elsewhere so that a step made other files. */
import type { OtherFiles } from './edited-files.ts'
import type { PackageChange } from './packages.ts'

/** What this change did in another line or stage, so that an unedited step made other files. */
export type EditElsewhere = EditedLine | OtherInputs

/** A line that was edited. */
interface EditedLine extends InStage {
  /**
   * `moved`: a setting that is now above or below other steps. `base`: the FROM in this line gives another base image.
   * `moved-base`: it gives a newer image with the same name, which is not of this change. `row`: the line brought
   * something that its own row shows.
   */
  readonly kind: 'edited' | 'added' | 'moved' | 'removed' | 'base' | 'moved-base' | 'row'
}

/** An unedited line that brought other files of the build context, or other packages. */
interface OtherInputs extends InStage {
  readonly kind: 'inputs'
  /** Null if it brought packages, or the files are not known. */
  readonly files: OtherFiles | null
  /** Those of another version, new and removed ones. Empty if it brought files of the context. */
  readonly packages: readonly PackageChange[]
}

interface InStage {
  /** Name of the stage. Null if it is that of the row, or if the line is above the first FROM. */
  readonly stage: string | null
  /** Line of the head's Dockerfile; of the baseline's if it was removed. Null if that is not known. */
  readonly line: number | null
}
