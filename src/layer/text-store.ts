/** Short texts by name, kept in a folder between runs: those that were used last. */
import { lstat, lutimes, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { isSystemError, makeOwnFolder, namesIn, readRegularText, writeWhole } from '../files.ts'

export interface TextStore {
  /** Null where nothing is kept under the name, which may be any text without a slash. What is given may be torn. */
  get(name: string): Promise<string | null>
  /** A folder that cannot be written is no error. */
  put(name: string, text: string): Promise<void>
}

/** Of one text. Longer ones are not kept. */
const mostBytes = 4_000_000

/** At most `most` texts; when there are more, half of them go. Several processes may use the folder at once. */
export function openTextStore(folder: string, most: number): TextStore {
  return {
    async get(name) {
      const path = join(folder, name)
      const text = await readRegularText(path, mostBytes)
      const now = new Date()
      if (text !== null) await lutimes(path, now, now).catch(() => undefined)
      return text
    },

    async put(name, text) {
      if (Buffer.byteLength(text) > mostBytes) return
      try {
        await makeOwnFolder(folder)
        await writeWhole(join(folder, name), text)
        const names = await namesIn(folder)
        if (names.length > most) await forgetOldest(folder, names, Math.floor(most / 2))
      } catch (error) {
        if (!isSystemError(error)) throw error
      }
    },
  }
}

async function forgetOldest(folder: string, names: readonly string[], kept: number): Promise<void> {
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name)
      return {
        path,
        usedMs: await lstat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      }
    }),
  )
  for (const { path } of found.sort((a, b) => b.usedMs - a.usedMs).slice(kept))
    await rm(path, { force: true }).catch(() => undefined)
}

/** What a kept text says; null where there is none, or it is torn, or another program's. */
export function parseKept<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string | null,
): v.InferOutput<Schema> | null {
  if (text === null) return null
  try {
    const result = v.safeParse(schema, JSON.parse(text))
    return result.success ? result.output : null
  } catch {
    return null
  }
}
