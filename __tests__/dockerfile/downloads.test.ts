import { expect, test } from '@jest/globals'
import { stagesWithDownloads, unpinnedDownloads } from '../../src/dockerfile/downloads.ts'
import { planStages } from '../../src/dockerfile/plan-stages.ts'

test.each<[string, boolean]>([
  ['ADD https://example.com/a.tar /a', true],
  ['add --link http://example.com/a /a', true],
  ['ADD a https://example.com/b /b/', true],
  ['ADD ["https://example.com/a", "/a"]', true],
  ['ADD --chmod=600 \\\n  https://example.com/a /a', true],
  ['ADD --checksum=sha256:12 https://example.com/a /a', false],
  ['ADD a.tar /https://', false],
  ['COPY https://example.com/a /a', false],
  ['RUN ADD https://example.com/a /a', false],
  ['ADD --chmod=644 $URL /a', true],
  ['ADD ["${URL}", "/a"]', true],
  ['ADD a.tar $DESTINATION', false],
  ['ADD $TARGETARCH/f /x', false],
  ['ADD ${DIR}/app.tar /x', false],
])('%s', (text, isUnpinned) => {
  expect(unpinnedDownloads([{ text: 'RUN a', line: 1 }, { text, line: 2 }])).toEqual(isUnpinned ? [2] : []) // prettier-ignore
})

test.each<[string, boolean]>([
  ['ARG URL=https://example.com/a', true],
  ['ARG OTHER URL="http://example.com/a"', true],
  ['ENV URL ${HOST}/a', true],
  ['ARG URL', true],
  ['ARG URL=files/a.tar', false],
])('a variable that %s', (text, isUnpinned) => {
  expect(unpinnedDownloads([{ text, line: 1 }, { text: 'ADD $URL /a', line: 2 }])).toEqual(isUnpinned ? [2] : []) // prettier-ignore
})

test('a variable with the beginning of a URL', () => {
  const host = { text: 'ARG HOST=https://example.com', line: 1 }
  expect(unpinnedDownloads([host, { text: 'ADD ${HOST}/a /a', line: 2 }])).toEqual([2])
})

test('every line counts', () => {
  const add = (line: number): { readonly text: string; readonly line: number } => ({ text: 'ADD https://a/b /c', line })
  expect(unpinnedDownloads([add(9), add(2), add(2)])).toEqual([2, 9])
})

test('a download concerns its stage and the stages that use it', () => {
  const dockerfile = `ARG HOST=https://example.com
FROM scratch AS other
COPY a /a
FROM scratch AS downloading
ARG HOST
ADD $HOST/b /b
FROM downloading AS above
FROM scratch AS copying
COPY --from=above /b /b
FROM scratch AS pinned
ADD --checksum=sha256:12 https://example.com/a /a
FROM scratch
COPY --from=other /a /a
`
  const { stages } = planStages({
    ...{ dockerfile, list: null, target: null, buildContexts: new Set<string>(), buildArgs: new Map<string, string>() },
  })
  expect([...stagesWithDownloads(stages)].map((index) => stages[index]!.name)).toEqual([
    'downloading',
    'above',
    'copying',
  ])
})
