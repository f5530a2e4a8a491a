/** Rules about other files that no final image needs. */
import { isCopy, shellWord, sourceOf, words, type Rule } from '../rule.ts'
import { inRun, joinedWith, ofTool } from './edits.ts'

export const gitRule: Rule = ofTool('git-folder', 'history of Git', ['.git'], ({ path, text }) =>
  isCopy(text)
    ? sourceOf(text) !== null
      ? ['delete it ', ...(sourceOf(text) ?? [])]
      : words`add ${'**/.git'} to ${'.dockerignore'}`
    : words`clone with ${'git clone --depth 1'}, and add ${`&& rm -rf ${shellWord(path)}`} to this RUN`,
)

export const loginLogsRule: Rule = ofTool(
  'login-logs',
  'logs of logins',
  ['/var/log/lastlog', '/var/log/faillog'],
  inRun(() => words`write ${'useradd --no-log-init'} in this RUN`),
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
