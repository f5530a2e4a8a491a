/** Stores short texts by name in a folder between runs. The texts that were used last are kept. */
import * as v from 'valibot'
import { isSystemError, parseJson } from '../files.ts'
import { namesBeyond, openCacheFolder } from './cache-folder.ts'

/** Short texts by name, which several processes may use at the same time. */
export interface TextStore {
  /**
   * Returns the text with this name, or null if there is none. The name may be any text without a slash. The text may
   * be incomplete.
   */
  get(name: string): Promise<string | null>
  /** Stores a text. If the folder cannot be written, nothing is stored and no error is thrown. */
  put(name: string, text: string): Promise<void>
}

/** Size limit for one text. Longer texts are not stored. */
const maxBytes = 4_000_000

/** Opens a store with at most `maxTexts` texts. If there are more, half of them are deleted. */
export function openTextStore(path: string, maxTexts: number): TextStore {
  const folder = openCacheFolder(path)
  return {
    async get(name) {
      const text = await folder.readText(name, maxBytes)
      if (text !== null) await folder.markUsed(name)
      return text
    },

    async put(name, text) {
      if (Buffer.byteLength(text) > maxBytes) return
      try {
        await folder.write(name, text)
        const names = await folder.names()
        if (names.length <= maxTexts) return
        const files = [...(await folder.statsOf(names))].sort((a, b) => b.usedMs - a.usedMs)
        await folder.remove(namesBeyond(files, { count: Math.floor(maxTexts / 2), bytes: Infinity }))
      } catch (error) {
        if (!isSystemError(error)) throw error
      }
    },
  }
}

/** Parses a stored text. Returns null if there is none, it is incomplete, or another program wrote it. */
export function parseKept<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string | null,
): v.InferOutput<Schema> | null {
  if (text === null) return null
  const result = v.safeParse(schema, parseJson(text))
  return result.success ? result.output : null
}
