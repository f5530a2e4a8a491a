/** The picture of the stages: no arrow passes behind a box that it neither begins nor ends at. */
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { onlyPart } from '../../src/page/image-part.ts'
import { graphOf } from '../../src/page/sections/graph.ts'
import type { Image, Stage } from '../../src/record/footprint.ts'
import { image, imageOf as imageWith, stage, stageOf } from '../support/footprints.ts'

type Point = readonly [number, number]

/** The points of a path of the commands M, C and H, close enough together that none jumps over a box. */
function pointsOn(path: string): readonly Point[] {
  const points: Point[] = []
  let [x, y] = [0, 0]
  for (const [, command, numbers] of path.matchAll(/([MCH])([^MCH]*)/g)) {
    const values = numbers!.trim().split(' ').map(Number)
    const from: Point = [x, y]
    if (command === 'M') [x, y] = values as [number, number]
    else if (command === 'H') [x] = values as [number]
    else [x, y] = values.slice(4) as [number, number]
    for (let step = 0; step <= 200; step += 1) {
      const t = step / 200
      const at = (axis: 0 | 1, end: number): number => {
        if (command === 'M') return end
        if (command === 'H') return axis === 1 ? y : from[0] + (end - from[0]) * t
        const [a, b] = axis === 0 ? [values[0]!, values[2]!] : [values[1]!, values[3]!]
        return (1 - t) ** 3 * from[axis] + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t ** 2 * b + t ** 3 * end
      }
      points.push([at(0, x), at(1, y)])
    }
  }
  return points
}

interface Drawn {
  readonly boxes: readonly { readonly title: string; readonly x: number; readonly y: number }[]
  readonly arrows: readonly { readonly words: string; readonly points: readonly Point[] }[]
  readonly height: number
}

function drawn(of: Image): Drawn {
  const [text = ''] = graphOf(of, onlyPart).text.split('<div class="pieces">')
  return {
    height: Number(/height="(\d+)"\s+viewBox/.exec(text)?.[1]),
    boxes: [...text.matchAll(/<g class="box [^>]*>\s*<title>([^<]*)<\/title\s*><rect x="([\d.]+)" y="([\d.]+)"/g)].map(
      ([, title, x, y]) => ({ title: title!, x: Number(x), y: Number(y) }),
    ),
    arrows: [...text.matchAll(/<path[^>]*\sd="([^"]*)"\s*><title>([^<]*)<\/title>/g)].map(([, path, words]) => ({
      words: words!,
      points: pointsOn(path!),
    })),
  }
}

/** Returns the arrows that pass behind a box, with that box. The last point of an arrow is at the edge of its box. */
const hidden = ({ boxes, arrows }: Drawn): readonly string[] =>
  arrows.flatMap(({ words, points }) =>
    boxes
      .filter(({ x, y }) => points.some(([px, py]) => px > x + 1 && px < x + 198 && py > y && py < y + 45))
      .map(({ title }) => `${words} behind ${title}`),
  )

interface Plan {
  /** Positions of the stages that it copies from. */
  readonly copies: readonly number[]
  /** Position of the stage that it is FROM. Null if it is FROM the base image. */
  readonly from: number | null
}

function imageOf(plans: readonly Plan[]): Image {
  const stages = plans.map(({ copies, from }, index): Stage => {
    const via = (position: number, how: 'copy' | 'from'): Stage['uses'][number] => ({
      ...{ stage: `s${position}`, via: how, carriedBytes: 1_000 * (position + 1) },
    })
    const isLast = index === plans.length - 1
    return stage({
      ...{ name: `s${index}`, index, role: isLast ? 'final' : 'builder' },
      uses: [...(from === null ? [] : [via(from, 'from')]), ...copies.map((position) => via(position, 'copy'))],
    })
  })
  return image({ stages })
}

test('the arrows of a base image that several stages share pass below the stages between', () => {
  const chain = drawn(imageOf([0, 1, 2].map((index) => ({ copies: index === 0 ? [] : [index - 1], from: null }))))
  expect(chain.boxes.map(({ title }) => title).toSorted()).toEqual(['python:3.13-slim', 's0', 's1', 's2'])
  expect(chain.arrows).toHaveLength(5)
  expect(hidden(chain)).toEqual([])
  expect(Math.max(...chain.arrows.flatMap(({ points }) => points.map(([, y]) => y)))).toBeLessThan(chain.height)
})

test('no arrow passes behind a box, whatever stages take from each other', () => {
  const plans = fc
    .array(fc.tuple(fc.array(fc.nat(), { maxLength: 3 }), fc.option(fc.nat())), { minLength: 2, maxLength: 12 })
    .map((some) =>
      some.map(([copies, from], index): Plan => ({
        copies: index === 0 ? [] : [...new Set(copies.map((one) => one % index))],
        from: index === 0 || from === null ? null : from % index,
      })),
    )
  fc.assert(fc.property(plans, (some) => expect(hidden(drawn(imageOf(some)))).toEqual([])))
})

test('a chain of 60 stages stays low, although the last stage takes from each of them', () => {
  const chain = Array.from({ length: 60 }, (_, index): Plan => ({
    copies: index < 59 ? [] : Array.from({ length: 58 }, (_, nth) => nth),
    from: index === 0 ? null : index - 1,
  }))
  const { arrows, boxes, height } = drawn(imageOf(chain))
  expect([arrows.length, boxes.length]).toEqual([118, 61])
  expect(height).toBeLessThan(200)
})

/** Stages that copy from the one before, or that all copy from the first one, and are copied from by the last one. */
const stagesOf = (count: number, isChain: boolean): readonly Stage[] =>
  Array.from({ length: count }, (_, index) =>
    stage({
      name: `s${index}`,
      index,
      base: { reference: 'debian:12', digest: null, layers: 0 },
      uses:
        index === 0
          ? []
          : isChain || index < count - 1
            ? [{ stage: `s${isChain ? index - 1 : 0}`, via: 'copy', carriedBytes: index }]
            : Array.from({ length: count - 1 }, (_, nth) => ({ stage: `s${nth}`, via: 'copy', carriedBytes: 9 })),
    }),
  )

const piecesOf = (stages: readonly Stage[]): readonly string[] =>
  graphOf(image({ stages: [...stages] }), onlyPart)
    .text.split(/<(?:div|p) class="pieces/)
    .slice(1)

test.each([
  ['wide', true],
  ['high', false],
])(
  'a %s graph is printed in pieces: each box in one of them, and each arrow where it begins and where it ends',
  (_, isChain) => {
    const stages = stagesOf(40, isChain)
    const [pieces = ''] = piecesOf(stages)
    const titles = Array.from(pieces.matchAll(/<g class="box [^>]*>\s*<title>([^<]*)</g), ([, title]) => title)
    expect(titles.toSorted()).toEqual(['debian:12', ...stages.map(({ name }) => name)].toSorted())
    const whole = new Set(drawn(image({ stages: [...stages] })).arrows.map(({ words }) => words))
    const parts = new Map<string, number>()
    for (const [, words] of pieces.matchAll(/<path[^>]*>\s*<title>([^<]*)<\/title>/g))
      parts.set(words!, (parts.get(words!) ?? 0) + 1)
    expect(new Set(parts.keys())).toEqual(whole)
    expect(Math.max(...parts.values())).toBeLessThanOrEqual(2)
    // No piece is larger than a page.
    for (const [, x, width, height] of pieces.matchAll(/viewBox="([\d.]+) [\d.]+ ([\d.]+) ([\d.]+)"/g)) {
      expect([Number(width), Number(height) <= 768, Number(x) % 310]).toEqual([930, true, 0])
    }
  },
)

test('a graph that fits on paper has no pieces, and one that is far too large says so', () => {
  expect(piecesOf(stagesOf(3, true))).toEqual([])
  expect(piecesOf(stagesOf(400, true))).toEqual([expect.stringContaining('too large for paper')])
})

test.each([
  ['begin', (nth: number) => `${'the-application-of-our-team-'.repeat(7)}${nth}`],
  ['end', (nth: number) => `${nth}${'-of-the-application-of-our-team'.repeat(7)}`],
])(
  'sixty stages whose names %s alike look different, and have their full names in tooltips and in the list',
  (_, of) => {
    const names = Array.from({ length: 60 }, (_, nth) => of(nth))
    const stages = names.map((name, index) =>
      stage({ name, index, uses: index === 0 ? [] : [{ stage: names[index - 1]!, via: 'copy', carriedBytes: 9 }] }),
    )
    const [text = ''] = graphOf(image({ stages }), onlyPart).text.split('<div class="pieces')
    const seen = Array.from(text.matchAll(/class="name"\s*>([^<]*)</g), ([, name]) => name)
    expect(new Set(seen).size).toBe(61)
    const list = graphOf(image({ stages }), onlyPart).text.split('<ul')[1]!.replaceAll('<wbr>', '')
    for (const name of names) {
      expect(text).toContain(`<title>${name}</title`)
      expect(list).toContain(`<code>${name}</code>`)
    }
  },
)

test('an arrow of FROM carries all that comes with the stage, so it gets no thinner on its way', () => {
  const base = stageOf({ name: 'base', index: 0, steps: [['RUN a', 'a']] })
  const mid = stageOf({ name: 'mid', index: 1, parent: base, steps: [['RUN b', 'b']] })
  const last = stageOf({ name: 'last', index: 2, parent: mid })
  const { text } = graphOf(imageWith([base, mid, last]), onlyPart)
  const [svg = ''] = text.split('</svg>')
  const carried = [...svg.matchAll(/data-bytes="(\d*)"[^>]*><title>([^<]*) to ([^<]*):/g)]
    .map(([, bytes, from, to]) => [from, to, Number(bytes)])
    .sort(([, , a], [, , b]) => Number(a) - Number(b))
  // Each layer has files of 3,000 bytes.
  expect(carried).toEqual([
    ['python:3.13-slim', 'base', 6_000],
    ['base', 'mid', 9_000],
    ['mid', 'last', 12_000],
  ])
})
