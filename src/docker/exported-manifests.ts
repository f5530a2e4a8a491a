/**
 * Reads from a build's plain log which manifests it exported. With attestations, the digest in the metadata is that of
 * an index, which is new in each build. Only the log names the manifest of the image, which often is the same as before.
 */

/** The manifests that a log names. */
export interface ExportedManifests {
  /** Receives the log. */
  readonly write: (chunk: Buffer) => void
  /**
   * Returns the digest of the only manifest that was exported together with this digest, or null if the log does not
   * say so, as with several platforms.
   */
  readonly manifestOf: (digest: string) => string | null
}

/** Output of a step has its time after the number, so it never looks like this. */
const line = /^#(\d{1,9}) exporting (manifest|manifest list) (sha256:[0-9a-f]{64})(?: |$)/
/** Length limit for a line that is parsed, in bytes. */
const maxLineBytes = 1_000
/** Limit for the digests that are kept. A build names a few for each image and platform. */
const maxDigests = 10_000

/** Returns a reader of a log with `--progress=plain`. */
export function exportedManifests(): ExportedManifests {
  const found = { manifest: new Map<string, string>(), 'manifest list': new Map<string, string>() }
  let rest: Buffer = Buffer.alloc(0)
  const read = (text: string): void => {
    const [, step, kind, digest] = line.exec(text) ?? []
    if (step === undefined || digest === undefined || (kind !== 'manifest' && kind !== 'manifest list')) return
    if (found.manifest.size + found['manifest list'].size < maxDigests) found[kind].set(`${step} ${digest}`, step)
  }
  return {
    write(chunk) {
      let from = 0
      for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
        const bytes = chunk.subarray(from, end)
        if (rest.length + bytes.length <= maxLineBytes) read(Buffer.concat([rest, bytes]).toString('latin1'))
        rest = Buffer.alloc(0)
        from = end + 1
      }
      // One byte more than the limit is enough to skip the rest of an overlong line.
      rest = Buffer.concat([rest, chunk.subarray(from)]).subarray(0, maxLineBytes + 1)
    },
    manifestOf(digest) {
      const steps = [...found['manifest list']].flatMap(([name, step]) => (name === `${step} ${digest}` ? [step] : []))
      const manifests = new Set(
        [...found.manifest].flatMap(([name, step]) => (steps.includes(step) ? [name.slice(step.length + 1)] : [])),
      )
      const [only, ...others] = manifests
      return only !== undefined && others.length === 0 ? only : null
    },
  }
}
