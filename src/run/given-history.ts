/** The trend that `--trend` names on the command line. It is only read. */
import type { Baseline } from '../base/find-baseline.ts'
import { currentFolder } from '../files.ts'
import type { Footprint } from '../record/footprint.ts'
import type { CountingRules } from './budgets.ts'
import type { ReportHistory } from './make-report.ts'
import { readHistory } from './run-history.ts'
import { warn } from './terminal-messages.ts'

/** Returns what the trend says about a report. Undefined if no trend was named. */
export async function givenHistory(
  path: string | null,
  footprint: Footprint,
  { found }: Baseline,
  rules: CountingRules | null,
  signal: AbortSignal,
): Promise<ReportHistory | undefined> {
  if (path === null) return undefined
  // A change is judged by the trend of the branch that it is compared with.
  const branches = [found?.origin.reference, found?.footprint.revision?.branch, footprint.revision?.branch]
  const history = await readHistory(footprint, { found, notes: [], unmet: null }, rules, {
    place: path,
    branches: branches.filter((branch) => branch != null),
    adds: false,
    recordFolder: null,
    workspace: null,
    checkout: { folder: currentFolder(), env: process.env, signal },
  })
  history.notes.forEach(warn)
  return history
}
