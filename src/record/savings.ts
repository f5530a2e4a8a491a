/** What edits of the Dockerfile would save in the final stage, as a record tells it. */
import * as v from 'valibot'
import { bytes, count, shortText, text } from './fields.ts'

/** Most savings, and most base files, of a record. */
export const maxSavings = 100

/** Most directories, and most names of packages, of one saving. */
export const maxPaths = 20
export const maxNames = 5

/** Position of a layer in `layers` of the stage, lowest first, from 0. */
const layerPosition = count

const SavingSchema = v.object({
  rule: v.pipe(shortText(50), v.description('As in docs/savings.md, such as apt-lists or deleted-later.')),
  /** The file, or a directory that all of the files are in, without a slash at its start. */
  path: text,
  kind: v.picklist(['file', 'directory']),
  paths: v.exactOptional(
    v.pipe(
      v.array(text),
      v.maxLength(maxPaths),
      v.description('The directories, where one edit names several. Absent where `path` is the only one.'),
    ),
  ),
  other: v.exactOptional(
    v.pipe(
      v.object({ path: text, layer: layerPosition }),
      v.description('Where the same bytes are too, of files that are there twice. Absent for others.'),
    ),
  ),
  packages: v.exactOptional(
    v.pipe(
      v.object({ names: v.pipe(v.array(shortText(200)), v.maxLength(maxNames)), count }),
      v.description('The packages that the edit leaves out: the heaviest by name, and how many there are.'),
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
          v.description('The last later step of that stage that may need the files; null where there is none.'),
        ),
      }),
      v.description(
        'The step of a builder stage that made the files. `layer` copies them. Absent where that step is not known, and for files that no stage was copied from.',
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
        'The owner and the mode that the later layer gives to all of the files; null for one that it does not change, or that is not the same for all. Absent for other rules.',
      ),
    ),
  ),
  files: count,
  fileBytes: v.pipe(bytes, v.description('Sum over the files that the edit removes from layers, each byte once.')),
  pullBytes: v.pipe(
    v.nullable(bytes),
    v.description(
      'What that is to pull, by the ratio of the layers that the files are in; null where their sizes to pull are not known.',
    ),
  ),
  claim: v.pipe(
    v.picklist(['sure', 'likely']),
    v.description('Likely: the bytes are exact, and whether they are needed is not known.'),
  ),
  layer: v.pipe(
    layerPosition,
    v.description('The layer whose instruction is to be edited, or that copies what the instruction of `source` made.'),
  ),
  laterLayer: v.pipe(
    v.nullable(layerPosition),
    v.description('The later layer that deletes, replaces or reads the files; null where there is none.'),
  ),
})

const BaseFilesSchema = v.object({
  path: text,
  kind: v.picklist(['file', 'directory']),
  files: count,
  fileBytes: bytes,
  layer: v.pipe(layerPosition, v.description('The layer that deletes them.')),
})

export const SavingsSchema = v.object({
  fileBytes: v.pipe(bytes, v.description('Sum over all savings that are sure, also over those that are not listed.')),
  likelyFileBytes: bytes,
  items: v.pipe(v.array(SavingSchema), v.maxLength(maxSavings), v.description('Those that save most first.')),
  baseFiles: v.pipe(
    v.array(BaseFilesSchema),
    v.maxLength(maxSavings),
    v.description('Files of the base image that this Dockerfile deletes: they are pulled all the same.'),
  ),
})

/** One edit. */
export type Saving = Readonly<v.InferOutput<typeof SavingSchema>>
export type BaseFiles = Readonly<v.InferOutput<typeof BaseFilesSchema>>
export type Savings = Readonly<v.InferOutput<typeof SavingsSchema>>
