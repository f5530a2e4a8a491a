/** Whether the edit belongs to the step of a builder stage. Tests with images are in builder-savings.test.ts. */
import { expect, test } from '@jest/globals'
import { BuilderSteps } from '../../src/savings/builder-steps.ts'
import { ruleOf } from '../../src/savings/rules.ts'
import { layer, stage } from '../support/footprints.ts'

function isEditable(rule: string, texts: readonly string[]): boolean {
  const builder = stage({ layers: texts.map((text) => layer({ instruction: { text, line: 1, endLine: 1 } })) })
  const at = texts.findIndex((text) => text.endsWith(' /p'))
  const source = { stage: builder, layer: at, path: 'p', copying: [], isShared: false }
  return new BuilderSteps().editable(ruleOf(rule)!, source) !== null
}

test.each([
  ['there is no RUN', ['COPY p /p'], false],
  ['a RUN before it uses a shell', ['RUN mkdir /x', 'COPY p /p'], true],
  ['a RUN after it uses a shell', ['ADD p /p', 'RUN ls /x'], true],
  ['no RUN uses a shell', ['RUN ["/bin/tool"]', 'COPY p /p', 'RUN --network=none ["/bin/tool"]'], false],
  ['the RUN to extend uses no shell', ['RUN mkdir /x', 'COPY p /p', 'RUN ["/bin/tool"]'], false],
  ['a RUN made them', ['RUN make /p'], true],
])('files that a builder stage copies can be deleted there: %s', (_title, texts, expected) => {
  for (const rule of ['tests', 'build-objects', 'static-libraries']) expect(isEditable(rule, texts)).toBe(expected)
})

test('an edit that deletes nothing needs no shell', () => {
  for (const rule of ['git-folder', 'source-maps', 'go-symbols']) expect(isEditable(rule, ['COPY p /p'])).toBe(true)
})
