import { maxPathLength } from '../packages/path-bytes.ts'
import type { LayerContents, LayerEntry } from './layer-index.ts'

/** Limits for the entries that are held. A layer with more of them has no list. */
const maxHeld = 600
const listed = 300
const listedText = 30_000

/** Collects the files and directories of a layer that have no bytes. Its memory is limited, whatever the entries are. */
export class BareEntries {
  /** Null if it is known that there is no list. */
  #paths: Map<string, 'file' | 'directory'> | null = new Map()

  add({ path, kind, fileBytes }: LayerEntry): void {
    if (this.#paths === null || kind === 'whiteout' || kind === 'opaque-whiteout') return
    if (kind === 'file' && fileBytes > 0) {
      this.#paths.delete(path)
      return
    }
    // What a link leads to is not in a list of paths.
    if ((kind !== 'file' && kind !== 'directory') || path.length > maxPathLength) this.#paths = null
    else if (path !== '') this.#paths.set(Buffer.from(path).toString(), kind)
    if (this.#paths !== null && this.#paths.size > maxHeld) this.#paths = null
  }

  /**
   * Returns their paths in the order of code units; those of directories end with a slash. Null if they are too many, or
   * if the layer has links or devices.
   *
   * @param lists what else is in the layer
   */
  paths({ directories, complete }: Pick<LayerContents, 'directories' | 'complete'>): readonly string[] | null {
    if (this.#paths === null || !complete) return null
    const withBytes = new Set(directories.map(({ path }) => path))
    const paths = [...this.#paths]
      .filter(([path, kind]) => kind === 'file' || !withBytes.has(path))
      .map(([path, kind]) => (kind === 'directory' ? `${path}/` : path))
      .sort()
    const text = paths.reduce((sum, path) => sum + path.length, 0)
    return paths.length > listed || text > listedText ? null : paths
  }
}
