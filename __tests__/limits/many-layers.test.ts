/** Pairing the layers of two stages takes steps in proportion to their number. */
import { describe, expect, test } from '@jest/globals'
import type { Footprint, Stage } from '../../src/record/footprint.ts'
import { compare } from '../support/compared.ts'
import { digestOf, footprintOf, imageOf, layer, stageOf, type Step } from '../support/footprints.ts'
import { stepCounter } from '../support/steps.ts'

const countSteps = await stepCounter()

describe('comparing twice as many layers takes about twice the steps', () => {
  type Sides = (count: number) => readonly [Stage, Stage]
  const of = (count: number, content: (n: number) => string, text: (n: number) => string): Stage =>
    stageOf({ steps: Array.from({ length: count }, (_, n): Step => [text(n), content(n)]) })
  const words = (n: number): string => `RUN install ${n % 97} ${n % 89} ${n % 11} --flag`
  const unknown = (count: number, content: string): Stage =>
    stageOf({
      some: {
        base: null,
        layers: Array.from({ length: count }, (_, n) =>
          layer({ diffId: digestOf(`${content}${n}`), instruction: null }),
        ),
      },
    })
  test.each<[string, Sides]>([
    ['if they are the same', (count) => [of(count, (n) => `a${n}`, words), of(count, (n) => `a${n}`, words)]],
    ['if their content differs', (count) => [of(count, (n) => `a${n}`, words), of(count, (n) => `b${n}`, words)]],
    [
      'if nothing is alike',
      (count) => [
        of(
          count,
          (n) => `a${n}`,
          (n) => `RUN a${n}`,
        ),
        of(
          count,
          (n) => `b${n}`,
          (n) => `COPY b${n} /`,
        ),
      ],
    ],
    [
      'if all are edited',
      (count) => [
        of(count, (n) => `a${n}`, words),
        of(
          count,
          (n) => `b${n}`,
          (n) => `${words(n)} --more${n}`,
        ),
      ],
    ],
    [
      'if they are reversed',
      (count) => [
        of(count, (n) => `a${n}`, words),
        of(
          count,
          (n) => `a${count - 1 - n}`,
          (n) => words(count - 1 - n),
        ),
      ],
    ],
    [
      'if all are empty',
      (count) => [
        of(count, () => 'e', words),
        of(
          count,
          () => 'e',
          (n) => words(n * 7),
        ),
      ],
    ],
    ['if there are no instructions', (count) => [unknown(count, 'a'), unknown(count, 'b')]],
  ])('%s', async (_, sides) => {
    const stepsFor = (count: number): Promise<number> => {
      const [before, after] = sides(count).map((side) => footprintOf([imageOf([side])])) as [Footprint, Footprint]
      return countSteps(() => compare(before, after))
    }
    const some = await stepsFor(1_500)
    expect(some).toBeGreaterThan(1_500)
    // Quadratic work would take four times as many steps.
    expect((await stepsFor(3_000)) / some).toBeLessThan(2.5)
  })
})
