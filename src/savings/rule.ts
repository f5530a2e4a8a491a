/** What a rule about savings is made of. */

/** A sentence of our own, with parts that are code: commands, and paths, which are foreign text and not escaped here. */
export type Words = readonly (string | { readonly code: string })[]

/** Plain text as it stands; each `${…}` is code. */
export function words(strings: TemplateStringsArray, ...codes: readonly string[]): Words {
  return strings.flatMap((text, at) => {
    const code = codes[at]
    return [...(text === '' ? [] : [text]), ...(code === undefined ? [] : [{ code }])]
  })
}

/** Where an edit goes. */
export interface Place {
  /** Of the file or directory that the bytes are in, with a slash at its start. */
  readonly path: string
  /** Of the instruction to edit, as written; empty where it is not known. */
  readonly text: string
  /** Of the later instruction that deletes, replaces or reads the files; null where there is none. */
  readonly later: { readonly text: string; readonly line: number | null } | null
}

export interface Rule {
  /** In records. */
  readonly id: string
  /** What the bytes are, such as `apt package lists`. */
  readonly name: string
  /** Why the edit may not be wanted, so that its bytes are no more than likely to be saved; null where they surely are. */
  readonly likely: string | null
  /**
   * Directories whose files it is about, in any layer of this Dockerfile: from the root where they begin with a slash,
   * else wherever they are. `*` is any one name.
   */
  readonly directories?: readonly string[]
  /** What to type. */
  readonly type: (place: Place) => Words
}

/** A path as one word of a shell's command, whatever is in it. */
export function shellWord(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

/** The keyword of an instruction in upper case; empty where the text has none. */
export function keywordOf(text: string): string {
  return (/^\s*([a-z]+)\s/i.exec(text)?.[1] ?? '').toUpperCase()
}

/** Whether files were put there by copying. */
export function isCopy(text: string): boolean {
  return ['COPY', 'ADD'].includes(keywordOf(text))
}

/** Whether a text has this word, or these words in a row with one blank between them. */
export function says(text: string, ...anyOf: readonly string[]): boolean {
  return anyOf.some((word) => {
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
      if (!isWordPart(text[at - 1]) && !isWordPart(text[at + word.length])) return true
    return false
  })
}

const isWordPart = (character: string | undefined): boolean => character !== undefined && /[\w-]/.test(character)
