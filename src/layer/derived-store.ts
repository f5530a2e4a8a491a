import { join } from 'node:path'
import { openTextStore, type TextStore } from '../cache/text-store.ts'
import { layersVersion } from './layer-files.ts'

/** Limit for the number of texts, of a few kilobytes each. */
const maxTexts = 1000

/**
 * Opens a store for results that depend on several layers together.
 *
 * @param indexFolder folder of the index store with these layers
 */
export function openDerivedStore(indexFolder: string): TextStore {
  return openTextStore(join(indexFolder, layersVersion, 'derived'), maxTexts)
}
