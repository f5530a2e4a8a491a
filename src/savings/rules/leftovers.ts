/** Rules about other files that no final image needs. */
import { isCopy, isRun, says, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { appendTo, atEnd, inRun, joinedWith, ofTool } from './edits.ts'

/** Returns whether a step may read the history of a clone that it did not make itself. */
export function mayReadGit(text: string): boolean {
  return isRun(text) && says(text, 'git', 'setuptools_scm', 'go')
}

/** The folder `.git`, which only Git's own commands need. */
export const gitRule: Rule = {
  ...ofTool('git-folder', 'history of Git', ['.git'], gitEdit),
  mayNeed: mayReadGit,
}

function gitEdit(place: Place): Words {
  const { path, text, stage, later } = place
  const remove = `rm -rf ${shellWord(path)}`
  if (stage !== null && later !== null) return appendTo(place, remove)
  if (!isCopy(text))
    return says(text, '--depth')
      ? atEnd(text, remove)
      : words`clone with ${'git clone --depth 1'}, and add ${`&& ${remove}`} to this RUN`
  const source = sourceOf(text)
  return source === null ? words`add ${'**/.git'} to ${'.dockerignore'}` : ['delete it ', ...source]
}

/** Logs of logins, which `useradd` makes as large as the highest user id asks for. */
export const loginLogsRule: Rule = ofTool(
  'login-logs',
  'logs of logins',
  ['/var/log/lastlog', '/var/log/faillog'],
  inRun(({ text, path }) =>
    says(text, '--no-log-init')
      ? atEnd(text, `rm -f ${shellWord(path)}`)
      : words`write ${'useradd --no-log-init'} in this RUN`,
  ),
)

/** Package lists that a later line reads, so that they cannot simply be removed. */
export const listsReadRule: Rule = {
  id: 'apt-lists-read',
  name: 'apt package lists',
  likely: null,
  type: (place) => [
    ...joinedWith(place),
    ...words`, which installs from these lists, and end it with ${'&& rm -rf /var/lib/apt/lists/*'}`,
  ],
}
