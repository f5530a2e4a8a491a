/** Says why a revision that the user gave cannot be found. */
import { nearest } from '../inputs/nearest.ts'
import type { History } from './commit-history.ts'
import { shallowAdvice } from './shallow.ts'

/** Limit for the length of a name that is compared with others, in characters. */
const maxRevision = 100

const places = {
  given: 'cannot be found in the repository or at its remote',
  failed: 'cannot be found in the repository, and its remote did not answer',
  none: 'cannot be found in the repository',
} as const

/**
 * Returns a clause that says where the revision was looked for, and what to do: the name that was probably meant, or how
 * to complete the checkout if its depth may be the reason.
 */
export async function whyUnknown(revision: string, history: History): Promise<string> {
  const { answer, refs } = await history.remoteRefs()
  const names = [...(await history.refNames()), ...refs.map(({ name }) => name)]
  const [, name = '', steps = ''] = /^([^~^@:]*)(.*)$/s.exec(revision) ?? []
  const isHere = steps !== '' && name !== '' && !name.startsWith('-') && (await history.commitOf(name)) !== null
  const isKnown = isHere || (steps !== '' && (name === '' || names.includes(name)))
  const near = isKnown || revision.length > maxRevision ? null : nearest(name, names)
  const mayBeOlder = isKnown || isShortHash(revision) || answer === 'failed'
  const advice =
    near !== null ? ` (did you mean "${near}${steps}"?)` : mayBeOlder && history.isShallow ? shallowAdvice : ''
  return `the revision ${revision} ${places[answer]}${advice}`
}

/** Returns whether it may be the beginning of a hash, which a remote is not asked for. */
const isShortHash = (name: string): boolean => /^[0-9a-f]{4,39}$/.test(name)
