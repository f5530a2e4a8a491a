/** The caption of the table of packages, which counts those that are there now. Pure. */
import { formatCount } from '../../report/units.ts'

/** Whether the final stage has a package: its files, only files that a higher layer deletes, none, or it is not known. */
export type Presence = 'there' | 'deleted' | 'gone' | 'not-known'

/** Returns the number of packages that the final stage has, and of those that have a row for another reason. */
export function packagesCaption(packages: readonly Presence[]): string {
  const count = (wanted: Presence): number => packages.filter((one) => one === wanted).length
  const [gone, deleted, notKnown] = [count('gone'), count('deleted'), count('not-known')]
  return [
    `${formatCount(count('there'), 'package')} of the final stage`,
    ...(gone === 0 ? [] : [`${gone} that ${gone === 1 ? 'is' : 'are'} gone`]),
    ...(deleted === 0 ? [] : [`${deleted} that a higher layer deletes`]),
    ...(notKnown === 0 ? [] : [`${notKnown} that may be gone`]),
  ].join(', and ')
}
