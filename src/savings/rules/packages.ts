/** Rules about packages that metadata calls dispensable. */
import { isCopy, says, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { startsOnly } from '../starts-only.ts'
import { mayRun, mayRunScript } from '../step-reads.ts'
import { ignored } from './copy-edits.ts'
import { added, inLastRun, lineOf } from './run-edits.ts'

/** Debian packages that `--no-install-recommends` leaves out. */
export const recommendedRule: Rule = {
  id: 'recommended-packages',
  name: 'packages that apt installed only because others recommend them',
  likely: 'a program may use them',
  namesPackages: true,
  type: ({ text }) => {
    const [option, command] = says(text, 'aptitude')
      ? ['--without-recommends', 'aptitude install']
      : ['--no-install-recommends', says(text, 'apt-get') ? 'apt-get install' : 'apt install']
    return says(text, option) ? words`add ${option} to each ${command} of this RUN` : words`add ${option} to ${command}`
  },
}

/** npm packages that `--omit=dev` leaves out. */
export const developmentRule: Rule = {
  id: 'development-packages',
  name: 'npm packages that only development needs',
  likely: 'the image may run them',
  mayNeed: mayRunScript,
  addsRun: true,
  type: developmentEdit,
}

/** Returns the command that removes the packages, which may be in another folder than the one at the end of the RUN. */
function pruneOf({ text, path }: Place): string {
  const folder = path.replace(/\/node_modules(?:\/[^]*)?$/, '')
  const isHere = startsOnly(text, 'npm', 'npx') && !/[()]|\s(?:--prefix|-C|cd)\b/.test(text)
  return `npm prune --omit=dev${isHere || folder === '' || folder === path ? '' : ` --prefix ${shellWord(folder)}`}`
}

const runners = ['npm', 'npx', 'node', 'yarn', 'pnpm']

/** Returns whether a step may run development packages. */
export function mayRunPackages(text: string): boolean {
  return mayRun(text, ...runners)
}

/** Commands that may need development packages after npm has installed them. */
const buildCommands = ['npm run', 'npm exec', 'npm test', 'npx']

function developmentEdit(place: Place): Words {
  const { text, later } = place
  const source = sourceOf(text)
  if (isCopy(text) && source === null && (place.hasShell === false || (place.user ?? null) !== null))
    return [
      ...ignored(place, '**/node_modules'),
      ...words`, and copy them from a stage of their own that installs with ${'npm ci --omit=dev'}`,
    ]
  if (isCopy(text))
    return source !== null
      ? words`copy them from a stage of their own that installs with ${'npm ci --omit=dev'} or ends with ${'npm prune --omit=dev'}`
      : [...ignored(place, '**/node_modules'), ...words`, and install with ${'RUN npm ci --omit=dev'}`]
  const install = says(text, 'npm ci') ? 'npm ci --omit=dev' : 'npm install --omit=dev'
  if (place.stage !== null && later !== null) return inLastRun(place, place.stage, 'npm prune --omit=dev')
  if (later !== null)
    return [
      'run this line and ',
      lineOf(place),
      ...words` in a builder stage, copy its result with ${'COPY --from'}, and write ${install} in this RUN`,
    ]
  if (says(text, ...buildCommands) || says(text, '--omit=dev', '--production')) return added(place, pruneOf(place))
  return words`write ${install} in this RUN`
}
