/** Whether a COPY of the build context has the same files on both sides. Pure. */
import type { LayerContents } from '../record/contents.ts'
import type { Layer } from '../record/footprint.ts'

/**
 * Returns whether a COPY has the same files on both sides, if digests cannot show it. Time stamps differ between
 * builders, and then layers with the same files differ too. One builder takes equal copies from its cache, so a layer
 * that differs has other content.
 */
export function isSameCopy(before: Layer | null, after: Layer | null, sameBuilder: boolean): boolean {
  if (before === null || after === null) return false
  // Equal layers were handled before. An engine that stores layers unpacked writes different archives of the same
  // files.
  const isOfOneKind = (before.digest === null) === (after.digest === null)
  if (before.timelessDigest && after.timelessDigest && isOfOneKind) return false
  if (sameBuilder) return false
  const [a, b] = [before.contents ?? null, after.contents ?? null]
  return (
    a !== null &&
    b !== null &&
    a.complete &&
    b.complete &&
    before.fileBytes === after.fileBytes &&
    before.entries === after.entries &&
    before.whiteouts === after.whiteouts &&
    before.opaqueWhiteouts === after.opaqueWhiteouts &&
    haveSameFiles(a, b)
  )
}

function haveSameFiles(before: LayerContents, after: LayerContents): boolean {
  const files = new Map(before.files.map((file) => [file.path, file]))
  return (
    before.files.length === after.files.length &&
    after.files.every(({ path, fileBytes, checksum }) => {
      const old = files.get(path)
      return (
        old?.fileBytes === fileBytes &&
        // An edit may keep the size.
        (checksum === undefined || old.checksum === undefined || checksum === old.checksum)
      )
    })
  )
}
