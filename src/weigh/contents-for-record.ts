/** Selects what a record says about the content of a layer, within the record's limits. Pure. */
import type { LayerContents, LayerPackagesAndOthers } from '../layer/layer-index.ts'
import { packageKey } from '../packages/package-key.ts'
import type { LayerPackage } from '../packages/package.ts'
import {
  maxPackages,
  maxParts,
  type BasePackages,
  type LayerContents as RecordedContents,
  type ContentLists,
  type RecordedPackage,
  type RecordedPackages,
} from '../record/contents.ts'
import { replacedIn } from './replaced-packages.ts'

/** Limit for the characters of all packages of a layer. Long paths shorten the list. */
const maxText = 100_000
/** Limit for the parts of all packages of a layer. */
const maxPartsOfLayer = 2_000
/** Limit for the files, and for the directories, that belong to no package. */
const maxOthers = 100

/**
 * Returns the contents for a record.
 *
 * @param packages null if they are not known
 */
export function contentsForRecord(contents: LayerContents, packages: LayerPackagesAndOthers | null): RecordedContents {
  return {
    ...listsOf(contents),
    ...(contents.bare === undefined ? {} : { bare: [...contents.bare] }),
    packages: packages && packagesForRecord(packages),
  }
}

/** A layer of a base image as it was read. Both are null if they are not known. */
export interface BaseLayerContents {
  readonly packages: LayerPackagesAndOthers | null
  readonly contents: LayerContents | null
}

/**
 * Returns the packages of a base image for a record, and the rest of its files. Null if the packages of one of its layers
 * are not known.
 */
export function basePackagesForRecord(layers: readonly BaseLayerContents[]): BasePackages | null {
  const known = layers.flatMap(({ packages }) => packages ?? [])
  if (known.length < layers.length) return null
  const sum = (key: 'packages' | 'fileBytes' | 'files'): number =>
    known.reduce((all, { folded }) => all + folded[key], 0)
  const { listed, folded } = heaviest({
    packages: known.flatMap(({ packages }) => packages),
    folded: { packages: sum('packages'), fileBytes: sum('fileBytes'), files: sum('files') },
  })
  const replaced = replacedIn(known.map(({ packages }) => packages))
  return {
    packages: listed.map((one) => ({
      ...{ ecosystem: one.ecosystem, name: one.name, version: one.version },
      ...{ fileBytes: one.fileBytes, files: one.files },
      ...(replaced.has(one) ? { isReplaced: true } : {}),
    })),
    folded,
    complete: known.every(isComplete),
    others: othersOf(layers),
  }
}

/** Returns the files of all layers that belong to no package. A path that several layers have counts in each of them. */
function othersOf(layers: readonly BaseLayerContents[]): ContentLists | null {
  const lists = layers.flatMap(({ packages, contents }) => (packages ? (packages.others ?? contents ?? []) : []))
  if (lists.length < layers.length) return null
  const [files, directories] = [new Map<string, number>(), new Map<string, { fileBytes: number; files: number }>()]
  for (const list of lists) {
    for (const { path, fileBytes } of list.files) files.set(path, (files.get(path) ?? 0) + fileBytes)
    for (const { path, fileBytes, files: more } of list.directories) {
      const sum = directories.get(path) ?? { fileBytes: 0, files: 0 }
      directories.set(path, { fileBytes: sum.fileBytes + fileBytes, files: sum.files + more })
    }
  }
  const heaviestFirst = (a: { readonly fileBytes: number }, b: { readonly fileBytes: number }): number =>
    b.fileBytes - a.fileBytes
  return listsOf(
    {
      files: [...files].map(([path, fileBytes]) => ({ path, fileBytes })).sort(heaviestFirst),
      directories: [...directories].map(([path, sum]) => ({ path, ...sum })).sort(heaviestFirst),
      complete: lists.every(({ complete }) => complete),
    },
    maxOthers,
  )
}

function packagesForRecord(layer: LayerPackagesAndOthers): RecordedPackages {
  const { listed, folded } = heaviest(layer)
  return {
    packages: withParts(listed),
    folded,
    complete: isComplete(layer),
    others: layer.others && listsOf(layer.others, maxOthers),
    ...(layer.withoutFiles ? { withoutFiles: [...layer.withoutFiles] } : {}),
  }
}

/** Returns whether all packages are known. The layer's own list may have left out copies of a listed name. */
const isComplete = ({ complete, folded }: LayerPackagesAndOthers): boolean => complete && folded.packages === 0

type Packages = Pick<LayerPackagesAndOthers, 'packages' | 'folded'>

/**
 * Returns the heaviest package names with all of their copies, so that the bytes of a listed name are complete. The
 * remaining packages are summed up.
 */
function heaviest({ packages, folded }: Packages): {
  readonly listed: readonly LayerPackage[]
  readonly folded: Packages['folded']
} {
  const names = [...Map.groupBy(packages, packageKey).values()].map((copies) => ({
    copies,
    fileBytes: bytesOf(copies),
  }))
  const listed: LayerPackage[] = []
  const rest: LayerPackage[] = []
  let text = 0
  // Sorting is stable, so names of equal size stay in the order of their heaviest copies.
  for (const { copies } of names.toSorted((a, b) => b.fileBytes - a.fileBytes)) {
    text += copies.reduce((sum, { name, version, path }) => sum + name.length + (version?.length ?? 0) + path.length, 0)
    const isRoom = rest.length === 0 && listed.length + copies.length <= maxPackages && text <= maxText
    ;(isRoom ? listed : rest).push(...copies)
  }
  return {
    listed,
    folded: {
      packages: folded.packages + rest.length,
      fileBytes: folded.fileBytes + bytesOf(rest),
      files: folded.files + rest.reduce((sum, { files }) => sum + files, 0),
    },
  }
}

/** Returns packages with all of their parts or none. An incomplete list would not show which parts are new. */
function withParts(packages: readonly LayerPackage[]): RecordedPackage[] {
  let room = maxPartsOfLayer
  return packages.map(({ parts, ecosystem, name, version, path, fileBytes, files }) => {
    const one = { ecosystem, name, version, path, fileBytes, files }
    if (parts.length === 0) return one
    if (parts.length > Math.min(room, maxParts)) return { ...one, parts: null }
    room -= parts.length
    return { ...one, parts: parts.map(({ name, version }) => ({ name, version })) }
  })
}

function listsOf({ files, directories, complete }: LayerContents, maxItems = Infinity): ContentLists {
  return {
    files: files.slice(0, maxItems),
    directories: directories.slice(0, maxItems),
    complete: complete && files.length <= maxItems && directories.length <= maxItems,
  }
}

const bytesOf = (packages: readonly LayerPackage[]): number =>
  packages.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
