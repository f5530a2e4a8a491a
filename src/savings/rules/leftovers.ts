/** Rules about other files that no final image needs. */
import { isCopy, says, shellWord, sourceOf, words, type Place, type Rule, type Words } from '../rule.ts'
import { mayReadGit } from '../step-reads.ts'
import { ignored, leftOut } from './copy-edits.ts'
import { inRun, ofTool } from './edits.ts'
import { withRights } from '../run-script.ts'
import { added, appendTo, atEnd, joinedWith, lineOf } from './run-edits.ts'

/** The folder `.git`, which only Git's own commands need. */
export const gitRule: Rule = {
  ...ofTool('git-folder', 'history of Git', ['.git'], gitEdit),
  mayNeed: mayReadGit,
  readBy: ['git'],
  unsure: 'a later RUN, another line or Git in the image may read it',
  dependsOnWholeLine: true,
}

function gitEdit(place: Place): Words {
  const { path, text, stage, later } = place
  const remove = `rm -rf ${shellWord(path)}`
  if (stage !== null && later !== null) return appendTo(place, remove)
  // Another command of the same RUN may read more of the history.
  if (!isCopy(text))
    return says(text, '--depth') || mayReadGit(text)
      ? atEnd(place, remove)
      : [...words`clone with ${'git clone --depth 1'}, and `, ...added(place, remove)]
  // A layer of `COPY . .` may have nothing else only because an earlier line copied the other files.
  const isNamed = /[\s/"'[]\.git[/"'\s,]/.test(text)
  if (text.includes('--keep-git-dir')) return words`drop ${'--keep-git-dir'} from this line`
  if (isNamed && place.isWholeLine) return ['drop this line, which brings nothing else']
  // A line that names what the context leaves out fails.
  if (isNamed) return leftOut(place, [path])
  return sourceOf(text) === null ? ignored(place, '**/.git') : leftOut(place, [path])
}

/** Logs of logins, which `useradd` makes as large as the highest user id asks for. */
export const loginLogsRule: Rule = ofTool(
  'login-logs',
  'logs of logins',
  ['/var/log/lastlog', '/var/log/faillog'],
  inRun((place) =>
    says(place.text, '--no-log-init') || !says(place.text, 'useradd')
      ? atEnd(place, `rm -f ${shellWord(place.path)}`)
      : words`write ${'useradd --no-log-init'} in this RUN`,
  ),
)

/** Where dpkg and debconf keep the previous version of a file that they write. They only read it if that is lost. */
const oldLists = [
  ...['available-old', 'diversions-old', 'statoverride-old', 'status-old'].map((name) => `/var/lib/dpkg/${name}`),
  ...['config.dat-old', 'passwords.dat-old', 'templates.dat-old'].map((name) => `/var/cache/debconf/${name}`),
]

/** Previous versions of the lists of dpkg and debconf. One command deletes all of them. */
export const oldListsRule: Rule = {
  ...ofTool('debian-old-lists', 'previous versions of lists of dpkg and debconf', oldLists, (place) => {
    const paths = place.paths.length > 0 ? place.paths : [place.path]
    if (isCopy(place.text)) return leftOut(place, paths)
    const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))
    return atEnd(place, `rm -f ${[...folders].map((folder) => `${folder}/*-old`).join(' ')}`)
  }),
  listsPlaces: true,
}

/** Package lists that a later line reads, so that they cannot simply be removed. */
export const listsReadRule: Rule = {
  id: 'apt-lists-read',
  name: 'apt package lists',
  likely: null,
  unsure: 'apt may write its cache again, or a script in between may fetch the lists, too',
  type: (place) => {
    const { linesToMove = [], canJoin = true } = place.later ?? {}
    if (linesToMove.length === 0 && canJoin)
      return [...joinedWith(place), ...words`, which needs these lists, and end it with ${`&& ${removeLists}`}`]
    return [
      ...added(place, removeLists),
      '; after it, up to ',
      lineOf(place),
      ...words`, begin each RUN that runs apt with ${`${withRights(place.text, 'apt-get update')} &&`} and end it with ${`&& ${withRights(place.text, removeLists)}`}`,
    ]
  },
}

const removeLists = 'rm -rf /var/lib/apt/lists/*'
