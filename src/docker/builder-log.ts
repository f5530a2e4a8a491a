/**
 * Where the builder's words go. What runs in a build prints what it likes, and a runner obeys each line of a step's
 * output that looks like a workflow command: `::add-path::…`, `##[add-mask]…`.
 */
import { randomUUID } from 'node:crypto'
import { jsonForRunner } from '../text.ts'

export interface BuilderLog {
  /** Shows words as they come. */
  readonly write: (chunk: Buffer) => void
  /** Shows what came last without an end of its line. */
  readonly end: () => void
  /** Shows the answer to a `--call`. */
  readonly answer: (text: string) => void
}

interface Output {
  write(chunk: Buffer | string): unknown
}

/** For people: all of it, as it is. */
export function plainLog(words: Output, answers: Output): BuilderLog {
  return { write: (chunk) => void words.write(chunk), end: () => undefined, answer: (text) => void answers.write(text) }
}

/**
 * For a runner. A line that it could take for a command stands between `::stop-commands::TOKEN` and `::TOKEN::`, written
 * at once: whatever this process says before and after on the same stream is obeyed, so no mask and no output is lost.
 * Masks that are set already and problem matchers work on these lines as on any other.
 *
 * @param words of a step of ours where its own commands go too: a runner reads two streams in no order
 */
export function quotedLog(words: Output, answers: Output): BuilderLog {
  const log = quoted(words)
  return {
    ...log,
    answer: (text) => {
      const said = quoted(answers)
      said.write(Buffer.from(jsonForRunner(text)))
      said.end()
    },
  }
}

const longestLine = 65_536
const [newline, carriageReturn] = [0x0a, 0x0d]

function quoted(out: Output): Pick<BuilderLog, 'write' | 'end'> {
  let rest: Buffer = Buffer.alloc(0)
  const show = (line: Buffer): void => {
    if (!mayBeCommand(line)) return void out.write(line)
    const token = randomUUID()
    out.write(`::stop-commands::${token}\n${line.toString('utf8').replace(/[\r\n]$/, '')}\n::${token}::\n`)
  }
  return {
    write(chunk) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      let start = 0
      let plainFrom = 0
      // What is left of the last chunk has no end of a line.
      for (let end = rest.length; end < bytes.length; end++) {
        // A runner ends a line at either.
        const ends = bytes[end] === newline || bytes[end] === carriageReturn
        if (!ends && end + 1 - start < longestLine) continue
        const line = bytes.subarray(start, end + 1)
        if (!ends || mayBeCommand(line)) {
          if (plainFrom < start) out.write(bytes.subarray(plainFrom, start))
          show(ends ? line : Buffer.concat([line, Buffer.from('\n')]))
          plainFrom = end + 1
        }
        start = end + 1
      }
      if (plainFrom < start) out.write(bytes.subarray(plainFrom, start))
      rest = Buffer.from(bytes.subarray(start))
    },
    end() {
      // Our own next word begins a line, which a command has to.
      if (rest.length > 0) show(Buffer.concat([rest, Buffer.from('\n')]))
      rest = Buffer.alloc(0)
    },
  }
}

/**
 * A runner looks for `::` at the beginning, behind white space, and for `##[` anywhere, and it looks over characters
 * that cannot be seen: what is not plain ASCII is left out here.
 */
function mayBeCommand(line: Buffer): boolean {
  const plain = line.toString('latin1').replace(/[^!-~]+/g, '')
  return plain.startsWith('::') || plain.includes('##[')
}
