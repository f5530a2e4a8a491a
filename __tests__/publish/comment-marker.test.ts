import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { micromark } from 'micromark'
import { formatMarker, isLater, parseMarker, type Marker } from '../../src/publish/comment-marker.ts'

const sha = fc.stringMatching(/^[0-9a-f]{40}$/)
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('', '--', '-->', '--->', 'a-b', '%2d;', 'x head=1', 'a>b', '\n', '\ud800'),
)
const markers: fc.Arbitrary<Marker> = fc.record({
  name: text,
  headSha: sha,
  run: fc.record({ id: fc.nat(), attempt: fc.integer({ min: 1, max: 50 }) }),
  override: fc.option(fc.record({ label: text, by: fc.string({ minLength: 1 }), headSha: sha })),
})

test('is read as it was written, whatever follows', () => {
  fc.assert(
    fc.property(markers, fc.constantFrom('', '\nbody', '\r\nbody'), (marker, below) =>
      expect(parseMarker(formatMarker(marker) + below)).toEqual(marker),
    ),
  )
})

test('contains no name that could end the HTML comment or become visible', () => {
  fc.assert(
    fc.property(markers, (marker) => {
      const line = formatMarker(marker)
      expect(line).toMatch(/^<!-- [\x21-\x7e ]+ -->$/)
      expect(line.slice(4, -3)).not.toMatch(/--|>|\n/)
      expect(micromark(`${line}\nreport`, { allowDangerousHtml: true })).toBe(`${line}\n<p>report</p>`)
    }),
  )
})

test('differs for any two names', () => {
  fc.assert(
    fc.property(markers, text, (marker, name) =>
      expect(formatMarker({ ...marker, name }) === formatMarker(marker)).toBe(name === marker.name),
    ),
  )
})

const good = formatMarker({ name: 'app', headSha: 'a'.repeat(40), run: { id: 12, attempt: 2 }, override: null })

test('has a stable format, since comments of earlier versions remain', () => {
  expect(good).toBe(`<!-- stage-footprint:app head=${'a'.repeat(40)} run=12.2 -->`)
  const override = { label: 'size ok', by: 'ann', headSha: 'b'.repeat(40) }
  expect(formatMarker({ name: 'a/b', headSha: 'a'.repeat(40), run: { id: 12, attempt: 2 }, override })).toBe(
    `<!-- stage-footprint:a%2f;b head=${'a'.repeat(40)} run=12.2 override=size%20;ok,ann,${'b'.repeat(40)} -->`,
  )
})

test('may have fields of a later version', () => {
  expect(parseMarker(good.replace(' -->', ' more=1 -->'))?.run).toEqual({ id: 12, attempt: 2 })
})

test.each([
  ['if it is not at the very beginning', ` ${good}`],
  ['if it is below other text', `text\n${good}`],
  ['if other text follows on its line', `${good} text`],
  ['if the name is escaped in another way', good.replace('app', 'ap%70;')],
  ['if a code point is invalid', good.replace('app', '%ffffff;')],
  ['if it names no run', good.replace(/run=\S+ /, '')],
  ['if it names no commit', good.replace(/head=\S+ /, '')],
  ['if the run is not a number', good.replace('12.2', '1e3.2')],
  ['if it is not closed', good.replace('-->', '')],
])('is ignored %s', (_what, body) => {
  expect(parseMarker(body)).toBeNull()
})

test.each([
  'override=label,by',
  'override=label,,SHA',
  'override=label,by,main',
  'override=label,by,SHA,more',
  'override=%ffffff;,by,SHA',
])('has no override if that is damaged: %s', (field) => {
  expect(parseMarker(good.replace(' -->', ` ${field.replace('SHA', 'a'.repeat(40))} -->`))).toMatchObject({
    name: 'app',
    override: null,
  })
})

test('tells which run is later', () => {
  const run = (id: number, attempt: number) => ({ id, attempt })
  expect([
    isLater(run(2, 1), run(1, 9)),
    isLater(run(1, 2), run(1, 1)),
    isLater(run(1, 1), run(1, 1)),
    isLater(run(1, 9), run(2, 1)),
  ]).toEqual([true, true, false, false])
})
