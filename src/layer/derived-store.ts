import { join } from 'node:path'
import { openTextStore, type TextStore } from '../cache/text-store.ts'
import { layersVersion } from './layer-files.ts'

/** Of some kilobytes each. */
const mostTexts = 1000

/**
 * Keeps what follows from several layers together, by a name of who keeps it.
 *
 * @param indexFolder where the indexes of these layers are kept
 */
export function openDerivedStore(indexFolder: string): TextStore {
  return openTextStore(join(indexFolder, layersVersion, 'derived'), mostTexts)
}
