/** What judging a rule for a stage gives. */
import type { BudgetResult } from './verdict.ts'

/** The parts of a result that judging gives. What is left out keeps its value of a rule that could not be measured. */
export type Judged = Partial<BudgetResult> & Pick<BudgetResult, 'outcome'>

/**
 * Returns the result of a rule that could not be judged.
 *
 * @param reason a clause without a capital letter and without a full stop
 */
export const unknownResult = (reason: string): Judged => ({ outcome: 'not-known', reason })
