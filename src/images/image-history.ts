/**
 * Determines the instructions of an image from its history, if there is no Dockerfile. In the history, RUN begins with
 * the values of build arguments, and COPY, ADD and WORKDIR contain them. None of these values may leave this file. If a
 * text cannot be distinguished from a value, it is left out. Pure.
 */
import type { ImageConfig } from '../oci/manifest.ts'
import { textForRecord } from '../record/footprint.ts'
import type { SourceImage } from './source-image.ts'
import { WordFinder } from './word-finder.ts'

/** Returns what may be known of a config outside of this file. */
export function withoutArgumentValues(config: ImageConfig): Pick<SourceImage, 'config' | 'instructions'> {
  const history = config.history?.map(({ empty_layer }) => ({ empty_layer }))
  return { config: { ...config, history }, instructions: layerInstructions(config) }
}

/**
 * Limits for a history. A history that exceeds them does not come from a build, and its texts are not used. Characters
 * are UTF-16 code units.
 */
const limits = { characters: 1_000_000, shells: 8, shellCharacters: 200, values: 5_000, valueCharacters: 200_000 }

/**
 * Returns the text of each layer's instruction, lowest first. A text is null if it is unknown. Returns null if history
 * and layers do not match.
 */
export function layerInstructions({ history, rootfs }: ImageConfig): readonly (string | null)[] | null {
  const entries = (history ?? []).map(({ created_by = '', empty_layer }) => ({
    text: created_by,
    empty: empty_layer === true,
  }))
  const made = entries.filter(({ empty }) => !empty)
  // If an instruction that makes no layer seems to have made one, then other entries are off by one as well.
  if (made.length !== rootfs.diff_ids.length || made.some(({ text }) => layerlessKeyword.test(text))) return null
  const texts = entries.map(({ text }) => text)
  if (lengthOf(texts) > limits.characters) return null
  const shells = shellsOf(texts)
  if (shells.length > limits.shells || shells.some((shell) => shell.length > limits.shellCharacters)) return null
  const values = argumentValues(texts, shells)
  if (values.size > limits.values || lengthOf([...values.keys()]) > limits.valueCharacters) return null
  const finder = new WordFinder(values.keys())
  return made.map(({ text }) => instructionOf(text, shells, { names: values, finder }))
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0)

/**
 * Returns the prefixes of RUN commands, with a space at the end: the default shells and those of SHELL instructions.
 */
function shellsOf(texts: readonly string[]): readonly string[] {
  const given = texts.flatMap((text) => {
    const start = /(?:^|#\(nop\)\s+)SHELL \[/.exec(text)
    const end = text.trimEnd()
    if (start === null || !end.endsWith(']')) return []
    const words = end.slice(start.index + start[0].length, -1)
    return words === '' ? [] : [`${words} `]
  })
  return [...new Set(['/bin/sh -c ', 'cmd /S /C ', ...given])]
}

const nop = '/bin/sh -c #(nop) '
const buildkit = / # buildkit$/
const withArguments = /^\|\d+ /
/** These instructions make no layer. If one has a layer nevertheless, its text is expanded. */
const metadataKeyword =
  /^(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/i
/** Matches only the form that builders write, because other tools write free text. */
const layerlessKeyword =
  /^(?:\/bin\/sh -c #\(nop\)\s+)?(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\s/
const expandedKeyword = /^(?:COPY|ADD|WORKDIR)\b/i

function instructionOf(createdBy: string, shells: readonly string[], values: Values): string | null {
  const text = createdBy.replace(buildkit, '').trim()
  if (text === '') return null
  if (text.startsWith(nop)) return plain(text.slice(nop.length).trim(), values)
  const isRun = /^RUN\s/.test(text)
  const words = isRun ? text.slice('RUN'.length).trim() : text
  if (withArguments.test(words)) {
    const command = behindShell(words, shells)
    return command === null ? null : finished(`RUN ${masked(command, values, longValue)}`)
  }
  const shell = shells.find((prefix) => words.startsWith(prefix))
  if (shell !== undefined) return finished(`RUN ${masked(words.slice(shell.length), values, longValue)}`)
  return plain(text, values)
}

/** Returns the text of an entry that is not a RUN with a shell: another instruction, or the text of another tool. */
function plain(text: string, values: Values): string | null {
  if (metadataKeyword.test(text) || /\|\d+ \w+=/.test(text)) return null
  return finished(masked(text, values, expandedKeyword.test(text) ? 1 : longValue))
}

const finished = (text: string): string | null => (text.trim() === '' ? null : textForRecord(text.trim()))

/**
 * Returns the command after the shell. Values may contain spaces, so only the shell shows where they end. Returns null
 * if the shell occurs more than once.
 */
function behindShell(words: string, shells: readonly string[]): string | null {
  const places = shells.flatMap((shell) => {
    const first = words.indexOf(` ${shell}`)
    if (first < 0) return []
    const next = words.indexOf(` ${shell}`, first + 1)
    return next < 0 ? [first + 1 + shell.length] : [first + 1 + shell.length, next]
  })
  const [only] = places
  return places.length === 1 && only !== undefined ? words.slice(only) : null
}

interface Values {
  /** Maps each value to the name of its argument. */
  readonly names: ReadonlyMap<string, string>
  readonly finder: WordFinder
}

/**
 * Shortest value, in characters, that is masked in a RUN. RUN commands are never expanded, so a shorter value is there
 * by chance.
 */
const longValue = 6

/** Returns the values of build arguments and their names, as far as the history contains them. */
function argumentValues(texts: readonly string[], shells: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  const add = (pairs: string): void => {
    // `A=1 B=2` may be two arguments, or one value with a space. Both readings are used.
    for (const part of [pairs, ...pairs.split(/ (?=[A-Za-z_]\w*=)/)]) {
      const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(part.trim()) ?? []
      if (name !== undefined && value !== '') values.set(value, name)
    }
  }
  for (const text of texts) {
    const declared = /(?:^|#\(nop\)\s+)ARG (.*)$/s.exec(text.replace(buildkit, ''))?.[1]
    if (declared !== undefined) add(declared)
    const given = /^(?:RUN )?\|\d+ (.*)$/s.exec(text)?.[1]
    if (given === undefined) continue
    const end = shells.reduce((least, shell) => {
      const at = given.indexOf(` ${shell}`)
      return at < 0 ? least : Math.min(least, at)
    }, given.length)
    add(given.slice(0, end))
  }
  return values
}

/**
 * Replaces each value with the name of its argument, as in the Dockerfile. Short values are only replaced if they are
 * whole words.
 */
function masked(text: string, { names, finder }: Values, least: number): string {
  const isWord = (character: string): boolean => /^\w$/.test(character)
  const counts = (start: number, length: number): boolean =>
    length >= least && (length >= 3 || (!isWord(text.charAt(start - 1)) && !isWord(text.charAt(start + length))))
  let result = ''
  let from = 0
  for (const { start, lengths } of finder.find(text)) {
    if (start < from) continue
    const length = lengths.find((each) => counts(start, each))
    if (length === undefined) continue
    result += `${text.slice(from, start)}\${${names.get(text.slice(start, start + length)) ?? ''}}`
    from = start + length
  }
  return result + text.slice(from)
}
