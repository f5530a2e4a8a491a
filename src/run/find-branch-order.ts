/** Finds the order of the commits of a trend in the checkout, if there is one. */
import type { Branches } from '../git/branch-order.ts'
import type { Unavailable } from '../unavailable.ts'
import type { BranchOrder, Positions } from '../trend/order.ts'

/** Limit for the branches of a trend whose order is looked up. Others keep the order of their times. */
const maxBranches = 20

/** Returns the order of the commits of these branches. */
export async function findBranchOrder(
  opened: Branches | Unavailable,
  branches: ReadonlySet<string | null>,
): Promise<BranchOrder> {
  const orders = new Map<string, Positions>()
  if (!('why' in opened))
    for (const branch of [...branches].filter((name) => name !== null).slice(0, maxBranches)) {
      const commits = await opened.commitsOf(branch)
      orders.set(branch, new Map(commits.map((commit, position) => [commit, position])))
    }
  const unknown: Positions = new Map()
  return (branch) => (branch === null ? unknown : (orders.get(branch) ?? unknown))
}
