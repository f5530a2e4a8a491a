/** What edits of the Dockerfile would save in the final stage. */
import * as v from 'valibot'
import { bytes, count, shortText, text } from './fields.ts'

/** Limit for the savings of a record, and for its base files. */
export const maxSavings = 100
/** Limit for the directories of one saving. */
export const maxPaths = 20
/** Limit for the names of packages of one saving. */
export const maxNames = 5

/** Index of a layer in `layers` of the stage. Counted from 0, lowest first. */
const layerPosition = count

const filesElsewhere = v.exactOptional(
  v.pipe(count, v.description('How many of the files `path` does not contain, since they are small. Absent for none.')),
)

/** One edit of the Dockerfile. */
const SavingSchema = v.object({
  rule: v.pipe(shortText(50), v.description('As in docs/savings.md, such as apt-lists or deleted-later.')),
  /**
   * The only file, or else what contains most of the bytes: a directory or one of the files. Without a slash at its
   * start.
   */
  path: text,
  kind: v.picklist(['file', 'directory']),
  paths: v.exactOptional(
    v.pipe(
      v.array(text),
      v.maxLength(maxPaths),
      v.description('The directories or archives, if one edit names several. Absent if `path` is the only one.'),
    ),
  ),
  other: v.exactOptional(
    v.pipe(
      v.object({ path: text, layer: layerPosition }),
      v.description('For files that exist twice: where the other copy is. Absent for others.'),
    ),
  ),
  packages: v.exactOptional(
    v.pipe(
      v.object({ names: v.pipe(v.array(shortText(200)), v.maxLength(maxNames)), count }),
      v.description('The packages that the edit leaves out: the names of the heaviest, and the number of all.'),
    ),
  ),
  source: v.exactOptional(
    v.pipe(
      v.object({
        stage: text,
        path: v.pipe(text, v.description('Where the files are in that stage.')),
        text: v.pipe(text, v.description('The instruction to edit, as written.')),
        line: v.nullable(count),
        later: v.pipe(
          v.nullable(v.object({ line: v.nullable(count) })),
          v.description('The last later step of that stage that may need the files. Null if there is none.'),
        ),
      }),
      v.description(
        'The step of a builder stage that made the files. `layer` copies them. Absent if that step is not known, and for files that no stage was copied from.',
      ),
    ),
  ),
  madeBy: v.exactOptional(
    v.pipe(
      v.object({ stage: text, text, line: count }),
      v.description(
        'The RUN of a builder stage that made what `layer` copies, if the edit names its line although `layer` is listed, as when another stage uses the builder stage too. Absent if it is not known, or there are several, and in records before this field.',
      ),
    ),
  ),
  becomes: v.exactOptional(
    v.pipe(
      v.object({
        owner: v.pipe(v.nullable(shortText(30)), v.description('Numeric, such as 1000:1000.')),
        mode: v.pipe(v.nullable(shortText(10)), v.description('Octal, such as 755.')),
      }),
      v.description(
        'The owner and the mode that all of the files have in the later layer. Null for one that is not known, or not the same for all. Absent for other rules.',
      ),
    ),
  ),
  files: v.pipe(count, v.description('How many paths. A file that several layers have counts once.')),
  filesElsewhere,
  layers: v.exactOptional(
    v.pipe(count, v.description('How many layers get smaller. Absent if it is one, and in records before this field.')),
  ),
  isWholeLine: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description('Whether the instruction brings nothing else. Absent for rules that do not depend on it.'),
    ),
  ),
  fileBytes: v.pipe(
    bytes,
    v.description('Sum of the sizes of the files that the edit removes from layers. Each byte counts once.'),
  ),
  bytesElsewhere: v.exactOptional(
    v.pipe(
      bytes,
      v.description(
        'Bytes of files that this edit would also remove, but that other savings of the list count. Absent if there are none, or only few, and in records before this field.',
      ),
    ),
  ),
  leastPullBytes: v.exactOptional(
    v.pipe(
      bytes,
      v.description(
        'Bytes to pull that the edit saves at least, whatever the rest of the layer compresses to. Absent if the sizes to pull are not known, or if the true figure may be more than twice as large.',
      ),
    ),
  ),
  claim: v.pipe(
    v.picklist(['sure', 'likely']),
    v.description('`likely`: the bytes are exact, but it is not known whether the files are needed.'),
  ),
  hasShell: v.exactOptional(
    v.pipe(
      v.literal(false),
      v.description('False if the stage has no shell, so that a RUN cannot be added. Absent if it has one.'),
    ),
  ),
  user: v.exactOptional(
    v.pipe(
      v.object({
        name: v.pipe(text, v.description('As the USER instruction names it.')),
        line: v.pipe(
          v.nullable(count),
          v.description('Above this line, a RUN is run by root. Null if another stage sets the user.'),
        ),
      }),
      v.description(
        'The user other than root that a RUN below the instruction would have. Absent for root, and for edits that add no RUN.',
      ),
    ),
  ),
  isShared: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'True if the layer belongs to a stage that the final one is FROM, and another stage uses one of those too, or it is not known whether one does. Absent otherwise.',
      ),
    ),
  ),
  layer: v.pipe(
    layerPosition,
    v.description(
      'The layer whose instruction has to be edited, or that copies what the instruction of `source` made.',
    ),
  ),
  laterLayer: v.pipe(
    v.nullable(layerPosition),
    v.description('The later layer that deletes, replaces or reads the files. Null if there is none.'),
  ),
})

/** Files of the base image that a line of the Dockerfile deletes. */
const BaseFilesSchema = v.object({
  path: text,
  kind: v.picklist(['file', 'directory']),
  files: count,
  filesElsewhere,
  fileBytes: bytes,
  layer: v.pipe(layerPosition, v.description('The layer that deletes them.')),
})

/** The savings of a final stage. */
export const SavingsSchema = v.object({
  fileBytes: v.pipe(bytes, v.description('Sum of all sure savings, including those that are not listed.')),
  ignoreFile: v.exactOptional(
    v.pipe(
      text,
      v.description(
        'The file that says what the context leaves out, if it is not `.dockerignore`: its path from the root of the repository, or its name if that is not known.',
      ),
    ),
  ),
  leastPullBytes: v.exactOptional(
    v.pipe(
      bytes,
      v.description(
        'Bytes to pull that all sure savings together save at least. It may be known although those of single savings are not. Absent as for these, and in records before this field.',
      ),
    ),
  ),
  /** The same sum of all likely savings. */
  likelyFileBytes: bytes,
  items: v.pipe(
    v.array(SavingSchema),
    v.maxLength(maxSavings),
    v.description('Sorted by `fileBytes`, the largest first.'),
  ),
  baseFiles: v.pipe(
    v.array(BaseFilesSchema),
    v.maxLength(maxSavings),
    v.description('Files of the base image that this Dockerfile deletes. They are pulled anyway.'),
  ),
})

/** One edit. */
export type Saving = Readonly<v.InferOutput<typeof SavingSchema>>
/** Files of the base image that a line of the Dockerfile deletes, which saves nothing. */
export type BaseFiles = Readonly<v.InferOutput<typeof BaseFilesSchema>>
/** The savings of a final stage. */
export type Savings = Readonly<v.InferOutput<typeof SavingsSchema>>
