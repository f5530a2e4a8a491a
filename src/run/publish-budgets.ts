/** The budget files of a report that is made from records of other jobs. */
import { budgetFiles, type BudgetSource } from '../budget/sources.ts'
import { runnerLog } from '../publish/runner-log.ts'
import { createWorkspace } from '../workspace.ts'
import { checkRules } from './budget-check.ts'
import { budgetTexts, isJudgedByBase, type BudgetTexts } from './budget-texts.ts'
import type { GitHubRun } from './github-run.ts'
import { locateRun, workspaceOf } from './run-revision.ts'

/**
 * Returns the texts of budget files. As in a run that builds, a pull request is judged by those of its base. A run for
 * any other event has what it trusts in its checkout.
 *
 * @throws FootprintError UNREADABLE_INPUT if a file cannot be used, or the base's version of it cannot be read
 */
export async function publishBudgets(
  sources: readonly BudgetSource[],
  { event, places, workspace }: GitHubRun,
  token: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, BudgetTexts>> {
  const texts = await checkRules(sources, workspace, true, runnerLog.warning)
  if (texts.size === 0 || !isJudgedByBase(event.name)) return texts
  const revision = { event, env: process.env, token }
  const temporary = await createWorkspace(places.tempFolders)
  try {
    const of = { revision, baseline: { input: { kind: 'auto' } } } as const
    return await budgetTexts({
      paths: budgetFiles(sources),
      located: await locateRun(of, workspace, temporary.folder, signal),
      event: event.name,
      workspace: workspaceOf(revision),
      tempFolder: temporary.folder,
    })
  } finally {
    await temporary.remove()
  }
}
