/** What became of the external base image of a stage. */
import type { Base, Stage } from '../record/footprint.ts'
import type { BaseImageChange, Cause } from './comparison.ts'

/** Another target of the same bake file: what it is made of is the repository's own. */
const isTarget = ({ reference }: Base): boolean => reference.startsWith('target:')

/**
 * A reference is all that a record has of a FROM, as written. Where it holds a build argument, another image may be
 * a moved one or another default of the argument, which is an edit. Two builds by one builder, minutes apart,
 * resolve one reference alike, so there it was edited. The same goes for a target: by one builder it differs for what
 * was edited, and a record of another does not tell that from an image that its own base moved to.
 */
export function compareBase(before: Stage, after: Stage, sameBuilder: boolean): BaseImageChange {
  const [a, b] = [before.base, after.base]
  const kindOf = (): BaseImageChange['kind'] => {
    if (a === null || b === null) return 'unknown'
    if (a.reference !== b.reference) return 'edited'
    if (isSameImage(a, b) && haveSameLayers(before, after)) return 'same'
    if (!a.reference.includes('$') && !isTarget(a)) return 'moved'
    return sameBuilder ? 'edited' : 'unknown'
  }
  return { kind: kindOf(), before: a, after: b }
}

/** A digest that is not known tells nothing against it. */
const isSameImage = (a: Base, b: Base): boolean => a.digest === null || b.digest === null || a.digest === b.digest

function haveSameLayers(before: Stage, after: Stage): boolean {
  const [a, b] = [before, after].map(({ layers }) => layers.filter(({ origin }) => origin === 'base')) as [
    Stage['layers'],
    Stage['layers'],
  ]
  return a.length === b.length && a.every(({ diffId }, position) => diffId === b[position]?.diffId)
}

/** Why layers of the base differ. Null where it is the same: then what differs is how they are stored. */
export function causeOfBase({ kind }: BaseImageChange): Cause | null {
  switch (kind) {
    case 'same':
      return null
    case 'moved':
      return 'base-image'
    case 'edited':
      return 'change'
    case 'unknown':
      return 'unknown'
  }
}

/**
 * Why steps on top of the base see another one; null where they do not. A new name for the same image changes
 * nothing for them. Where one side does not know its base, the layers tell.
 */
export function causeFromBase(change: BaseImageChange, before: Stage, after: Stage): Cause | null {
  const [a, b] = [change.before, change.after]
  if (a === null || b === null) return null
  const same = a.digest !== null && a.digest === b.digest && haveSameLayers(before, after)
  return same ? null : causeOfBase(change)
}
