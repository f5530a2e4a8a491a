/** The words in the boxes of a treemap can be read on every colour that a box has, in both schemes. */
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'

const css = (name: string): string => readFileSync(`src/page/style/${name}.css`, 'utf8')

type Colour = readonly [red: number, green: number, blue: number]
type Colours = ReadonlyMap<string, Colour>

function coloursIn(text: string): Colours {
  return new Map(
    Array.from(text.matchAll(/--([\w-]+): #([0-9a-f]{3,6});/g), ([, name = '', digits = '']) => {
      const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits
      return [name, [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16)) as unknown as Colour]
    }),
  )
}

const [light = '', dark = ''] = css('page').split('@media screen and (prefers-color-scheme: dark)')
const schemes: readonly (readonly [string, Colours])[] = [
  ['light', coloursIn(light)],
  ['dark', coloursIn(dark)],
]

/** As WCAG 2 defines it. */
function luminance(colour: Colour): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(one: Colour, other: Colour): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (high + 0.05) / (low + 0.05)
}

const opacity = Number(/\.treemap \.f \{\s*opacity: ([\d.]+)/.exec(css('treemap'))?.[1])

/** The colours of boxes, from the style, and that of a group. */
const boxes = [
  ...Array.from(css('treemap').matchAll(/\.tile\.\w+ \{\s*fill: var\(--([\w-]+)\)/g), ([, name = '']) => name),
  'raised',
]

test.each(schemes)('names and figures have a contrast of at least 4.5 on every box: %s', (_, colours) => {
  expect(boxes).toEqual(['own', 'base', 'grew', 'shrank', 'raised'])
  const ink = colours.get('ink')!
  for (const name of boxes) {
    const box = colours.get(name)!
    const figure = ink.map((value, at) => opacity * value + (1 - opacity) * box[at]!) as unknown as Colour
    expect([name, contrast(ink, box) >= 4.5, contrast(figure, box) >= 4.5]).toEqual([name, true, true])
  }
})
