/** Counts on the page agree with their nouns: `1 layer`, `2 layers`. */
import { expect, test } from '@jest/globals'
import { renderPage } from '../../src/page/page.ts'
import { trendOf } from '../../src/trend/trend.ts'
import { reportWith } from '../support/comparisons.ts'
import { footprintOf, image, layer, stage } from '../support/footprints.ts'
import { pointsOf, recordAt } from '../support/trend-points.ts'

/** Returns the words of a page, with those of labels. */
const wordsOf = (html: string): string =>
  html.replaceAll(/<[^>]*?(?:aria-label="([^"]*)"[^>]*)?>/g, ' $1 ').replaceAll(/\s+/g, ' ')

/** A count of one with a noun in the plural. */
const wrong = /(?<![\d.,#])1 (?:layers|packages|smaller packages|images|points|places|steps|parts|pieces)\b/g

/** Returns a page whose image has this many layers, each with this many packages, and a trend of as many points. */
function pageWith(count: number): string {
  const packages = Array.from({ length: count }, (_, nth) => ({
    ...{ ecosystem: 'pypi', name: `p${nth}`, version: '1.0', path: `site/p${nth}`, fileBytes: 10, files: 1 },
  }))
  const layers = Array.from({ length: count }, (_, nth) =>
    layer({
      diffId: `sha256:${String(nth).repeat(64)}`,
      contents: {
        ...{ files: [], directories: [], complete: false },
        packages: { packages, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null },
      },
    }),
  )
  const commits = Array.from({ length: count }, (_, nth) => ({ app: 1_000_000 + nth }))
  const trend = trendOf(pointsOf(commits), { measure: 'pull', creepLimit: null })
  const { images } = recordAt(count, commits[0]!)
  const footprint = footprintOf([image({ name: images[0]!.name, stages: [stage({ layers })] })])
  return renderPage({ ...reportWith(null, { footprint }), trend }, null, { script: '', style: '' })
}

test('says "1 layer", and not "1 layers"', () => {
  const one = wordsOf(pageWith(1))
  expect(one.match(wrong)).toBeNull()
  for (const words of ['1 layer, ', '1 package of the final stage', 'at the last of 1 point'])
    expect(one).toContain(words)
  const two = wordsOf(pageWith(2))
  for (const words of ['2 layers, ', '2 packages of the final stage', 'at the last of 2 points'])
    expect(two).toContain(words)
})

test('says how many packages are left out', () => {
  const packages = Array.from({ length: 1_001 }, (_, nth) => ({
    ...{ ecosystem: 'pypi', name: `p${nth}`, version: '1.0', path: `site/p${nth}`, fileBytes: nth + 1, files: 1 },
  }))
  const contents = {
    ...{ files: [], directories: [], complete: false },
    packages: { packages, folded: { packages: 0, fileBytes: 0, files: 0 }, complete: true, others: null },
  }
  const footprint = footprintOf([image({ stages: [stage({ layers: [layer({ contents })] })] })])
  const page = renderPage(reportWith(null, { footprint }), null, { script: '', style: '' })
  expect(page).toContain('1 smaller package, 1 B, is not in the table.')
})
