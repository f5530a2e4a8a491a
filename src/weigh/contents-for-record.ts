/** What is in a layer, within the bounds of a record. Pure. */
import type { LayerContents, LayerPackagesAndOthers } from '../layer/layer-index.ts'
import type { LayerPackage } from '../packages/package.ts'
import {
  mostPackages,
  mostParts,
  type LayerContents as RecordedContents,
  type ContentLists,
  type RecordedPackage,
  type RecordedPackages,
} from '../record/contents.ts'

/** Most characters of a layer's packages together: long paths shorten the list. */
const mostText = 100_000
/** Most parts of a layer's packages together. */
const mostPartsOfLayer = 2_000
/** Most files, and most directories, of those that belong to no package. */
const mostOthers = 100

/** @param packages null where they are not known */
export function contentsForRecord(contents: LayerContents, packages: LayerPackagesAndOthers | null): RecordedContents {
  return { ...listsOf(contents), packages: packages && packagesForRecord(packages) }
}

/**
 * The heaviest names with all of their copies, so that the bytes of a listed name are all of its bytes; the rest is
 * summed.
 */
function packagesForRecord({ packages, folded, complete, others }: LayerPackagesAndOthers): RecordedPackages {
  const names = [...Map.groupBy(packages, ({ ecosystem, name }) => `${ecosystem} ${name}`).values()].map((copies) => ({
    copies,
    fileBytes: bytesOf(copies),
  }))
  const listed: LayerPackage[] = []
  const rest: LayerPackage[] = []
  let text = 0
  // The order of names of one weight is that of their heaviest copies: sorting is stable.
  for (const { copies } of names.toSorted((a, b) => b.fileBytes - a.fileBytes)) {
    text += copies.reduce((sum, { name, version, path }) => sum + name.length + (version?.length ?? 0) + path.length, 0)
    const isRoom = rest.length === 0 && listed.length + copies.length <= mostPackages && text <= mostText
    ;(isRoom ? listed : rest).push(...copies)
  }
  return {
    packages: withParts(listed),
    folded: {
      packages: folded.packages + rest.length,
      fileBytes: folded.fileBytes + bytesOf(rest),
      files: folded.files + rest.reduce((sum, { files }) => sum + files, 0),
    },
    // Copies of a listed name may be among those that the layer's own list had no room for.
    complete: complete && folded.packages === 0,
    others: others && listsOf(others, mostOthers),
  }
}

/** All parts of a package or none of them: of some nobody could tell which are new. */
function withParts(packages: readonly LayerPackage[]): RecordedPackage[] {
  let room = mostPartsOfLayer
  return packages.map(({ parts, ...one }) => {
    if (parts.length === 0) return one
    if (parts.length > Math.min(room, mostParts)) return { ...one, parts: null }
    room -= parts.length
    return { ...one, parts: parts.map(({ name, version }) => ({ name, version })) }
  })
}

function listsOf({ files, directories, complete }: LayerContents, most = Infinity): ContentLists {
  return {
    files: files.slice(0, most),
    directories: directories.slice(0, most),
    complete: complete && files.length <= most && directories.length <= most,
  }
}

const bytesOf = (packages: readonly LayerPackage[]): number =>
  packages.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
