/** The budgets, and how close each value is to its limit. Pure. */
import type { BudgetResult, Override } from '../../budget/verdict.ts'
import { verdictLines } from '../../report/verdict-lines.ts'
import { formatCount, formatShare } from '../../report/units.ts'
import { foreign, html, name, nothing, prose, type Html } from '../html.ts'
import { section } from './parts.ts'

const marks = {
  fail: 'over',
  warn: 'over, a warning',
  'not-judged': 'not judged',
  pass: 'within',
  elsewhere: 'elsewhere',
} as const

/** Returns the section with the budgets. */
export function budgetsOf(results: readonly BudgetResult[], override: Override | null, at: number): Html {
  if (results.length === 0) return nothing
  const rows = results.map((result) => {
    // Each result is passed alone, so that it is shown in full even if it passed.
    const [line] = verdictLines([result], override, name, (text) => foreign(text, 400))
    if (line === undefined) return nothing
    return html`<li class="budget ${line.mark}">
      <span class="mark">${wordsFor(result, line.mark)}</span>${meter(result)}
      <p>${prose(line.sentence)}${result.overridden ? html` <br /><small>${prose(line.lead)}.</small>` : null}</p>
    </li> `
  })
  return section(
    `budgets-${at}`,
    'Budgets',
    html`<ul class="budgets">
      ${rows}
    </ul>`,
  )
}

function wordsFor({ ignoredUpTo, overridden, since }: BudgetResult, mark: keyof typeof marks): string {
  if (ignoredUpTo !== null) return 'ignored'
  if (since?.isOverBefore === true) return 'over, not by this change'
  return overridden ? 'over, accepted' : marks[mark]
}

/**
 * Returns how much of the limit is used, as a fraction of 1. Null if there is no such fraction, or if the growth is
 * noise. If there are two limits, both must be exceeded, so the smaller fraction counts.
 */
function usedShare({ rule: { limit, kind }, measured, measuredPercent, ignoredUpTo }: BudgetResult): number | null {
  if (ignoredUpTo !== null) return null
  const shares = [
    limit.amount === null || measured === null
      ? null
      : limit.amount === 0
        ? measured > 0
          ? Infinity
          : 0
        : measured / limit.amount,
    kind === 'ceiling' || limit.percent === null || measuredPercent === null
      ? null
      : limit.percent === 0
        ? measuredPercent > 0
          ? Infinity
          : 0
        : measuredPercent / limit.percent,
  ].filter((share) => share !== null)
  return shares.length === 0 ? null : Math.max(0, Math.min(...shares))
}

/** The limit is at two thirds of the width, so that the meter also shows by how much it is exceeded. */
function meter(result: BudgetResult): Html {
  const share = usedShare(result)
  if (share === null) return html`<span class="meter"></span>`
  const limit = 66.67
  const { amount, percent } = result.rule.limit
  // Both must be exceeded.
  const hasTwo = result.rule.kind !== 'ceiling' && amount !== null && percent !== null
  const filled = Math.min(100, share * limit).toFixed(2)
  const text = share === Infinity ? 'over' : share < 10 ? formatShare(share) : formatCount(Math.round(share), 'time')
  return html`<span class="meter" data-share="${share}"
    ><svg aria-hidden="true" width="100%" height="12">
      <rect class="${share > 1 ? 'over' : 'used'}" width="${filled}%" height="100%" />
      <line x1="${limit}%" x2="${limit}%" y1="0" y2="12" />
    </svg>
    <span>${text} ${share < 10 ? 'of ' : ''}${hasTwo ? 'the higher limit' : 'the limit'}</span></span
  >`
}
