/**
 * Shows the builder's output. The programs in a build can print anything, and a runner executes each line of a step's
 * output that looks like a workflow command: `::add-path::…`, `##[add-mask]…`.
 */
import { randomUUID } from 'node:crypto'
import { jsonForRunner } from '../printed-json.ts'

/** Where the builder's output is shown. */
export interface BuilderLog {
  /** Shows output as it arrives. */
  readonly write: (chunk: Buffer) => void
  /** Shows a last line that has no line end. */
  readonly end: () => void
  /** Shows the answer to a `--call`. */
  readonly answer: (text: string) => void
}

interface Output {
  write(chunk: Buffer | string): unknown
}

/** Returns a log for people, which shows all output unchanged. */
export function plainLog(words: Output, answers: Output): BuilderLog {
  return { write: (chunk) => void words.write(chunk), end: () => undefined, answer: (text) => void answers.write(text) }
}

/**
 * Returns a log for a runner. A line that could be a workflow command is written between `::stop-commands::TOKEN` and
 * `::TOKEN::`, in one write. Commands that this process writes before and after it on the same stream still work, so no
 * mask or output is lost. Masks that are already set, and problem matchers, apply to these lines as usual.
 *
 * @param words the stream that this step's own commands are written to as well, because a runner reads two streams in
 * no particular order
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

const maxLineBytes = 65_536
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
      // The rest of the last chunk contains no line end.
      for (let end = rest.length; end < bytes.length; end++) {
        // A runner ends a line at either character.
        const ends = bytes[end] === newline || bytes[end] === carriageReturn
        if (!ends && end + 1 - start < maxLineBytes) continue
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
      // A command must begin a line, so the next one of ours needs a line end before it.
      if (rest.length > 0) show(Buffer.concat([rest, Buffer.from('\n')]))
      rest = Buffer.alloc(0)
    },
  }
}

/**
 * Returns whether a runner may take a line for a command. It looks for `::` at the start, after white space, and for
 * `##[` anywhere, and ignores invisible characters. So everything except printable ASCII is removed first.
 */
function mayBeCommand(line: Buffer): boolean {
  const plain = line.toString('latin1').replace(/[^!-~]+/g, '')
  return plain.startsWith('::') || plain.includes('##[')
}
