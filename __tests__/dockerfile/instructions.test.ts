import { describe, expect, test } from '@jest/globals'
import { joinLines, parseInstructions } from '../../src/dockerfile/instructions.ts'

/** `line-endLine KEYWORD` of each instruction. */
const places = (dockerfile: string): string[] =>
  parseInstructions(dockerfile).instructions.map((each) => `${each.line}-${each.endLine} ${each.keyword}`)

// Each expectation was checked with BuildKit 0.25's own parser.
test.each<[string, string, string[]]>([
  ['finds no instructions in an empty text', '', []],
  ['skips comments and blank lines', '# a\n\n  # b\n', []],
  ['reads lower-case keywords', 'from a\nrun b', ['1-1 FROM', '2-2 RUN']],
  ['reads CRLF', 'FROM a\r\nRUN b \\\r\n  c\r\n', ['1-1 FROM', '2-3 RUN']],
  ['skips a byte order mark', '\uFEFFFROM a\n', ['1-1 FROM']],
  ['continues a line if spaces follow the escape character', 'RUN a \\ \t\n  b\nRUN c', ['1-2 RUN', '3-3 RUN']],
  ['does not continue a line after a doubled escape character', 'RUN a \\\\\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['skips comments and blank lines in a continuation', 'RUN a \\\n# c \\\n\n  b\nRUN d', ['1-4 RUN', '5-5 RUN']],
  ['ends a continuation at the end of the file', 'RUN a \\', ['1-1 RUN']],
  ['continues after a line with only the escape character', '\\\nFROM a', ['1-2 FROM']],
  ['reads the other escape character', '# escape=`\nRUN a `\n b\nRUN c\\\nRUN d', ['2-3 RUN', '4-4 RUN', '5-5 RUN']],
  ['ignores an escape directive that comes too late', '# c\n# escape=`\nRUN a `\nRUN b', ['3-3 RUN', '4-4 RUN']],
  ['reads a heredoc', 'RUN <<EOF\nFROM x\n# y\nEOF\nRUN b', ['1-4 RUN', '5-5 RUN']],
  ['reads a heredoc with CRLF', 'RUN <<EOF\r\nFROM x\r\nEOF\r\nRUN b', ['1-3 RUN', '4-4 RUN']],
  ['reads a heredoc on a continued line', 'RUN a \\\n <<EOF\nFROM x\nEOF', ['1-4 RUN']],
  ['allows tabs before the terminator of <<-', 'RUN <<-EOF\n\tFROM x\n\tEOF\nRUN b', ['1-3 RUN', '4-4 RUN']],
  ['allows no tabs before the terminator of <<', 'RUN <<EOF\n\tEOF\nEOF', ['1-3 RUN']],
  ['reads a quoted terminator', 'COPY <<"E F" /x\nFROM x\nE F\nRUN b', ['1-3 COPY', '4-4 RUN']],
  ['reads a partly quoted terminator', `RUN cat <<E"O"F\nFROM x\nEOF\nRUN b`, ['1-3 RUN', '4-4 RUN']],
  ['allows a space before the terminator', 'RUN cat << EOF\nFROM x\nEOF', ['1-3 RUN']],
  ['reads several heredocs of one instruction', 'COPY <<A <<B /x/\nB\nA\nA\nB\nRUN c', ['1-5 COPY', '6-6 RUN']],
  ['reads a heredoc with a file descriptor', 'RUN cmd 3<<EOF\nFROM x\nEOF\nRUN b', ['1-3 RUN', '4-4 RUN']],
  ['finds no heredoc glued to a word', 'RUN cat<<EOF\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc within quotes', 'RUN echo "a <<EOF"\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc in an array', 'RUN ["cat", "<<EOF"]\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc in a here-string', 'RUN cat <<<x\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc in arithmetic', 'RUN echo $((1<<2))\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc after an open quote', `RUN echo don't <<EOF\nRUN b`, ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc after a bad substitution', 'RUN ${{x}} <<EOF\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['finds no heredoc in ENV', 'ENV a=<<EOF\nRUN b', ['1-1 ENV', '2-2 RUN']],
  ['reads a heredoc after ONBUILD', 'ONBUILD RUN <<EOF\nFROM x\nEOF\nRUN b', ['1-3 ONBUILD', '4-4 RUN']],
])('%s', (_, dockerfile, expected) => {
  expect(places(dockerfile)).toEqual(expected)
})

test('finds no heredoc without its terminator, as frontends before heredocs', () => {
  expect(places('RUN cat <<EOF\nFROM x')).toEqual(['1-1 RUN', '2-2 FROM'])
})

test('takes the lines of a heredoc for instructions if heredocs are turned off', () => {
  const { instructions } = parseInstructions('RUN <<EOF\nRUN x\nEOF', { heredocs: false })
  expect(instructions.map((each) => each.keyword)).toEqual(['RUN', 'RUN', 'EOF'])
})

test('keeps the text as written', () => {
  const [run] = parseInstructions('  run a \\\r\n# c\r\n  <<E\r\n x\r\nE\r\n').instructions
  expect(run?.text).toBe('  run a \\\n# c\n  <<E\n x\nE')
})

test.each<[string, [string, string | null][], string]>([
  [
    'COPY --from=a --link b c',
    [
      ['from', 'a'],
      ['link', null],
    ],
    'b c',
  ],
  ['COPY --from="a b" c', [['from', 'a b']], 'c'],
  [
    'RUN --mount=type=bind,from=a\\\n  --mount=b c --d',
    [
      ['mount', 'type=bind,from=a'],
      ['mount', 'b'],
    ],
    'c --d',
  ],
  ['RUN -- --from=a', [], '--from=a'],
  ['RUN --x=a\\ b c', [['x', 'a b']], 'c'],
  ['RUN', [], ''],
])('reads the flags of %s', (dockerfile, flags, rest) => {
  const [instruction] = parseInstructions(dockerfile).instructions
  expect(instruction?.flags).toEqual(flags.map(([name, value]) => ({ name, value })))
  expect(instruction?.rest).toBe(rest)
})

describe('directives', () => {
  test.each<[string, string, string | null]>([
    ['FROM a', '\\', null],
    ['# syntax=docker/dockerfile:1\n# escape=`', '`', 'docker/dockerfile:1'],
    ['#SYNTAX = x:1 more\r\n# check=skip=all\r\n# Escape = `\r\n', '`', 'x:1'],
    ['\uFEFF# syntax=x', '\\', 'x'],
    ['#!/usr/bin/env x\n# syntax=x', '\\', 'x'],
    ['// syntax=x', '\\', 'x'],
    ['# comment\n# syntax=x', '\\', null],
    ['\n# syntax=x', '\\', null],
    ['# other=y\n# escape=`', '\\', null],
  ])('are read from %j', (dockerfile, escape, syntax) => {
    expect(parseInstructions(dockerfile)).toMatchObject({ escape, syntax })
  })
})

describe('joined lines', () => {
  /** The joined text of the last instruction. */
  const joined = (dockerfile: string): string =>
    joinLines(parseInstructions(dockerfile).instructions.at(-1)?.text ?? '')

  test.each<[string, string, string]>([
    ['keep a single line', 'RUN a && b', 'RUN a && b'],
    ['join a continued line', 'RUN a && \\\n    b', 'RUN a &&     b'],
    ['join a word that is split', 'COPY al\\\npine /', 'COPY alpine /'],
    ['join lines with CRLF and spaces after the escape character', 'RUN a \\ \t\r\n  b\r\n', 'RUN a   b'],
    ['drop comments and empty lines in between', 'RUN a \\\n# not \\\n\n  # this\n && b', 'RUN a  && b'],
    ['drop a comment at the end', 'RUN a \\\n# the end', 'RUN a '],
    ['use the escape character of the directive', '# escape=`\nRUN a `\n # no\n && b', 'RUN a  && b'],
    [
      'keep a path that ends in a backslash if it is not the escape character',
      '# escape=`\nCOPY a `\n  C:\\',
      'COPY a   C:\\',
    ],
    ['keep backticks within a line', 'RUN echo `date` \\\n  `id`', 'RUN echo `date`   `id`'],
    ['keep a doubled escape character', 'RUN a \\\\', 'RUN a \\\\'],
    ['keep a heredoc', 'RUN <<EOF\na \\\n  b\n# c\n\nEOF', 'RUN <<EOF\na \\\n  b\n# c\n\nEOF'],
    [
      'keep a heredoc on a continued line',
      'RUN cat \\\n  # no\n  <<EOF > /x\na \\\nEOF',
      'RUN cat   <<EOF > /x\na \\\nEOF',
    ],
    [
      'keep several heredocs after a continued line',
      'COPY <<A \\\n <<B /x/\n1 `\nA\n2 \\\nB',
      'COPY <<A  <<B /x/\n1 `\nA\n2 \\\nB',
    ],
    [
      'keep a heredoc if the directive sets the escape character',
      '# escape=`\nRUN cat `\n <<EOF\na `\nEOF',
      'RUN cat  <<EOF\na `\nEOF',
    ],
    [
      'keep a heredoc before a continuation with that character',
      '# escape=`\nCOPY <<EOF `\n  /note\none `\nEOF',
      'COPY <<EOF   /note\none `\nEOF',
    ],
    [
      'keep a heredoc whose line ends in a backtick',
      'RUN cat <<EOF > `id`\nRUN x \\\nEOF',
      'RUN cat <<EOF > `id`\nRUN x \\\nEOF',
    ],
    ['join the JSON form', 'RUN ["a", \\\n  "b"]', 'RUN ["a",   "b"]'],
  ])('%s', (_, dockerfile, expected) => {
    expect(joined(dockerfile)).toBe(expected)
  })

  test('keep text that is not an instruction of a Dockerfile', () => {
    for (const text of ['', '\n', 'RUN a\nRUN b', '/bin/sh -c #(nop) \n x', '# a\n# b'])
      expect(joinLines(text)).toBe(text)
  })
})
