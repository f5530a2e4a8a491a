import { describe, expect, test } from '@jest/globals'
import { joinLines, parseInstructions } from '../../src/dockerfile/instructions.ts'

/** `line-endLine KEYWORD` of each instruction. */
const places = (dockerfile: string): string[] =>
  parseInstructions(dockerfile).instructions.map((each) => `${each.line}-${each.endLine} ${each.keyword}`)

// Each expectation was compared with BuildKit 0.25's own parser.
test.each<[string, string, string[]]>([
  ['nothing', '', []],
  ['comments and blank lines', '# a\n\n  # b\n', []],
  ['lower case', 'from a\nrun b', ['1-1 FROM', '2-2 RUN']],
  ['CRLF', 'FROM a\r\nRUN b \\\r\n  c\r\n', ['1-1 FROM', '2-3 RUN']],
  ['byte order mark', '\uFEFFFROM a\n', ['1-1 FROM']],
  ['spaces after the escape character', 'RUN a \\ \t\n  b\nRUN c', ['1-2 RUN', '3-3 RUN']],
  ['a doubled escape character does not continue', 'RUN a \\\\\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['comments and blank lines in a continuation', 'RUN a \\\n# c \\\n\n  b\nRUN d', ['1-4 RUN', '5-5 RUN']],
  ['continued at the end', 'RUN a \\', ['1-1 RUN']],
  ['an escape character alone', '\\\nFROM a', ['1-2 FROM']],
  ['the other escape character', '# escape=`\nRUN a `\n b\nRUN c\\\nRUN d', ['2-3 RUN', '4-4 RUN', '5-5 RUN']],
  ['an escape directive too late', '# c\n# escape=`\nRUN a `\nRUN b', ['3-3 RUN', '4-4 RUN']],
  ['heredoc', 'RUN <<EOF\nFROM x\n# y\nEOF\nRUN b', ['1-4 RUN', '5-5 RUN']],
  ['heredoc with CRLF', 'RUN <<EOF\r\nFROM x\r\nEOF\r\nRUN b', ['1-3 RUN', '4-4 RUN']],
  ['heredoc on a continued line', 'RUN a \\\n <<EOF\nFROM x\nEOF', ['1-4 RUN']],
  ['tabs before the terminator', 'RUN <<-EOF\n\tFROM x\n\tEOF\nRUN b', ['1-3 RUN', '4-4 RUN']],
  ['no tabs without the dash', 'RUN <<EOF\n\tEOF\nEOF', ['1-3 RUN']],
  ['quoted terminator', 'COPY <<"E F" /x\nFROM x\nE F\nRUN b', ['1-3 COPY', '4-4 RUN']],
  ['partly quoted terminator', `RUN cat <<E"O"F\nFROM x\nEOF\nRUN b`, ['1-3 RUN', '4-4 RUN']],
  ['space before the terminator', 'RUN cat << EOF\nFROM x\nEOF', ['1-3 RUN']],
  ['several', 'COPY <<A <<B /x/\nB\nA\nA\nB\nRUN c', ['1-5 COPY', '6-6 RUN']],
  ['with a file descriptor', 'RUN cmd 3<<EOF\nFROM x\nEOF\nRUN b', ['1-3 RUN', '4-4 RUN']],
  ['glued to a word', 'RUN cat<<EOF\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['within quotes', 'RUN echo "a <<EOF"\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['in an array', 'RUN ["cat", "<<EOF"]\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['a here-string', 'RUN cat <<<x\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['arithmetic', 'RUN echo $((1<<2))\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['an open quote', `RUN echo don't <<EOF\nRUN b`, ['1-1 RUN', '2-2 RUN']],
  ['a bad substitution', 'RUN ${{x}} <<EOF\nRUN b', ['1-1 RUN', '2-2 RUN']],
  ['in ENV', 'ENV a=<<EOF\nRUN b', ['1-1 ENV', '2-2 RUN']],
  ['after ONBUILD', 'ONBUILD RUN <<EOF\nFROM x\nEOF\nRUN b', ['1-3 ONBUILD', '4-4 RUN']],
])('%s', (_, dockerfile, expected) => {
  expect(places(dockerfile)).toEqual(expected)
})

test('a heredoc that never ends is none, as in frontends from before heredocs', () => {
  expect(places('RUN cat <<EOF\nFROM x')).toEqual(['1-1 RUN', '2-2 FROM'])
})

test('heredocs can be off', () => {
  const { instructions } = parseInstructions('RUN <<EOF\nRUN x\nEOF', { heredocs: false })
  expect(instructions.map((each) => each.keyword)).toEqual(['RUN', 'RUN', 'EOF'])
})

test('the text is as written', () => {
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
])('flags of %s', (dockerfile, flags, rest) => {
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
  ])('%j', (dockerfile, escape, syntax) => {
    expect(parseInstructions(dockerfile)).toMatchObject({ escape, syntax })
  })
})

describe('joined lines', () => {
  /** Of the last instruction. */
  const joined = (dockerfile: string): string =>
    joinLines(parseInstructions(dockerfile).instructions.at(-1)?.text ?? '')

  test.each<[string, string, string]>([
    ['one line', 'RUN a && b', 'RUN a && b'],
    ['continued', 'RUN a && \\\n    b', 'RUN a &&     b'],
    ['in the middle of a word', 'COPY al\\\npine /', 'COPY alpine /'],
    ['CRLF and spaces behind', 'RUN a \\ \t\r\n  b\r\n', 'RUN a   b'],
    ['comments and empty lines between', 'RUN a \\\n# not \\\n\n  # this\n && b', 'RUN a  && b'],
    ['a comment at the end', 'RUN a \\\n# the end', 'RUN a '],
    ['the other escape character', '# escape=`\nRUN a `\n # no\n && b', 'RUN a  && b'],
    ['a path that ends in the other one', '# escape=`\nCOPY a `\n  C:\\', 'COPY a   C:\\'],
    ['a backtick within', 'RUN echo `date` \\\n  `id`', 'RUN echo `date`   `id`'],
    ['a doubled one stays', 'RUN a \\\\', 'RUN a \\\\'],
    ['a heredoc stays as it is', 'RUN <<EOF\na \\\n  b\n# c\n\nEOF', 'RUN <<EOF\na \\\n  b\n# c\n\nEOF'],
    ['a heredoc on a continued line', 'RUN cat \\\n  # no\n  <<EOF > /x\na \\\nEOF', 'RUN cat   <<EOF > /x\na \\\nEOF'],
    [
      'several heredocs, behind a continued line',
      'COPY <<A \\\n <<B /x/\n1 `\nA\n2 \\\nB',
      'COPY <<A  <<B /x/\n1 `\nA\n2 \\\nB',
    ],
    [
      'a heredoc in a Dockerfile with the other escape character',
      '# escape=`\nRUN cat `\n <<EOF\na `\nEOF',
      'RUN cat  <<EOF\na `\nEOF',
    ],
    [
      'a heredoc before a continuation by the other one',
      '# escape=`\nCOPY <<EOF `\n  /note\none `\nEOF',
      'COPY <<EOF   /note\none `\nEOF',
    ],
    [
      'a heredoc whose line ends in a backtick',
      'RUN cat <<EOF > `id`\nRUN x \\\nEOF',
      'RUN cat <<EOF > `id`\nRUN x \\\nEOF',
    ],
    ['JSON form', 'RUN ["a", \\\n  "b"]', 'RUN ["a",   "b"]'],
  ])('%s', (_, dockerfile, expected) => {
    expect(joined(dockerfile)).toBe(expected)
  })

  test('what is no instruction of a Dockerfile stays', () => {
    for (const text of ['', '\n', 'RUN a\nRUN b', '/bin/sh -c #(nop) \n x', '# a\n# b'])
      expect(joinLines(text)).toBe(text)
  })
})
