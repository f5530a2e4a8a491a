/** Decides how much a report has to tell the readers of a pull request. Pure. */
import type { ReportState } from '../publish/comment.ts'
import { isNoNews } from '../report/drift-noise.ts'
import type { Report } from '../report/report.ts'
import { failsBudget } from './make-report.ts'

/**
 * Returns the state of a report. If nothing changed, a rule that could not be judged does not make it `changed`: such a
 * rule, for example on growth since a day before the trend began, would make a comment on every pull request. The run
 * warns about it all the same.
 *
 * @param isUnmet whether the baseline that the user named cannot be used
 */
export function stateOf(report: Report, isUnmet: boolean): ReportState {
  const { verdict, comparison } = report
  if (failsBudget(verdict)) return 'failed'
  const isExceeded = verdict?.results.some(({ outcome }) => outcome === 'warn' || outcome === 'fail') ?? false
  if (isNoNews(report) && !isExceeded) return 'unchanged'
  return isUnmet && comparison === null && verdict?.outcome !== 'warn' ? 'not-compared' : 'changed'
}
