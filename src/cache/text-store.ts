/** Short texts by name, kept in a folder between runs: those that were used last. */
import * as v from 'valibot'
import { isSystemError, parseJson } from '../files.ts'
import { countWithin, openCacheFolder } from './cache-folder.ts'

export interface TextStore {
  /** Null where nothing is kept under the name, which may be any text without a slash. What is given may be torn. */
  get(name: string): Promise<string | null>
  /** A folder that cannot be written is no error. */
  put(name: string, text: string): Promise<void>
}

/** Of one text. Longer ones are not kept. */
const mostBytes = 4_000_000

/** At most `most` texts; when there are more, half of them go. */
export function openTextStore(path: string, most: number): TextStore {
  const folder = openCacheFolder(path)
  return {
    async get(name) {
      const text = await folder.readText(name, mostBytes)
      if (text !== null) await folder.markUsed(name)
      return text
    },

    async put(name, text) {
      if (Buffer.byteLength(text) > mostBytes) return
      try {
        await folder.write(name, text)
        const names = await folder.names()
        if (names.length <= most) return
        const files = [...(await folder.statsOf(names))].sort((a, b) => b.usedMs - a.usedMs)
        const kept = countWithin(
          files.map(({ bytes }) => bytes),
          { most: Math.floor(most / 2), bytes: Infinity },
        )
        await folder.remove(files.slice(kept).map((file) => file.name))
      } catch (error) {
        if (!isSystemError(error)) throw error
      }
    },
  }
}

/** What a kept text says; null where there is none, or it is torn, or another program's. */
export function parseKept<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string | null,
): v.InferOutput<Schema> | null {
  if (text === null) return null
  const result = v.safeParse(schema, parseJson(text))
  return result.success ? result.output : null
}
