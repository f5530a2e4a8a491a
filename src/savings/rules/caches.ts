/** Rules about files that package managers keep to be faster next time. */
import { commandsIn, nameIn } from '../commands.ts'
import { says, shellWord, words, type Place, type Rule, type Words } from '../rule.ts'
import { startsOnly } from '../starts-only.ts'
import { append, inRun, ofTool, removeIt } from './edits.ts'
import { atEnd, removed } from './run-edits.ts'

/** Returns an edit that adds an option to a tool, or a mount. If the RUN has the option already, only the mount helps. */
function optionOrMount(place: Place, option: string, tool: string, isRunOften = false): Words {
  const { path, text, user = null } = place
  const isThere = says(text, option)
  const added = [...words`${option} to `, isThere || isRunOften ? `each command that runs ${tool}` : tool]
  if (user !== null) return isThere ? removed(place) : ['add ', ...added]
  const mount = words`${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`
  return isThere ? ['add ', ...mount, ', or ', ...added] : ['add ', ...added, ', or ', ...mount]
}

/** Of two such options, pip takes the last one. A script that runs pip has options of its own. */
const pipEdit: Rule['type'] = inRun((place) => {
  const commands = commandsIn(place.text).filter(runsPip)
  if (commands.length === 0 || !commandsIn(place.text).every(isKnownBesidePip)) return removed(place)
  // To build a package, pip starts another pip, which does not get the option.
  if (commands.every((command) => says(command, '--no-cache-dir'))) return removed(place)
  return says(place.text, '--cache-dir')
    ? words`write ${'--no-cache-dir'} in place of ${'--cache-dir'} in this RUN`
    : optionOrMount(place, '--no-cache-dir', 'pip', commands.length > 1)
})

const fetching: readonly string[] = ['install', 'download', 'wheel']

/** Returns whether a command has pip fetch packages, also as a module of Python or by its path. */
function runsPip(command: string): boolean {
  const parts = command.split(/\s/)
  const at = parts.findIndex((word) => /^pip[\d.]*$/.test(word.slice(word.lastIndexOf('/') + 1)))
  return at !== -1 && parts.slice(at + 1).some((word) => fetching.includes(word))
}

/** Commands that start no other ones, so that none of them runs pip. */
const besidePip: ReadonlySet<string> = new Set([
  ...['addgroup', 'adduser', 'apk', 'apt', 'apt-get', 'cd', 'chmod', 'chown', 'cp', 'echo', 'export', 'groupadd', 'ln'],
  ...['mkdir', 'mv', 'printf', 'rm', 'set', 'touch', 'true', 'useradd'],
])
const isKnownBesidePip = (command: string): boolean =>
  runsPip(command) || besidePip.has(nameIn(command) ?? 'true') || says(command, '-m venv')

/** An image of micromamba has no conda. */
function condaEdit(place: Place): Words {
  const tool = ['micromamba', 'mamba'].find((name) => says(place.text, name)) ?? 'conda'
  return startsOnly(place.text, tool) ? atEnd(place, `${tool} clean -afy`) : removed(place)
}

/** Directories that hold caches of a user by default. Yarn has the last one for root. */
const homes = /^\/(?:root|home\/[^/]+|usr\/local\/share)\/\./
/** What has a tool use another directory in a part of a RUN. */
const elsewhere = /\bHOME\b|\s--(?:cache|cache-folder|userconfig)\b/

/**
 * Returns an edit that has a tool clean its cache. If the RUN starts the tool as another user, for example, the same tool
 * would look for another cache at its end, and the edit deletes the directory instead.
 */
const cleaned = (tool: string, command: string): Rule['type'] =>
  inRun((place) =>
    homes.test(place.path) && !elsewhere.test(place.text) && startsOnly(place.text, tool)
      ? atEnd(place, command)
      : removed(place),
  )

const unsure = 'a later step may read it or fill it again, a COPY names it, or a step works offline'

/** pip's cache of what it downloaded. */
export const pipRule: Rule = {
  ...ofTool('pip-cache', 'cache of pip', ['.cache/pip'], pipEdit),
  unsure,
  addsMount: true,
}

/** The same with packages that pip built. It starts another pip for that, which does not get the option. */
export const builtPipRule: Rule = { ...pipRule, id: 'pip-built-cache', addsMount: false, type: removeIt }

const kept: readonly Rule[] = [
  {
    ...ofTool('apt-lists', 'apt package lists', ['/var/lib/apt/lists'], append('rm -rf /var/lib/apt/lists/*')),
    unsure: 'a later RUN may install from them',
  },
  {
    ...ofTool('apt-archives', 'apt cache and downloaded packages', ['/var/cache/apt'], append('apt-get clean')),
    unsure: 'apt writes a part of it again in a later RUN, which needs the same edit',
  },
  ofTool(
    'apk-cache',
    'cache of apk',
    ['/var/cache/apk', '/etc/apk/cache'],
    inRun((place) =>
      says(place.text, '--no-cache') || !says(place.text, 'apk add')
        ? atEnd(place, `rm -rf ${shellWord(place.path)}/*`)
        : says(place.text, 'apk update')
          ? words`add ${'--no-cache'} to each other ${'apk'} command of this RUN, and drop ${'apk update'}`
          : words`write ${'apk add --no-cache'} in this RUN`,
    ),
  ),
  ofTool(
    'dnf-cache',
    'cache of dnf',
    ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum'],
    inRun((place) =>
      atEnd(
        place,
        says(place.text, 'microdnf')
          ? 'microdnf clean all'
          : place.path.startsWith('/var/cache/yum')
            ? 'yum clean all && rm -rf /var/cache/yum'
            : 'dnf clean all',
      ),
    ),
  ),
  ofTool('zypper-cache', 'cache of zypper', ['/var/cache/zypp'], append('zypper clean --all')),
  ofTool(
    'pacman-cache',
    'packages that pacman downloaded',
    ['/var/cache/pacman/pkg'],
    append('rm -rf /var/cache/pacman/pkg/*'),
  ),
  pipRule,
  {
    ...ofTool(
      'uv-cache',
      'cache of uv',
      ['.cache/uv'],
      inRun((place) => optionOrMount(place, '--no-cache', 'uv')),
    ),
    addsMount: true,
    readBy: ['uv', 'uvx'],
    unsure: 'uv in the image, or a step that works offline, may need it',
  },
  // Its folder `virtualenvs` has the environments of applications.
  ofTool('poetry-cache', 'cache of Poetry', ['.cache/pypoetry/cache', '.cache/pypoetry/artifacts'], removeIt),
  // Poetry, Pipenv, tox and others make environments with it.
  ofTool('virtualenv-cache', 'cache of virtualenv', ['.cache/virtualenv', '.local/share/virtualenv'], removeIt),
  ofTool(
    'conda-packages',
    'packages that conda downloaded',
    ['/opt/conda/pkgs', 'miniconda3/pkgs', 'miniforge3/pkgs'],
    inRun(condaEdit),
  ),
  ofTool('npm-cache', 'cache of npm', ['.npm/_cacache'], cleaned('npm', 'npm cache clean --force')),
  ofTool('node-headers', 'headers that node-gyp downloaded', ['.cache/node-gyp'], removeIt),
  ofTool(
    'node-compile-cache',
    'compile cache of Node.js',
    // The second is of a package that Yarn 1 and older releases of pnpm contain. It adds the number of the user.
    ['/tmp/node-compile-cache', '/tmp/v8-compile-cache-0', '/tmp/v8-compile-cache-1000'],
    inRun((place) => [
      ...removed(place),
      // Such as one that cleans another cache. It writes this one again.
      ...(says(place.text, 'npm', 'yarn') ? ['; an npm or Yarn command that you also add goes before it'] : []),
    ]),
  ),
  ofTool(
    'yarn-cache',
    'cache of Yarn',
    ['.cache/yarn', '.yarn/berry/cache'],
    // Since version 2, Yarn would also delete the cache of the project.
    inRun((place) =>
      place.path.includes('berry') ? removed(place) : cleaned('yarn', 'yarn cache clean --all')(place),
    ),
  ),
  // With a mount, pnpm copies files that it would link otherwise.
  ofTool('pnpm-store', 'store of pnpm', ['share/pnpm/store', '.pnpm-store'], removeIt),
  ofTool(
    'composer-cache',
    'cache of Composer',
    ['.composer/cache', '.cache/composer'],
    cleaned('composer', 'composer clear-cache'),
  ),
  ofTool('pnpm-cache', 'cache of pnpm', ['.cache/pnpm'], removeIt),
  // The folder itself may be there for another user, who could not make it again.
  ofTool(
    'javascript-cache',
    'caches of JavaScript tools',
    ['node_modules/.cache', 'node_modules/.vite', '.angular/cache', '.parcel-cache'],
    inRun((place) => atEnd(place, `find ${shellWord(place.path)} -xdev -type f -exec rm -f {} +`)),
  ),
  ofTool('bun-cache', 'cache of Bun', ['.bun/install/cache'], removeIt),
  ofTool(
    'gem-cache',
    'packages that gem downloaded',
    [
      ...['/usr/local/lib/ruby/gems/*/cache', '/usr/lib/ruby/gems/*/cache', '/var/lib/gems/*/cache'],
      ...['.local/share/gem/ruby/*/cache', '.gem/ruby/*/cache'],
    ],
    removeIt,
  ),
  ofTool(
    'bundler-cache',
    'gems that Bundler downloaded',
    [...['/usr/local/bundle/cache', '/usr/local/bundle/ruby/*/cache', 'vendor/bundle/ruby/*/cache', '.bundle/cache']],
    removeIt,
  ),
]

/** Caches of package managers. */
export const caches: readonly Rule[] = kept.map((rule) => ({
  unsure,
  ...rule,
}))
