/** Adds to a stage its file system after all whiteouts, and what could be saved. */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import * as v from 'valibot'
import { FileSystem } from '../filesystem/file-system.ts'
import { findWaste } from '../filesystem/waste.ts'
import type { ListedEntry } from '../layer/entry-list.ts'
import type { LayerPackagesAndOthers } from '../layer/layer-index.ts'
import { parseKept } from '../cache/text-store.ts'
import type { PlannedStage } from '../dockerfile/stage.ts'
import type { Digest } from '../oci/digest.ts'
import {
  CacheSchema,
  DeletedPackageSchema,
  FileSystemSchema,
  WasteSchema,
  type DeletedPackage,
} from '../record/final-files.ts'
import type { Stage } from '../record/footprint.ts'
import { SavingsSchema } from '../record/savings.ts'
import { findCaches } from '../savings/caches.ts'
import { CopiedFiles, type FileSource, type StageUse } from '../savings/copied-files.ts'
import { FileDetails } from '../savings/file-details.ts'
import { isOwn } from '../savings/files.ts'
import { findSavings } from '../savings/find-savings.ts'
import type { Instructed } from '../savings/sure-directories.ts'
import { deletedPackages, layersWithDeletedFiles } from './deleted-packages.ts'
import type { LayerReader } from './layer-reader.ts'
import { readFiles } from './read-files.ts'

/** Part of the name under which savings are stored. It must change if the search for savings changes. */
const version = 'savings-38'

const KeptSchema = v.object({
  name: v.string(),
  fileSystem: FileSystemSchema,
  waste: WasteSchema,
  caches: v.array(CacheSchema),
  deletedPackages: v.array(DeletedPackageSchema),
  savings: v.nullable(SavingsSchema),
})

/** A stage whose layers were read. */
export interface ReadStage {
  readonly stage: Stage
  /** Digests of the blobs that were read, one for each layer, from the lowest. */
  readonly digests: readonly Digest[]
}

/**
 * Returns the stage with its file system, waste, caches, deleted packages and savings. All of them are null if the entries of a layer are
 * not known, or an engine would reject the layers. Results for the same layers are reused.
 *
 * @param os operating system of the image
 * @param others the stages that this one may copy from
 * @param planned all stages of the Dockerfile. Null if they are not known
 */
export async function withFileSystem(
  { stage, digests }: ReadStage,
  reader: Pick<LayerReader, 'entries' | 'facts' | 'packages' | 'derivedFrom'>,
  os: string,
  others: readonly ReadStage[] = [],
  planned: readonly PlannedStage[] | null = null,
): Promise<Stage> {
  const notKnown = { ...stage, fileSystem: null, waste: null, caches: null, deletedPackages: null, savings: null }
  const isKnown = stage.layers.every(({ entries }) => entries !== null)
  if (!isKnown || digests.length !== stage.layers.length) return notKnown
  const sources = others.filter((other) => other.digests.length === other.stage.layers.length)
  const store = reader.derivedFrom([digests, ...sources.map((other) => other.digests)].flat())
  const isWindows = os === 'windows'
  const uses = planned && usesOf(planned)
  const weighed = new Set([stage, ...others.map((other) => other.stage)].map(({ index }) => index))
  const above = stagesAbove(stage.index, uses ?? [])
  const unweighed = (planned ?? [])
    .filter(({ index }) => !weighed.has(index))
    .map(({ index, instructions }) => ({ instructions, isAbove: above.has(index) }))
  const name = nameOf([{ stage, digests }, ...sources], unweighed, uses, isWindows)
  const kept = parseKept(KeptSchema, (await store?.get(name)) ?? null)
  if (kept?.name === name) {
    const { fileSystem, waste, caches, deletedPackages, savings } = kept
    return { ...stage, fileSystem, waste, caches, deletedPackages, savings }
  }
  const details = new FileDetails()
  const fileSystem = await fileSystemOf(stage, digests, reader, isWindows, details)
  const found = fileSystem && findWaste(fileSystem, stage.layers, stage.totals.baseLayers)
  if (fileSystem === null || found === null) return notKnown
  const copies = await sourcesOf(
    new CopiedFiles(
      stage,
      sources.map((other) => other.stage),
      uses ?? [],
      fileSystem,
      details,
    ),
    sources,
    reader,
  )
  const savings = findSavings(
    fileSystem,
    stage,
    details,
    copies,
    uses,
    others.map((other) => other.stage),
    unweighed,
  )
  const deleted = await deletedFrom(fileSystem, digests, reader)
  const all = { ...found, caches: findCaches(fileSystem), deletedPackages: deleted, savings }
  await store?.put(name, JSON.stringify({ name, ...all }))
  return { ...stage, ...all }
}

/** Returns the deleted packages. Only the packages of layers that lost files are read. */
async function deletedFrom(
  fileSystem: FileSystem,
  digests: readonly Digest[],
  reader: Pick<LayerReader, 'packages'>,
): Promise<DeletedPackage[]> {
  const known = new Map<number, LayerPackagesAndOthers>()
  for (const position of layersWithDeletedFiles(fileSystem)) {
    const digest = digests[position]
    const packages = digest === undefined ? null : await reader.packages(digest)
    if (packages !== null) known.set(position, packages)
  }
  return known.size === 0 ? [] : [...deletedPackages(fileSystem, known)]
}

/** Returns the stages that are FROM a stage, also through others, by index. */
function stagesAbove(index: number, uses: readonly StageUse[]): ReadonlySet<number> {
  const users = Map.groupBy(
    uses.filter(({ via }) => via === 'from'),
    ({ used }) => used,
  )
  const above = new Set<number>()
  // A set is iterated with what is added meanwhile.
  for (const { user } of users.get(index) ?? []) above.add(user)
  for (const one of above) for (const { user } of users.get(one) ?? []) above.add(user)
  return above
}

/** Returns all uses of one stage by another one, of stages that the target does not need too. */
function usesOf(stages: readonly PlannedStage[]): readonly StageUse[] {
  return stages.flatMap(({ index, uses }) =>
    uses.flatMap(({ stageIndex, via }) => (stageIndex === null ? [] : [{ user: index, used: stageIndex, via }])),
  )
}

async function fileSystemOf(
  stage: Stage,
  digests: readonly Digest[],
  reader: Pick<LayerReader, 'entries' | 'facts' | 'packages'>,
  isWindows: boolean,
  details: FileDetails,
): Promise<FileSystem | null> {
  const { layers } = stage
  const fileSystem = new FileSystem(layers.reduce((sum, { entries }) => sum + (entries ?? 0), 0))
  for (const [position, digest] of digests.entries()) {
    const layer = layers[position]
    const onEntry =
      layer !== undefined && isOwn(layer, stage)
        ? details.layer(position, { facts: await reader.facts(digest), packages: await reader.packages(digest) })
        : () => undefined
    fileSystem.beginLayer()
    const isThere = await reader.entries(digest, (entry) => {
      if (isWindows && isHive(entry)) fileSystem.addWithoutPath(entry.fileBytes)
      else fileSystem.add(entry)
      onEntry(entry, fileSystem.files.count)
    })
    if (!isThere) return null
    fileSystem.endLayer()
    if (!fileSystem.isValid) return null
    // Lets signals be handled between two layers with many entries.
    await setImmediate()
  }
  return fileSystem
}

/**
 * Returns the steps of other stages that made copied files, by number of the file. A file is missing if the entries of
 * a layer are not known.
 */
async function sourcesOf(
  copies: CopiedFiles,
  stages: readonly ReadStage[],
  reader: Pick<LayerReader, 'entries' | 'facts'>,
): Promise<ReadonlyMap<number, FileSource>> {
  for (let search = copies.next(); search !== null; search = copies.next()) {
    const { stage } = search
    const digests = stages.find((one) => one.stage === stage)?.digests ?? []
    let isWhole = true
    for (const [position, digest] of digests.entries()) {
      isWhole &&= await readFiles(digest, reader, ({ path, pathLength, fileBytes }, checksum) =>
        search.add(position, path, pathLength, fileBytes, checksum),
      )
      await setImmediate()
    }
    if (isWhole) copies.finish(search)
  }
  return copies.sources
}

const hives = Buffer.from('Hives/')

/**
 * Returns whether a file is part of the Windows registry. Windows stacks the registry of all layers: each layer has its
 * changes under the same few names (`Hives/System_Delta`), and none hides those of another.
 */
function isHive({ kind, path, pathLength }: ListedEntry): boolean {
  return kind === 'file' && pathLength > hives.length && path.subarray(0, hives.length).equals(hives)
}

/** Returns a name for everything that savings depend on: the layers, the end of the base image, and the Dockerfile. */
function nameOf(
  stages: readonly ReadStage[],
  unweighed: readonly Instructed[],
  uses: readonly StageUse[] | null,
  isWindows: boolean,
): string {
  const from = [
    version,
    ...stages.map(({ stage: { name, index, layers, instructions, totals }, digests }) => [
      ...[name, index, totals.baseLayers, digests],
      layers.map(({ origin, instruction, compressedSize }) => [origin, instruction, compressedSize]),
      instructions ?? [],
    ]),
    unweighed.map(({ instructions = [], isAbove }) => [isAbove, instructions.map(({ text }) => text)]),
    uses,
    ...(isWindows ? ['windows'] : []),
  ]
  return `${createHash('sha256').update(JSON.stringify(from)).digest('hex')}.json`
}
