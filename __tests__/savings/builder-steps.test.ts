/** Whether the edit belongs to the step of a builder stage. Tests with images are in builder-savings.test.ts. */
import { expect, test } from '@jest/globals'
import { BuilderSteps } from '../../src/savings/builder-steps.ts'
import { RunUsers } from '../../src/savings/run-places.ts'
import { ruleOf } from '../../src/savings/rules.ts'
import { layer, stage } from '../support/footprints.ts'

function isEditable(rule: string, texts: readonly string[]): boolean {
  const instructions = texts.map((text, at) => ({ text, line: at + 2, endLine: at + 2 }))
  const steps = instructions.filter(({ text }) => !text.startsWith('USER'))
  const builder = stage({ instructions, layers: steps.map((instruction) => layer({ instruction })) })
  const at = steps.findIndex(({ text }) => text.endsWith(' /p'))
  const source = { stage: builder, layer: at, path: 'p', copying: [], isShared: false }
  return new BuilderSteps(new RunUsers([builder], [])).editable(ruleOf(rule)!, source) !== null
}

test.each([
  ['there is no RUN', ['COPY p /p'], false],
  ['a RUN before it uses a shell', ['RUN mkdir /x', 'COPY p /p'], true],
  ['a RUN after it uses a shell', ['ADD p /p', 'RUN ls /x'], true],
  ['no RUN uses a shell', ['RUN ["/bin/tool"]', 'COPY p /p', 'RUN --network=none ["/bin/tool"]'], false],
  ['the RUN to extend uses no shell', ['RUN mkdir /x', 'COPY p /p', 'RUN ["/bin/tool"]'], false],
  ['a RUN made them', ['RUN make /p'], true],
  ['a RUN without a shell made them', ['RUN ["/bin/tool"] /p'], false],
  ['they belong to root, and a RUN would not', ['RUN mkdir /x', 'USER app', 'COPY p /p'], false],
  ['a RUN would be that of their owner', ['RUN mkdir /x', 'USER app', 'COPY --chown=app:app p /p'], true],
  ['a RUN would be root again', ['RUN mkdir /x', 'USER app', 'USER 0:0', 'COPY p /p'], true],
  ['another user would run the RUN to extend', ['RUN make /p', 'USER app', 'RUN build'], false],
  ['the RUN to extend has a mount there', ['RUN mkdir /x', 'COPY p /p', 'RUN --mount=target=/p/q make'], false],
  ['it has one elsewhere', ['RUN mkdir /x', 'COPY p /p', 'RUN --mount=target=/q make'], true],
  ['the user who made them runs the RUN to extend', ['USER app', 'RUN make /p', 'RUN build'], true],
])('files that a builder stage copies can be deleted there: %s', (_title, texts, expected) => {
  for (const rule of ['tests', 'build-objects', 'static-libraries']) expect(isEditable(rule, texts)).toBe(expected)
})

test('an edit that deletes nothing needs no shell', () => {
  for (const rule of ['git-folder', 'source-maps', 'go-symbols'])
    expect(isEditable(rule, ['USER app', 'COPY p /p'])).toBe(true)
})

test('a RUN without a shell cannot be extended for any rule', () => {
  for (const rule of ['git-folder', 'tests'])
    expect(isEditable(rule, ['RUN mkdir /x', 'COPY p /p', 'RUN ["/bin/tool"]'])).toBe(false)
})
