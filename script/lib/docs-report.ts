/** The report of the documentation's picture: the record of the example against one with a smaller `twist.pex`. */
import { readFileSync } from 'node:fs'
import { parseRecord } from '../../src/inspect/record.ts'
import type { Image } from '../../src/inspect/footprint.ts'
import type { Report } from '../../src/render/report.ts'
import { compareStages, comparisonOf, imageComparison, reportWith, result, rule, verdictOf } from '../../__tests__/support/comparisons.ts'

function imageOf(path: string): Image {
  const [image] = parseRecord(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), path).images
  if (!image) throw new Error(`${path} has no image`)
  return image
}

export function docsReport(): Report {
  const [before, after] = [imageOf('docs/report.base.record.json'), imageOf('docs/report.record.json')]
  const stages = after.stages.map((stage, at) =>
    compareStages(before.stages[at] ?? stage, stage, (to, from) =>
      stage.role === 'final'
        ? { paths: [{ kind: 'file', path: '/root/twist.pex', before: from?.fileBytes ?? null, after: to?.fileBytes ?? null, package: null }] }
        : {},
    ),
  )
  const comparison = imageComparison(before, after, stages)
  const { compressedSize } = comparison.final.growth.total
  const share = ((compressedSize ?? 0) / (comparison.final.before?.totals.compressedSize ?? 1)) * 100
  const measured = result({ image: { name: after.name, platform: 'linux/amd64' }, measured: compressedSize, measuredPercent: share, line: 21, rule: rule() })
  return reportWith(comparisonOf([comparison]), { dockerfile: 'Dockerfile', verdict: verdictOf([measured]) })
}
