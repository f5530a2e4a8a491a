/** Finds out whether other stages may need what a stage takes over from its parents. Pure. */
import type { StageUse } from './copied-files.ts'

/**
 * Returns whether a stage that this one is FROM, directly or through others, is used in another way: by any other stage,
 * whether or not that one was built, or by a COPY or mount of the stages between the two.
 *
 * @param index the stage's position in the Dockerfile
 * @param uses all uses of stages in the Dockerfile. If they are not known (null), every parent may be shared.
 */
export function inheritsFromShared(index: number, uses: readonly StageUse[] | null): boolean {
  if (uses === null) return true
  const chain = [index]
  for (let user: number | undefined = index; user !== undefined;) {
    const child: number = user
    user = uses.find((use) => use.user === child && use.via === 'from' && use.used < child)?.used
    if (user !== undefined) chain.push(user)
  }
  const parents = chain.slice(1)
  return uses.some(({ user, used, via }) => parents.includes(used) && (via !== 'from' || !chain.includes(user)))
}
