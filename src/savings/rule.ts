/** The parts of a rule about savings. */

/**
 * A sentence of our own with parts that are code. Code may be a command or a path, which is untrusted and not escaped
 * here.
 */
export type Words = readonly (string | { readonly code: string })[]

/** Makes a sentence from a template. Each `${…}` is code. */
export function words(strings: TemplateStringsArray, ...codes: readonly string[]): Words {
  return strings.flatMap((text, at) => {
    const code = codes[at]
    return [...(text === '' ? [] : [text]), ...(code === undefined ? [] : [{ code }])]
  })
}

/** The place of an edit. */
export interface Place {
  /** Path of the file or directory that contains the bytes, with a slash at its start. */
  readonly path: string
  readonly kind: 'file' | 'directory'
  readonly claim: 'sure' | 'likely'
  /** All directories or archives that the rule matched, if a single edit names each of them. Empty for other rules. */
  readonly paths: readonly string[]
  /** Whether the instruction is known to bring nothing else. */
  readonly isWholeLine: boolean
  /** The files that these are a copy of. Null if they are no copy. */
  readonly other: { readonly path: string; readonly isOfSameLine: boolean } | null
  /** The file that says what the context leaves out, as a record has it. Null if it is `.dockerignore`, or not known. */
  readonly ignoreFile: string | null
  /** The instruction to edit, as written. Empty if it is not known. */
  readonly text: string
  /** The later instruction that deletes, replaces or reads the files. Null if there is none. */
  readonly later: {
    readonly text: string
    readonly line: number | null
    /** Whether no step between the two could use the files. */
    readonly isNext: boolean
    /** Lines of the RUN instructions that name the file, from the first to this one. Null for a line that is not known. */
    readonly readers: readonly (number | null)[]
    /** Lines of the RUN instructions that change the owner or the mode of the file by its name. */
    readonly changers?: readonly (number | null)[]
    /** Whether the two and all between them can become one RUN. Absent if it is not known. */
    readonly canJoin?: boolean
    /** Lines that must come before the first if it is to do the work of both: COPY, ADD and settings. */
    readonly linesToMove?: readonly (number | null)[]
    /** Whether it is in a stage that is FROM the one of this instruction, and the two cannot become one RUN there. */
    readonly isApart?: boolean
  } | null
  /** The owner and the mode that the later instruction gives to all of the files. Null if it is not known. */
  readonly becomes: { readonly owner: string | null; readonly mode: string | null } | null
  /** Whether a RUN follows in the stage, which may use the files. */
  readonly hasLaterRun: boolean
  /** Whether the stage has a shell, which a RUN needs. Absent if it has one, or it is not known. */
  readonly hasShell?: boolean
  /**
   * The user other than root that a RUN below the instruction has, or the RUN itself, and the line above which it is root. That line is
   * null if another stage sets the user.
   */
  readonly user?: { readonly name: string; readonly line: number | null } | null
  /**
   * The builder stage of the instruction, if another line copies the files from there. `later` is then the last step of
   * that stage that may need the files.
   */
  readonly stage: string | null
  /** The RUN of a builder stage that made what the instruction copies. Absent if it is not known, or not needed. */
  readonly madeBy?: { readonly stage: string; readonly text: string; readonly line: number }
}

/** A rule about savings. */
export interface Rule {
  /** Identifies the rule in records. */
  readonly id: string
  /** What the bytes are, such as `apt package lists`. */
  readonly name: string
  /** Why the edit may not be wanted, so that the saving is only likely. Null if the saving is sure. */
  readonly likely: string | null
  /** For a rule that is sure otherwise: why a saving is only likely in some cases. */
  readonly unsure?: string
  /**
   * Directories whose files the rule covers, in any layer of this Dockerfile. They are anchored at the root if they
   * begin with a slash, otherwise they match anywhere. `*` matches any one name.
   */
  readonly directories?: readonly string[]
  /**
   * For files that a COPY brought from a builder stage: present if the edit belongs to the step of that stage that made
   * them. Tells which later steps of that stage, or of one that copied them, may need the files. Absent if the edit
   * belongs to the COPY.
   */
  readonly mayNeed?: (instruction: string) => boolean
  /** For files that such a step copied: whether the edit adds a RUN, or a command to one. Both need a shell. */
  readonly needsShell?: boolean
  /** For copied files: whether the edit adds a RUN to the stage that ships them. */
  readonly addsRun?: boolean
  /** Whether the edit may add a cache mount to the RUN. Only root can write to one. */
  readonly addsMount?: boolean
  /** Whether the edit is an option that reaches all files the rule matched, wherever they are. */
  readonly reachesAll?: boolean
  /** Programs that read the files. If the image has one, its command may run it, so the saving is only likely. */
  readonly readBy?: readonly string[]
  /** Whether one edit names all directories that the rule matched in a layer. Otherwise each needs its own edit. */
  readonly listsPlaces?: boolean
  /** Whether a report names the packages that the edit leaves out, in place of where their files are. */
  readonly namesPackages?: boolean
  /** Whether the edit is another one if the instruction brings nothing else. */
  readonly dependsOnWholeLine?: boolean
  /**
   * Present if the edit of a COPY names the line of the builder stage that made the files: commands that make such files.
   * A file that the COPY gives another name was made by the only line of that stage with one of them.
   */
  readonly makers?: readonly string[]
  /** Whether the edit names the owner and the mode that the later layer gives to the files. */
  readonly namesAttributes?: boolean
  /** Returns the edit to make. */
  readonly type: (place: Place) => Words
}

/** Quotes a path as one word of a shell command. */
export function shellWord(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

/** Returns the keyword of an instruction in upper case. Empty if the text has none. */
export function keywordOf(text: string): string {
  return (/^\s*([a-z]+)[\s\\]/i.exec(text)?.[1] ?? '').toUpperCase()
}

/** Returns whether an instruction copies files. */
export function isCopy(text: string): boolean {
  return ['COPY', 'ADD'].includes(keywordOf(text))
}

/** Returns whether a text contains one of these words, or several words separated by single spaces. */
export function says(text: string, ...anyOf: readonly string[]): boolean {
  return anyOf.some((word) => {
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1))
      if (!isWordPart(text[at - 1]) && !isWordPart(text[at + word.length])) return true
    return false
  })
}

const isWordPart = (character: string | undefined): boolean => character !== undefined && /[\w-]/.test(character)

/** Returns `line 3`, `lines 3 and 4`, or null if a number is not known. */
export function linesOf(lines: readonly (number | null)[]): string | null {
  const known = lines.filter((line) => line !== null)
  if (known.length < lines.length || known.length === 0) return null
  return known.length === 1 ? `line ${known[0]}` : `lines ${known.slice(0, -1).join(', ')} and ${known.at(-1)}`
}

const archive = /\.(?:tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst))["',\]]?\s/i

/** Returns whether an instruction unpacks an archive. No ignore file and no `--chmod` applies to what is in it. */
export const unpacks = (text: string): boolean => keywordOf(text) === 'ADD' && archive.test(text)

/** Returns whether an instruction runs a command. */
export function isRun(text: string): boolean {
  return keywordOf(text) === 'RUN'
}

const execForm = /^\s*RUN\s(?:--\S+\s+)*\[/i

/** Returns whether a RUN starts its command without a shell. */
export const isExecForm = (text: string): boolean => execForm.test(text)

/** Returns words such as `in the stage build that this line copies from`. Null for a COPY from the context. */
export function sourceOf(text: string): Words | null {
  const from = /\s--from=["']?([\w./:@-]+)/.exec(text)?.[1]
  if (from === undefined) return text.includes('--from') ? ['in the stage that this line copies from'] : null
  return /[/:@]/.test(from) ? words`in the image ${from}` : words`in the stage ${from}`
}

/** Returns `in line 3 of the stage build`, if that line made what an instruction copies. Null if it is not known. */
export const makerOf = ({ madeBy }: Place): Words | null =>
  madeBy === undefined ? null : [`in line ${madeBy.line} of the stage `, { code: madeBy.stage }]
