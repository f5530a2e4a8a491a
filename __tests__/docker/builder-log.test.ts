/** The output of a builder as a runner reads it, by the rules of its ActionCommandManager (actions/runner 2.330). */
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { plainLog, quotedLog } from '../../src/docker/builder-log.ts'
import { jsonForRunner } from '../../src/printed-json.ts'
import { nasty } from '../support/nasty.ts'

/** .NET ignores these when it compares text. */
const ignorable = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu

/** The command of a line, or null. The first form has to begin the line; the second may stand anywhere. */
function commandOf(line: string): { readonly name: string; readonly data: string } | null {
  const text = line.replace(ignorable, '')
  const [, name, data] = /^\s*::([^:\s]+)[^:]*::(.*)$/su.exec(text) ?? /##\[([^\]\s]+)[^\]]*\](.*)$/su.exec(text) ?? []
  return name === undefined ? null : { name: name.toLowerCase(), data: data ?? '' }
}

/** The commands that a runner executes, in order, and the lines that it shows. */
function runner(output: string): { readonly obeyed: readonly string[]; readonly shown: readonly string[] } {
  const obeyed: string[] = []
  const shown: string[] = []
  let stoppedBy: string | null = null
  for (const line of output.split(/\r\n|\r|\n/)) {
    const command = commandOf(line)
    if (stoppedBy !== null) {
      if (command?.name === stoppedBy) stoppedBy = null
      else shown.push(line)
    } else if (command?.name === 'stop-commands') stoppedBy = command.data.toLowerCase()
    else if (command === null) shown.push(line)
    else obeyed.push(`${command.name} ${command.data}`)
  }
  return { obeyed, shown }
}

function collector(): { readonly write: (chunk: Buffer | string) => boolean; readonly text: () => string } {
  const parts: Buffer[] = []
  return { write: (chunk) => parts.push(Buffer.from(chunk)) > 0, text: () => Buffer.concat(parts).toString('utf8') }
}

const hostile = [
  '::add-mask::a',
  '##[add-mask]a',
  'x ##[add-mask]a',
  '\r::add-path::/evil\n',
  '::stop-commands::x',
  '::set-output name=a::b',
  '#\u200b#[error]x',
  '\u00ad::error::x',
  ':\u2060:error::x',
  '\u001b[0m::error::x',
  '  ::group::x',
  '::endgroup::',
  '##[stop-commands]y',
  '#7 0.1 ::error::x',
  '\n',
  '\r',
  '\r\n',
  ' ',
  'a::b',
  '#1 [2/3] RUN x',
  'é',
]
const words = fc.array(
  fc.oneof(
    fc.constantFrom(...hostile),
    fc.constantFrom(...nasty.filter((text) => text.length < 200 && !text.includes('\ud800'))),
  ),
  { maxLength: 12 },
)
/** A chunk of a pipe may end anywhere, also within a character. */
const chunks = fc.tuple(words, fc.array(fc.nat(20), { maxLength: 30 })).map(([parts, sizes]) => {
  const bytes = Buffer.from(parts.join(''))
  const cuts: Buffer[] = []
  let at = 0
  for (const size of [...sizes, bytes.length]) cuts.push(bytes.subarray(at, (at += size)))
  return { text: bytes.toString('utf8'), cuts }
})

describe('in a workflow', () => {
  test('no output of a builder is executed, all of it is shown, and our own commands still work', () => {
    fc.assert(
      fc.property(chunks, ({ text, cuts }) => {
        const out = collector()
        const log = quotedLog(out, out)
        out.write('::add-mask::before\n')
        for (const cut of cuts) log.write(cut)
        log.end()
        out.write('::set-output name=x::after\n')
        const { obeyed, shown } = runner(out.text())
        expect(obeyed).toEqual(['add-mask before', 'set-output after'])
        expect(shown.filter((line) => line !== '')).toEqual(text.split(/\r\n|\r|\n/).filter((line) => line !== ''))
      }),
      { numRuns: 2_000 },
    )
  })

  test('the runner of this test executes commands that are not quoted', () => {
    const obeyed = (text: string): readonly string[] => runner(text).obeyed
    expect(obeyed('x\r::add-path::/evil\nx ##[add-mask]a\n#\u200b#[error]x')).toEqual([
      'add-path /evil',
      'add-mask a',
      'error x',
    ])
    expect(obeyed('::stop-commands::T\n::error::x\n::T::\n::error::y')).toEqual(['error y'])
  })

  test('a log without commands is not changed, and a command is passed on once its line ends', () => {
    const out = collector()
    const log = quotedLog(out, out)
    const plain = '#5 [2/3] RUN make\n#5 0.123 std::string\r#5 DONE\r\n'
    log.write(Buffer.from(plain))
    expect(out.text()).toBe(plain)
    log.write(Buffer.from('::error::x'))
    expect(out.text()).toBe(plain)
    log.write(Buffer.from('\n'))
    expect(out.text().slice(plain.length)).toMatch(/^::stop-commands::([0-9a-f-]{36})\n::error::x\n::\1::\n$/)
  })

  test('every token is new, so printing one gives nothing away', () => {
    const out = collector()
    const log = quotedLog(out, out)
    log.write(Buffer.from('::a::\n'.repeat(50)))
    expect(new Set([...out.text().matchAll(/^::stop-commands::(.*)$/gm)].map(([, token]) => token)).size).toBe(50)
  })

  test('a line without end is not kept in memory', () => {
    const out = collector()
    const log = quotedLog(out, out)
    for (let nth = 0; nth < 20; nth++) log.write(Buffer.alloc(10_000, 'x'))
    expect(out.text().length).toBeGreaterThan(100_000)
  })

  test('answers of a call are quoted, and JSON keeps its value', () => {
    const out = collector()
    const answer = JSON.stringify({ text: '##[add-mask]x #\u200b#[a]' }, null, 2)
    quotedLog(out, out).answer(answer)
    quotedLog(out, out).answer('::error::x\n')
    expect(runner(out.text()).obeyed).toEqual([])
    expect(JSON.parse(jsonForRunner(answer))).toEqual(JSON.parse(answer))
    expect(jsonForRunner(answer)).not.toMatch(/##\[/)
    expect(jsonForRunner('##[x]')).toBe('##[x]')
  })
})

test('outside of a workflow nothing is changed', () => {
  const [said, answered] = [collector(), collector()]
  const log = plainLog(said, answered)
  log.write(Buffer.from('::error::x\n'))
  log.answer('##[x]')
  log.end()
  expect([said.text(), answered.text()]).toEqual(['::error::x\n', '##[x]'])
})
