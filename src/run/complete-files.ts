/** Lists files for shell completion. */
import { readdir, stat } from 'node:fs/promises'
import { directive, type Candidate, type Completion } from '../inputs/complete.ts'

/**
 * Adds the files that a completion asks for.
 *
 * @param current the word that is completed
 */
export async function withFiles(completion: Completion, current: string): Promise<Completion> {
  if (completion.filesAfter === null) return completion
  const path = current.slice(completion.filesAfter.length)
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const names = await namesIn(folder, path.slice(folder.length))
  return {
    ...completion,
    candidates: names.map((name): Candidate => ({ word: `${completion.filesAfter}${folder}${name}`, about: '' })),
    // What is in a folder can be typed next.
    directive: completion.directive | (names.some((name) => name.endsWith('/')) ? directive.noSpace : 0),
  }
}

/**
 * Returns names in a folder that begin as given. Those of folders end with `/`. Hidden ones have to be asked for. Names
 * with line breaks or tabs have no form in Cobra's protocol.
 */
async function namesIn(folder: string, start: string): Promise<readonly string[]> {
  const names = await readdir(folder === '' ? '.' : folder).catch(() => [])
  const wanted = names.filter(
    (name) => name.startsWith(start) && (start !== '' || !name.startsWith('.')) && !/\p{Cc}/u.test(name),
  )
  return Promise.all(
    wanted.toSorted().map(async (name) => {
      const found = await stat(`${folder}${name}`).catch(() => null)
      return found?.isDirectory() === true ? `${name}/` : name
    }),
  )
}
