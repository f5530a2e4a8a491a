/** Rules about files that package managers keep to be faster next time. */
import { says, shellWord, words, type Rule } from '../rule.ts'
import { append, inRun, ofTool, removeIt } from './edits.ts'

export const caches: readonly Rule[] = [
  ofTool('apt-lists', 'apt package lists', ['/var/lib/apt/lists'], append('rm -rf /var/lib/apt/lists/*')),
  ofTool('apt-archives', 'apt cache and downloaded packages', ['/var/cache/apt'], append('apt-get clean')),
  ofTool(
    'apk-cache',
    'cache of apk',
    ['/var/cache/apk', '/etc/apk/cache'],
    inRun(() => words`write ${'apk add --no-cache'} in this RUN`),
  ),
  ofTool(
    'dnf-cache',
    'cache of dnf',
    ['/var/cache/dnf', '/var/cache/libdnf5', '/var/cache/yum'],
    inRun(({ text, path }) =>
      says(text, 'microdnf')
        ? words`add ${'&& microdnf clean all'} to this RUN`
        : path.startsWith('/var/cache/yum')
          ? words`add ${'&& yum clean all && rm -rf /var/cache/yum'} to this RUN`
          : words`add ${'&& dnf clean all'} to this RUN`,
    ),
  ),
  ofTool('zypper-cache', 'cache of zypper', ['/var/cache/zypp'], append('zypper clean --all')),
  ofTool(
    'pacman-cache',
    'packages that pacman downloaded',
    ['/var/cache/pacman/pkg'],
    append('rm -rf /var/cache/pacman/pkg/*'),
  ),
  ofTool(
    'pip-cache',
    'cache of pip',
    ['.cache/pip'],
    inRun(
      ({ path }) =>
        words`add ${'--no-cache-dir'} to pip, or ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`,
    ),
  ),
  ofTool(
    'uv-cache',
    'cache of uv',
    ['.cache/uv'],
    inRun(
      ({ path }) => words`add ${'--no-cache'} to uv, or ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN`,
    ),
  ),
  ofTool('poetry-cache', 'cache of Poetry', ['.cache/pypoetry'], removeIt),
  ofTool('conda-packages', 'packages that conda downloaded', ['/opt/conda/pkgs'], append('conda clean -afy')),
  ofTool('npm-cache', 'cache of npm', ['.npm/_cacache'], append('npm cache clean --force')),
  ofTool('node-headers', 'headers that node-gyp downloaded', ['.cache/node-gyp'], removeIt),
  ofTool('yarn-cache', 'cache of Yarn', ['.cache/yarn', '.yarn/berry/cache'], append('yarn cache clean --all')),
  ofTool(
    'pnpm-store',
    'store of pnpm',
    ['share/pnpm/store', '.pnpm-store'],
    inRun(
      ({ path }) =>
        words`add ${`--mount=type=cache,target=${shellWord(path)}`} to this RUN, or ${`&& rm -rf ${shellWord(path)}`} at its end`,
    ),
  ),
  ofTool('composer-cache', 'cache of Composer', ['.composer/cache', '.cache/composer'], append('composer clear-cache')),
  ofTool('bundler-cache', 'gems that Bundler downloaded', ['/usr/local/bundle/cache', '.bundle/cache'], removeIt),
]
