/** Rules about archives that one line copies and a later line unpacks. */
import { deletesFolders } from '../deletions.ts'
import { keywordOf, linesOf, shellWord, words, type Place, type Rule, type Words } from '../rule.ts'
import { listed } from './copy-edits.ts'
import { atEnd, lineOf } from './run-edits.ts'

/** Archives that one line copies and a later line deletes. */
export const archiveRule: Rule = {
  id: 'archive',
  name: 'archive that is unpacked and deleted',
  likely: 'a RUN may do more with it than read it',
  dependsOnWholeLine: true,
  type: (place) => {
    const { readers = [], line = null, isNext = false } = place.later ?? {}
    const lines = readers.length === 0 && isNext ? [line] : readers
    const it = place.kind === 'file' ? 'it' : 'them'
    return [
      ...readByMount(
        place,
        lines.length === 0 ? `the RUN that unpacks ${it}` : `the RUN in ${linesOf(lines) ?? 'a later line'}`,
      ),
      // A file that is missing cannot be deleted, and neither can a mount.
      ...['; then drop the deletion in ', lineOf(place)],
      ...(deletesFolders(place.later?.text ?? '') ? [` as far as it deletes only ${it}`] : []),
      ...changeOf(place, ' and '),
    ]
  },
}

/** Archives that one line copies and a later line unpacks, without deleting them. */
export const unpackedArchiveRule: Rule = {
  id: 'archive-kept',
  name: 'archive that is unpacked here',
  likely: 'it may be read again',
  dependsOnWholeLine: true,
  type: (place) => [...readByMount(place, `the RUN in ${lineOf(place)}`), ...changeOf(place, '; then drop ')],
}

/** Archives that a RUN makes or downloads, unpacks, and leaves behind. */
export const leftArchiveRule: Rule = {
  id: 'archive-left',
  name: 'archive that this RUN unpacks',
  likely: 'it may be read again',
  type: (place) => {
    const archives = place.paths.length === 0 ? [place.path] : place.paths
    return atEnd(place, `rm -f ${archives.map(shellWord).join(' ')}`)
  },
}

/** Returns words about lines that change the owner or the mode of the archive, which fail without it. */
function changeOf({ later, kind }: Place, before: string): Words {
  const changers = later?.changers ?? []
  if (changers.length === 0) return []
  const whose = kind === 'file' ? 'its' : 'their'
  return [`${before}the change of ${whose} owner or mode in ${linesOf(changers) ?? 'a later line'}`]
}

/** Limit for the archives that an edit names. */
const maxNamed = 3
const isDownload = (text: string): boolean => keywordOf(text) === 'ADD' && /\shttps?:\/\//i.test(text)

/**
 * Returns an edit that has another line read archives, so that no layer needs them.
 *
 * @param reader such as `the RUN in line 3`
 */
function readByMount({ path, paths, kind, isWholeLine, text }: Place, reader: string): Words {
  const archives = kind === 'file' ? [path] : paths
  const [it, what] = kind === 'file' ? ['it', 'the archive'] : ['them', 'the archives']
  if (isDownload(text))
    return [
      isWholeLine ? 'move this line to a stage of its own' : `download ${what} in a stage of their own`,
      ` and have ${reader} read ${it} by `,
      ...words`${'RUN --mount=type=bind,from=STAGE'}`,
    ]
  const named: Words =
    archives.length === 0 || archives.length > maxNamed ? words`the archives in ${path}` : listed(archives)
  return [
    ...(isWholeLine ? ['drop this line'] : ['leave ', ...named, ' out of this line']),
    ` and have ${reader} read ${isWholeLine ? what : it} by `,
    ...words`${'RUN --mount=type=bind'}`,
  ]
}
