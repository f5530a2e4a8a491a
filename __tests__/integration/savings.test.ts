/**
 * Has an image for each rule about savings. When the edit is made, the image must lose exactly the promised bytes. If
 * the edit adds a command, its exact text is put into the Dockerfile.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Stage } from '../../src/record/footprint.ts'
import { savingsOf } from '../../src/report/savings-rows.ts'
import { rules } from '../../src/savings/rules.ts'
import { goProgram, programOf } from '../support/elf.ts'
import { folderWith, requireEngine, succeed } from '../support/program.ts'
import { busybox, weighDockerfile } from '../support/weigh.ts'

/** The first lines are those of a base image, so these tests need none. */
const system = [
  'FROM scratch',
  'COPY busybox /bin/busybox',
  'RUN ["/bin/busybox", "--install", "/bin"]',
  'COPY tools /bin',
]

/** The lists in which apt and npm name what they installed, and the parts that name what need not be installed. */
const [aptWanted, aptExtra] = ['wanted', 'extra'].map(
  (name) =>
    `Package: ${name}\nStatus: install ok installed\nVersion: 1\n${name === 'wanted' ? 'Recommends: extra\n' : ''}\n`,
) as [string, string]
const npmLock = '{ "packages": { "node_modules/tool": {}, "node_modules/more": {}'
const npmExtra = ', "node_modules/linter": { "dev": true }, "node_modules/linter/node_modules/rules": { "dev": true }'

/**
 * `fill PATH LINES` writes a file of about 6.9 bytes a line, with a content of its own. The other scripts write the
 * files that the real tools write.
 */
const tools: Readonly<Record<string, string>> = {
  fill: 'mkdir -p "$(dirname "$1")" && { echo "$1"; seq 1 "$2"; } > "$1"',
  apt: `[ "$1" = update ] && exit
  if [ "$1" = remove ]; then
    rm /usr/lib/wanted /var/lib/dpkg/info/wanted.list
    sed -i '/^Package: wanted/,/^$/d' /var/lib/dpkg/status
    echo >> /var/lib/apt/extended_states
    exit
  fi
  mkdir -p /var/lib/apt /var/lib/dpkg/info
  fill /usr/lib/wanted 20000
  echo /usr/lib/wanted > /var/lib/dpkg/info/wanted.list
  printf 'Package: other\nAuto-Installed: 1\n\nPackage: extra\nAuto-Installed: 1\n' > /var/lib/apt/extended_states
  printf '${aptWanted}' > /var/lib/dpkg/status
  case "$*" in *--no-install-recommends*) ;; *)
    fill /usr/lib/extra 30000
    fill /usr/share/doc/extra/README 40000
    printf '/usr/lib/extra\n/usr/share/doc/extra/README\n' > /var/lib/dpkg/info/extra.list
    fill /var/lib/dpkg/info/extra.postinst 100
    printf '${aptExtra}' >> /var/lib/dpkg/status;;
  esac`,
  'apt-get': `case "$1" in
  update) fill /var/lib/apt/lists/deb_main_Packages 40000; fill /var/lib/apt/lists/deb_main_InRelease 3000;;
  install) cat /var/lib/apt/lists/deb_main_Packages > /dev/null || exit 100
    fill /var/cache/apt/archives/tool.deb 30000; fill /usr/lib/apt-tool 20000;;
  clean) rm -rf /var/cache/apt/*;;
esac`,
  apk: 'fill /usr/lib/apk-tool 20000; [ "$2" = --no-cache ] || fill /var/cache/apk/APKINDEX.tar.gz 30000',
  dnf: '[ "$1" = clean ] && rm -rf /var/cache/libdnf5/* || { fill /usr/lib/dnf-tool 20000; fill /var/cache/libdnf5/repo/solv 30000; }',
  microdnf:
    '[ "$1" = clean ] && rm -rf /var/cache/dnf/* || { fill /usr/lib/microdnf-tool 20000; fill /var/cache/dnf/repo/solv 30000; }',
  yum: '[ "$1" = clean ] || { fill /usr/lib/yum-tool 20000; fill /var/cache/yum/repo/solv 30000; }',
  zypper:
    '[ "$1" = clean ] && rm -rf /var/cache/zypp/* || { fill /usr/lib/zypper-tool 20000; fill /var/cache/zypp/solv 30000; }',
  pacman: 'fill /usr/lib/pacman-tool 20000; fill /var/cache/pacman/pkg/tool.pkg.tar.zst 30000',
  pip: `site=/usr/lib/python3/site-packages; fill $site/pip_tool/__init__.py 20000; mkdir -p $site/pip_tool-1.dist-info
printf 'Name: pip-tool\nVersion: 1\n' > $site/pip_tool-1.dist-info/METADATA; echo pip_tool/__init__.py,, > $site/pip_tool-1.dist-info/RECORD
case "$*" in *--no-cache-dir*) ;; *) fill /root/.cache/pip/http-v2/a/b 30000;; esac
case "$*" in *--no-compile*) ;; *) fill $site/pip_tool/__pycache__/__init__.cpython-313.pyc 25000;; esac`,
  // Some files of the cache are hard links to those of the environment.
  uv: `fill /usr/lib/python3/site-packages/uv-tool/__init__.py 20000
case "$*" in *--no-cache*) fill /root/.cache/uv/archive-v0/x/linked 40000; mkdir -p /usr/lib/python3/site-packages/uv-tool; mv /root/.cache/uv/archive-v0/x/linked /usr/lib/python3/site-packages/uv-tool/linked;; *)
  fill /root/.cache/uv/archive-v0/x/y 30000
  fill /root/.cache/uv/archive-v0/x/linked 40000
  ln /root/.cache/uv/archive-v0/x/linked /usr/lib/python3/site-packages/uv-tool/linked;;
esac`,
  poetry: 'fill /usr/lib/python3/site-packages/poetry-tool/__init__.py 20000; fill /root/.cache/pypoetry/cache/x 30000',
  micromamba:
    '[ "$1" = clean ] && rm -rf /opt/conda/pkgs/* || { fill /opt/conda/bin/micro-tool 20000; fill /opt/conda/pkgs/micro-tool.conda 30000; }',
  conda:
    '[ "$1" = clean ] && rm -rf /opt/conda/pkgs/* || { fill /opt/conda/bin/tool 20000; fill /opt/conda/pkgs/tool.conda 30000; }',
  npm: `[ "$HOME" = /other ] && home=/other || home=/root
  case "$1" in
  cache) rm -rf $home/.npm/_cacache;;
  install)
    for name in tool more; do
      fill /spare/node_modules/$name/index.js 20000
      echo '{ "version": "1" }' > /spare/node_modules/$name/package.json
    done
    lock='${npmLock}'
    case "$*" in *--omit=dev*) ;; *)
      for name in linter linter/node_modules/rules; do
        fill /spare/node_modules/$name/index.js 15000
        echo '{ "version": "1" }' > /spare/node_modules/$name/package.json
      done
      lock="$lock"'${npmExtra}';;
    esac
    printf "%s } }" "$lock" > /spare/node_modules/.package-lock.json;;
  *) fill /npm/node_modules/tool/index.js 20000; fill $home/.npm/_cacache/content-v2/sha512/a 30000;;
esac`,
  yarn: '[ "$1" = cache ] && rm -rf /root/.cache/yarn || { fill /yarn/node_modules/tool/index.js 20000; fill /root/.cache/yarn/v6/tool.js 30000; }',
  pnpm: 'fill /pnpm/node_modules/.pnpm/tool/index.js 20000; fill /root/.local/share/pnpm/store/v3/files/00/a 30000',
  composer:
    '[ "$1" = clear-cache ] && rm -rf /root/.composer/cache || { fill /composer/vendor/tool.php 20000; fill /root/.composer/cache/files/tool.zip 30000; }',
  bundle: 'fill /usr/local/bundle/gems/tool/tool.rb 20000; fill /usr/local/bundle/cache/tool.gem 30000',
  useradd:
    '[ "$1" = --no-log-init ] && shift || { fill /var/log/lastlog 30000; fill /var/log/faillog 20000; }; echo "$1" >> /etc/passwd',
  git: 'fill /clone/main.c 20000; fill /clone/.git/objects/pack/x.pack 30000',
}

let folder: Awaited<ReturnType<typeof folderWith>>
const lines = (count: number, seed = ''): string =>
  Array.from({ length: count }, (_, nth) => `${seed}${nth + 1}\n`).join('')

const debug = { debug: 200_000, symbols: 24_000, strings: 7_001 }
/** The names and places of these three sections, which `strip` removes from a program too. */
const sectionBytes = '.debug_info .symtab .strtab '.length + 3 * 64

beforeAll(async () => {
  requireEngine()
  folder = await folderWith({
    busybox,
    ...Object.fromEntries(Object.entries(tools).map(([name, text]) => [`tools/${name}`, `#!/bin/sh\n${text}\n`])),
    'site/main.js': lines(20_000),
    'site/main.js.map': lines(30_000),
    'site/docs/a': lines(30_000, 'a'),
    'repository/main.c': lines(20_000, 'c'),
    'repository/.git/objects/a.pack': lines(40_000),
    'packed/app.tar.gz': lines(30_000, 'z'),
    'moving/app.tar.gz': lines(30_000, 'z'),
    'kept/app.tar.gz': lines(30_000, 'y'),
    'owned/app': lines(30_000, 'x'),
    'twice/a': lines(30_000, 'w'),
    'named/app': lines(30_000, 'v'),
    'partly/data': lines(30_000, 'u'),
    'partly/entry': lines(20_000, 'u'),
    'again/a': lines(30_000, 't'),
    'linked/a': lines(30_000, 'l'),
    'changed/main': lines(20_000, 's'),
    'changed/docs': lines(30_000, 's'),
    'among/app.tar.gz': lines(30_000, 'r'),
    'among/other': lines(20_000, 'r'),
    'sources/a': lines(30_000, 'q'),
    'replacing/a': lines(20_000, 'p'),
    'in-place/a': lines(30_000, 'o'),
    'changing/app.tar.gz': lines(30_000, 'n'),
    'programs/whole': programOf({ code: 300_000, ...debug }),
    'programs/stripped': programOf({ code: 300_000, debug: 0, symbols: 0, strings: 0 }),
    'programs/go': goProgram(300_000, debug),
    'programs/go-stripped': goProgram(300_000, { debug: 0, symbols: 0, strings: 0 }),
  })
  await symlink('a', join(folder.path, 'linked/link'))
})

afterAll(async () => {
  await folder[Symbol.asyncDispose]()
})

const built = (dockerfile: readonly string[]): Promise<Stage> =>
  weighDockerfile(folder.path, [...system, ...dockerfile])

interface Case {
  readonly rule: string
  readonly before: readonly string[]
  /** The edited lines, by hand. If absent, the text that the row suggests is added to the line. */
  readonly after?: readonly string[]
  /** The text of the row, with its code in backticks. */
  readonly edit?: string
  /** Bytes that the edit saves besides, because lists get shorter. Default: 0. */
  readonly besides?: number
  readonly claim?: 'sure' | 'likely'
}

const cases: readonly Case[] = [
  {
    rule: 'apt-lists',
    before: ['RUN apt-get update && apt-get install tool && apt-get clean'],
    edit: 'add `&& rm -rf /var/lib/apt/lists/*` to this RUN',
  },
  { rule: 'apt-archives', before: ['RUN apt-get update && apt-get install tool && rm -rf /var/lib/apt/lists/*'] },
  {
    rule: 'apt-lists-read',
    before: ['RUN apt-get update', 'RUN apt-get install tool && apt-get clean'],
    after: ['RUN apt-get update && apt-get install tool && apt-get clean && rm -rf /var/lib/apt/lists/*'],
    edit: 'join this RUN and line +1, which needs these lists, and end it with `&& rm -rf /var/lib/apt/lists/*`',
  },
  // The files are deleted too late, which needs the same edit.
  { rule: 'apt-lists', before: ['RUN apt-get update', 'RUN rm -rf /var/lib/apt/lists/*'] },
  { rule: 'apk-cache', before: ['RUN apk add tool'], after: ['RUN apk add --no-cache tool'] },
  {
    rule: 'apk-cache',
    before: ['RUN apk update && apk add tool'],
    after: ['RUN apk add --no-cache tool'],
    edit: 'add `--no-cache` to each other `apk` command of this RUN, and drop `apk update`',
  },
  {
    rule: 'apt-lists-read',
    before: ['RUN apt-get update', 'COPY partly/entry /needed', 'RUN apt-get install tool && apt-get clean'],
    after: [
      'RUN apt-get update && rm -rf /var/lib/apt/lists/*',
      'COPY partly/entry /needed',
      'RUN apt-get update && apt-get install tool && apt-get clean && rm -rf /var/lib/apt/lists/*',
    ],
    edit: 'add `&& rm -rf /var/lib/apt/lists/*` to this RUN; after it, up to line +2, begin each RUN that runs apt with `apt-get update &&` and end it with `&& rm -rf /var/lib/apt/lists/*`',
    claim: 'sure',
  },
  // The tool of an image of micromamba.
  {
    rule: 'conda-packages',
    before: ['RUN micromamba install tool'],
    edit: 'add `&& micromamba clean -afy` to this RUN',
  },
  { rule: 'dnf-cache', before: ['RUN dnf install tool'], edit: 'add `&& dnf clean all` to this RUN' },
  { rule: 'dnf-cache', before: ['RUN microdnf install tool'], edit: 'add `&& microdnf clean all` to this RUN' },
  { rule: 'dnf-cache', before: ['RUN yum install tool'] },
  { rule: 'zypper-cache', before: ['RUN zypper install tool'] },
  { rule: 'pacman-cache', before: ['RUN pacman -S tool'] },
  {
    rule: 'pip-cache',
    before: ['RUN pip install --no-compile tool'],
    after: ['RUN pip install --no-compile --no-cache-dir tool'],
    edit: 'add `--no-cache-dir` to pip, or `--mount=type=cache,target=/root/.cache/pip` to this RUN',
  },
  {
    rule: 'pip-cache',
    before: ['RUN pip install --no-compile tool'],
    after: ['RUN --mount=type=cache,target=/root/.cache/pip pip install --no-compile tool'],
  },
  {
    rule: 'pip-built-cache',
    before: ['RUN pip install --no-compile tool && fill /root/.cache/pip/wheels/tool.whl 30000'],
    edit: 'add `&& rm -rf /root/.cache/pip` to this RUN',
  },
  {
    rule: 'uv-cache',
    before: ['RUN uv pip install tool'],
    after: ['RUN uv pip install --no-cache tool'],
  },
  { rule: 'poetry-cache', before: ['RUN poetry install'] },
  { rule: 'virtualenv-cache', before: ['RUN fill /root/.cache/virtualenv/wheel/3.13/embed/3/pip.whl 30000'] },
  { rule: 'conda-packages', before: ['RUN conda install tool'] },
  { rule: 'npm-cache', before: ['RUN npm ci'], edit: 'add `&& npm cache clean --force` to this RUN' },
  // The tool would look for the cache in another folder.
  {
    rule: 'npm-cache',
    before: ['RUN HOME=/other npm ci'],
    edit: 'add `&& rm -rf /other/.npm/_cacache` to this RUN',
  },
  { rule: 'node-headers', before: ['RUN fill /root/.cache/node-gyp/24.0.0/include/node/node.h 30000'] },
  {
    rule: 'node-compile-cache',
    before: ['RUN fill /tmp/v8-compile-cache-0/11.3/a 30000 && fill /compiled-by-yarn 20000'],
    edit: 'add `&& rm -rf /tmp/v8-compile-cache-0` to this RUN',
  },
  {
    rule: 'node-compile-cache',
    before: ['RUN fill /tmp/node-compile-cache/v24.0.0-x64-0/a 30000 && fill /compiled-by-node 20000'],
    edit: 'add `&& rm -rf /tmp/node-compile-cache` to this RUN',
  },
  { rule: 'yarn-cache', before: ['RUN yarn install'] },
  {
    rule: 'pnpm-store',
    before: ['RUN pnpm install'],
    after: ['RUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm install'],
  },
  { rule: 'composer-cache', before: ['RUN composer install'] },
  { rule: 'bundler-cache', before: ['RUN bundle install'] },
  ...(
    [
      ['pnpm-cache', '/root/.cache/pnpm/metadata-v1.3/tool.json'],
      ['javascript-cache', '/app/node_modules/.cache/terser/a'],
      ['bun-cache', '/root/.bun/install/cache/a'],
      ['next-cache', '/app/.next/cache/webpack/0.pack'],
      ['gem-cache', '/usr/local/lib/ruby/gems/3.4.0/cache/tool-1.gem'],
    ] as const
  ).map(([rule, path]): Case => ({ rule, before: [`RUN fill ${path} 30000`] })),
  ...(
    [
      ['go-cache', '/root/.cache/go-build'],
      ['go-modules', '/go/pkg/mod'],
      ['cargo-registry', '/usr/local/cargo/registry'],
      ['maven-repository', '/root/.m2/repository'],
      ['gradle-cache', '/root/.gradle/caches'],
      ['nuget-packages', '/root/.nuget/packages'],
      ['ccache', '/root/.ccache'],
    ] as const
  ).map(([rule, path]): Case => ({
    rule,
    before: [`RUN fill ${path}/a/b 30000 && fill /compiled-${rule} 20000`],
    after: [`RUN --mount=type=cache,target=${path} fill ${path}/a/b 30000 && fill /compiled-${rule} 20000`],
  })),
  {
    rule: 'git-folder',
    before: ['COPY repository /context'],
    // Does what the ignore file would do.
    after: ['COPY repository/main.c /context/'],
    edit: 'add `**/.git` to `.dockerignore`',
  },
  { rule: 'git-folder', before: ['RUN git clone x'], after: ['RUN git clone --depth 1 x && rm -rf /clone/.git'] },
  { rule: 'login-logs', before: ['RUN useradd app'], after: ['RUN useradd --no-log-init app'] },
  {
    rule: 'archive',
    before: [
      'COPY packed/app.tar.gz /tmp/',
      'RUN tar xf /tmp/app.tar.gz; fill /unpacked1 20000',
      'RUN rm /tmp/app.tar.gz',
    ],
    after: ['RUN --mount=type=bind,source=packed,target=/tmp/packed fill /unpacked1 20000'],
    edit: 'drop this line and have the RUN in line +1 read the archive by `RUN --mount=type=bind`; then drop the deletion in line +2',
  },
  {
    rule: 'archive',
    before: ['COPY among /among', 'RUN tar xf /among/app.tar.gz; rm /among/app.tar.gz'],
    after: ['COPY among/other /among/'],
    edit: 'leave `/among/app.tar.gz` out of this line and have the RUN in line +1 read it by `RUN --mount=type=bind`; then drop the deletion in line +1',
  },
  // Without the archive, line +1 fails, too.
  {
    rule: 'archive',
    before: [
      'COPY changing/app.tar.gz /tmp/changing.tar.gz',
      'RUN chown 1:1 /tmp/changing.tar.gz && fill /unpacked3 20000',
      'RUN tar xf /tmp/changing.tar.gz; rm /tmp/changing.tar.gz',
    ],
    after: [
      'RUN fill /unpacked3 20000',
      'RUN --mount=type=bind,source=changing/app.tar.gz,target=/tmp/changing.tar.gz tar xf /tmp/changing.tar.gz; true',
    ],
    edit: 'drop this line and have the RUN in line +2 read the archive by `RUN --mount=type=bind`; then drop the deletion in line +2 and the change of its owner or mode in line +1',
    claim: 'likely',
  },
  // Other files may be moved, edited and linked to beside the archive.
  {
    rule: 'archive',
    before: [
      'COPY moving/app.tar.gz /tmp/moving.tar.gz',
      'RUN cd /tmp; tar xf moving.tar.gz; mkdir -p app-1; echo x > app-1/x; mv app-* app && sed -i s/x/y/ app/x && ln -s app/x z; rm moving.tar.gz',
    ],
    after: [
      'RUN --mount=type=bind,source=moving/app.tar.gz,target=/tmp/moving.tar.gz cd /tmp; tar xf moving.tar.gz; mkdir -p app-1; echo x > app-1/x; mv app-* app && sed -i s/x/y/ app/x && ln -s app/x z',
    ],
    edit: 'drop this line and have the RUN in line +1 read the archive by `RUN --mount=type=bind`; then drop the deletion in line +1',
    claim: 'likely',
  },
  {
    rule: 'archive-kept',
    before: ['COPY kept/app.tar.gz /kept/', 'RUN tar xf /kept/app.tar.gz; fill /unpacked2 20000'],
    after: ['RUN --mount=type=bind,source=kept,target=/tmp/kept fill /unpacked2 20000'],
  },
  {
    rule: 'archive-left',
    before: [
      'RUN V=1; fill /left/made 30000; tar cf /left/app-$V.tar -C /left made; tar xf /left/app-$V.tar -C /usr/local',
    ],
  },
  {
    rule: 'owner-or-mode',
    before: ['COPY owned /owned', 'RUN chown -R 1000:1000 /owned'],
    after: ['COPY --chown=1000:1000 owned /owned'],
    edit: 'add `--chown=1000:1000` to this line, and drop `chown` from line +1',
    claim: 'sure',
  },
  {
    rule: 'owner-or-mode',
    before: [
      'COPY named /named',
      'RUN echo app:x:1234:1234::/:/bin/sh >> /etc/passwd && echo app:x:1234: >> /etc/group && chown -R app:app /named',
    ],
    after: [
      'COPY --chown=1234:1234 named /named',
      'RUN echo app:x:1234:1234::/:/bin/sh >> /etc/passwd && echo app:x:1234: >> /etc/group',
    ],
    // The layer of line +1 has the ids of the account.
    edit: 'add `--chown=1234:1234` to this line, and drop `chown` from line +1',
    claim: 'sure',
  },
  {
    rule: 'owner-or-mode',
    before: ['COPY partly /partly', 'RUN chmod 600 /partly/data && echo done > /partly-done'],
    after: [
      'COPY partly/entry /partly/entry',
      'COPY --chmod=600 partly/data /partly/data',
      'RUN echo done > /partly-done',
    ],
    edit: 'copy `/partly/data` in a line of its own with `--chmod=600`, and drop `chmod` for it from line +1',
    claim: 'likely',
  },
  {
    rule: 'owner-or-mode',
    before: ['COPY partly/data /single', 'RUN chmod o-r /single && echo done > /single-done'],
    after: ['COPY --chmod=751 partly/data /single', 'RUN echo done > /single-done'],
    edit: 'add `--chmod=751` to this line, and drop `chmod` for it from line +1; a folder that the copy makes gets that mode too, so make it in an earlier line',
    claim: 'likely',
  },
  {
    rule: 'owner-or-mode',
    before: ['RUN fill /moded/x 30000', 'RUN chmod -R 700 /moded'],
    after: ['RUN fill /moded/x 30000 && chmod -R 700 /moded'],
    edit: 'add `&& chmod -R 700 /moded` to this RUN, and drop it from line +1',
    claim: 'sure',
  },
  // Both commands change the same file, and the order matters: `chown` clears the setuid bit.
  {
    rule: 'owner-or-mode',
    before: ['RUN fill /setuid/x 30000', 'RUN chmod 4755 /setuid/x && chown 1000 /setuid/x'],
    after: ['RUN fill /setuid/x 30000 && chmod 4755 /setuid/x && chown 1000 /setuid/x'],
    edit: 'add `&& chmod 4755 /setuid/x && chown 1000 /setuid/x` to this RUN, and drop it from line +1',
    claim: 'sure',
  },
  {
    rule: 'deleted-later',
    before: ['RUN fill /build/x 30000 && fill /builtx 20000', 'RUN rm -rf /build'],
    after: ['RUN fill /build/x 30000 && fill /builtx 20000 && rm -rf /build'],
    edit: 'add `&& rm -rf /build` to this RUN, and drop it from line +1, which deletes too late',
    claim: 'sure',
  },
  // The first command alone would leave the other file, and the second one would then fail in its line.
  {
    rule: 'deleted-later',
    before: [
      'RUN fill /first/x 30000 && fill /second/x 25000 && fill /third 20000',
      'RUN rm -r /first && rm /second/x',
    ],
    after: ['RUN fill /first/x 30000 && fill /second/x 25000 && fill /third 20000 && rm -r /first && rm /second/x'],
    edit: 'add `&& rm -r /first && rm /second/x` to this RUN, and drop it from line +1, which deletes too late',
    claim: 'sure',
  },
  // A COPY cannot be in the middle of a RUN.
  {
    rule: 'deleted-later',
    before: [
      'RUN fill /compiler/x 30000 && fill /runtime 20000',
      'COPY partly/entry /between',
      'RUN cp /between /compiled-between && rm -rf /compiler',
    ],
    after: [
      'COPY partly/entry /between',
      'RUN fill /compiler/x 30000 && fill /runtime 20000 && cp /between /compiled-between && rm -rf /compiler',
    ],
    edit: 'move line +1 above this line, and join the RUN instructions from this line to line +2, which deletes the files',
    claim: 'likely',
  },
  // Without the file, `rm` fails. A mount cannot be deleted, and is read-only by default.
  {
    rule: 'deleted-later',
    before: ['COPY sources /sources', 'RUN cp /sources/a /sources/b && cp /sources/b /from-sources && rm -r /sources'],
    after: [
      'RUN --mount=type=bind,rw,source=sources,target=/sources cp /sources/a /sources/b && cp /sources/b /from-sources',
    ],
    edit: 'drop this line, since line +1 deletes all files that it brings, and drop the deletion from there (keep it for files that other lines make); mount these files in that line with `RUN --mount=type=bind,rw`',
    claim: 'likely',
  },
  {
    rule: 'deleted-later',
    before: ['COPY site /app', 'RUN rm -rf /app/docs /app/main.js.map'],
    after: ['COPY site/main.js /app/'],
    edit: 'leave out of this line what line +1 deletes (by `--exclude`, or in `.dockerignore` if no other line needs them), and drop the deletion from there',
  },
  {
    rule: 'deleted-later',
    before: ['COPY changed /shorter', 'RUN rm /shorter/docs'],
    after: ['COPY changed/main /shorter/'],
    edit: 'leave out of this line what line +1 deletes (by `--exclude`, or in `.dockerignore` if no other line needs them), and drop the deletion from there',
    claim: 'sure',
  },
  // What a COPY names itself must be there, so `--exclude` leaves out nothing.
  {
    rule: 'deleted-later',
    before: ['COPY changed/docs /named-docs', 'RUN rm /named-docs'],
    after: [],
    edit: 'drop this line, since line +1 deletes all files that it brings, and drop the deletion from there',
    claim: 'sure',
  },
  // Only without this line, there is neither the folder nor the link in it.
  {
    rule: 'deleted-later',
    before: ['COPY linked /linked', 'RUN rm -rf /linked'],
    after: [],
    edit: 'drop this line, since line +1 deletes all files that it brings, and drop the deletion from there',
    claim: 'sure',
  },
  {
    rule: 'deleted-later',
    before: ['COPY changed/main changed/docs /named/', 'RUN rm /named/docs'],
    after: ['COPY changed/main /named/'],
    edit: 'leave out of this line what line +1 deletes (by not naming it, or by `--exclude` if it is in a folder that this line names), and drop the deletion from there',
    claim: 'sure',
  },
  {
    rule: 'deleted-later',
    before: ['RUN fill /alone/x 30000 && fill /alone-kept 20000', 'RUN rm -rf /alone'],
    after: ['RUN fill /alone/x 30000 && fill /alone-kept 20000 && rm -rf /alone'],
    edit: 'add `&& rm -rf /alone` to this RUN, and drop it from line +1, which deletes too late',
    claim: 'sure',
  },
  {
    rule: 'replaced-later',
    before: ['COPY changed /copied-twice', 'COPY changed/main /copied-twice/docs'],
    after: ['COPY changed/main /copied-twice/', 'COPY changed/main /copied-twice/docs'],
    edit: 'leave out of this line what line +1 replaces (by `--exclude`, or in `.dockerignore` if no other line needs them)',
    claim: 'sure',
  },
  // The first layer, and the copies for another owner or mode, all lose the files.
  {
    rule: 'deleted-later',
    before: ['COPY changed /changed', 'RUN chown -R 1000:1000 /changed', 'RUN rm -rf /changed/docs'],
    after: ['COPY changed/main /changed/', 'RUN chown -R 1000:1000 /changed', 'RUN rm -rf /changed/docs'],
    edit: 'leave out of this line what line +2 deletes (by `--exclude`, or in `.dockerignore` if no other line needs them); mount these files in the lines in between that need them with `RUN --mount=type=bind,rw`',
    claim: 'likely',
  },
  {
    rule: 'deleted-later',
    before: ['RUN fill /made/x 30000 && fill /made-kept 20000', 'RUN chmod -R 700 /made', 'RUN rm -rf /made'],
    after: ['RUN fill /made/x 30000 && fill /made-kept 20000 && chmod -R 700 /made && rm -rf /made'],
    edit: 'join the RUN instructions from this line to line +2, which deletes the files',
    claim: 'likely',
  },
  {
    rule: 'replaced-later',
    before: ['RUN fill /twice 30000', 'RUN fill /twice 40000'],
    after: ['RUN fill /twice 30000 && fill /twice 40000'],
    edit: 'join this RUN and line +1, which replaces the files',
    claim: 'likely',
  },
  {
    rule: 'replaced-later',
    before: ['RUN fill /replaced 35000', 'COPY replacing/a /replaced'],
    after: ['RUN fill /replaced 35000 && rm -f /replaced', 'COPY replacing/a /replaced'],
    edit: 'add `&& rm -f /replaced` to this RUN: line +1 brings another one',
    claim: 'sure',
  },
  {
    rule: 'replaced-later',
    before: ['COPY in-place /in-place', 'RUN sed -i s/1/2/ /in-place/a'],
    after: ['RUN --mount=type=bind,source=in-place,target=/read mkdir /in-place && sed s/1/2/ /read/a > /in-place/a'],
    edit: 'drop this line, since line +1 replaces all files that it brings; if that line needs these files, mount them there at another path with `RUN --mount=type=bind`, and write only the result',
    claim: 'likely',
  },
  {
    rule: 'build-objects',
    before: [
      'RUN fill /built/node_modules/n/build/Release/obj.target/n.o 30000 && fill /built/node_modules/n/n.js 20000',
    ],
    edit: 'add `&& rm -rf /built/node_modules/n/build/Release/obj.target` to this RUN',
  },
  {
    rule: 'documentation',
    before: ['RUN fill /usr/share/doc/tool/README 30000 && fill /documented 20000'],
    edit: 'add `&& rm -rf /usr/share/doc/*` to this RUN',
  },
  {
    rule: 'documentation',
    before: ['RUN fill /usr/share/doc/a/README 15000 && fill /usr/share/man/man1/a.1 14000 && fill /documented2 20000'],
    edit: 'add `&& rm -rf /usr/share/doc/* /usr/share/man/*` to this RUN',
  },
  {
    rule: 'recommended-packages',
    before: ['RUN apt update && apt install wanted && rm -rf /var/lib/apt/lists/partial'],
    after: ['RUN apt update && apt install --no-install-recommends wanted && rm -rf /var/lib/apt/lists/partial'],
    edit: 'add `--no-install-recommends` to `apt install`',
    // The paragraph about the package.
    besides: aptExtra.length,
  },
  // Nothing wants the package any more, but no line removes it.
  {
    rule: 'recommended-packages',
    before: ['RUN apt install wanted', 'RUN apt remove wanted'],
    after: ['RUN apt install --no-install-recommends wanted', 'RUN apt remove wanted'],
    edit: 'add `--no-install-recommends` to `apt install`',
    besides: 2 * aptExtra.length,
  },
  {
    rule: 'development-packages',
    before: ['RUN npm install'],
    after: ['RUN npm install --omit=dev'],
    edit: 'write `npm install --omit=dev` in this RUN',
    besides: npmExtra.length,
  },
  // Both layers lose the packages. The account is called like the program.
  {
    rule: 'development-packages',
    before: ['RUN npm install', 'RUN echo node:x:1000:1000::: >> /etc/passwd && chown -R node /spare/node_modules'],
    after: [
      'RUN npm install --omit=dev',
      'RUN echo node:x:1000:1000::: >> /etc/passwd && chown -R node /spare/node_modules',
    ],
    edit: 'write `npm install --omit=dev` in this RUN',
    besides: 2 * npmExtra.length,
  },
  {
    rule: 'debian-old-lists',
    before: [
      'RUN fill /var/lib/dpkg/status-old 15000 && fill /var/cache/debconf/templates.dat-old 16000 && fill /var/cache/debconf/templates.dat 16000',
    ],
    edit: 'add `&& rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old` to this RUN',
    claim: 'sure',
  },
  {
    rule: 'same-bytes',
    before: ['RUN fill /same/a 30000 && cp /same/a /same/b'],
    edit: 'add `&& ln -f /same/a /same/b` to this RUN',
  },
  {
    rule: 'same-bytes',
    before: ['COPY twice/a /one/a', 'COPY twice/a /two/a'],
    after: ['COPY twice/a /one/a', 'RUN mkdir -p /two && ln -s /one/a /two/a'],
    edit: 'do not copy `/two/a` in this line, and add `RUN mkdir -p /two && ln -s /one/a /two/a`',
  },
  // The copy is made from the first file, whose mode a later line changes.
  {
    rule: 'same-bytes',
    before: ['COPY again /again1', 'RUN cp -r /again1 /again2', 'RUN chmod 750 /again1/a'],
    after: ['COPY again /again1', 'RUN mkdir /again2 && ln -s /again1/a /again2/a', 'RUN chmod 750 /again1/a'],
    edit: 'write `ln -s /again1/a /again2/a` in this RUN in place of the copy',
  },
  {
    rule: 'debug-symbols',
    before: ['COPY programs/whole /usr/local/bin/program'],
    after: ['COPY programs/stripped /usr/local/bin/program'],
    edit: 'run `strip` on it before this line copies it',
    besides: sectionBytes,
  },
  {
    rule: 'go-symbols',
    before: ['COPY programs/go /usr/local/bin/go-program'],
    after: ['COPY programs/go-stripped /usr/local/bin/go-program'],
    edit: 'add `-ldflags="-s -w"` to `go build` where what this line copies is built',
    besides: sectionBytes,
  },
  {
    rule: 'tests',
    before: [
      'RUN fill /tested/node_modules/a/test/x.js 15000 && fill /tested/node_modules/@b/c/__tests__/x.js 15000 && fill /tested/node_modules/test/x.js 20000',
    ],
    // Here `test` is a package.
  },
  {
    rule: 'tests',
    before: ['RUN fill /opt/lib/python3.13/site-packages/a/tests/x.py 30000 && fill /tested-python 20000'],
  },
  {
    rule: 'compilers',
    before: [
      'RUN fill /usr/libexec/gcc/x/14/cc1 30000 && fill /usr/lib/gcc/x/14/crt.o 10000 && fill /usr/lib/c.so 20000',
    ],
    after: ['RUN fill /usr/lib/c.so 20000'],
  },
  {
    rule: 'headers',
    before: ['RUN fill /usr/include/x.h 30000 && fill /usr/lib/h.so 20000'],
    after: ['RUN fill /usr/lib/h.so 20000'],
  },
  // Only some of the folders with such names are what compilers left.
  {
    rule: 'build-objects',
    before: [
      'RUN for path in n/build/Release/obj.target/n.o n/build/Debug/n.node n/lib/Debug/n.js n/lib/obj/n.js; do fill /debugged/node_modules/$path 15000; done',
    ],
  },
  {
    rule: 'source-maps',
    before: ['RUN for name in a.js.map b.css.map keyboard.map; do fill /keyboard/$name 15000; done'],
  },
  {
    rule: 'source-maps',
    before: ['RUN fill /mapped/a.js.map 30000 && fill /mapped/a.js 20000'],
    edit: 'add `&& rm -f /mapped/a.js.map` to this RUN',
  },
  { rule: 'static-libraries', before: ['RUN fill /usr/lib/static/x.a 30000 && fill /usr/lib/a.so 20000'] },
  // The last one, because a later line may run Python. The tests with a real pip are in compiled-python.test.ts.
  {
    rule: 'compiled-python',
    before: ['RUN pip install --no-cache-dir tool'],
    after: ['RUN pip install --no-cache-dir --no-compile tool'],
    edit: 'add `--no-compile` to `pip install`',
  },
]

type Row = NonNullable<ReturnType<typeof savingsOf>>['rows'][number]
const textOf = (words: Row['edit']): string =>
  words.map((part) => (typeof part === 'string' ? part : `\`${part.code}\``)).join('')

/** The rows of a rule in the image of a round, and the bytes that they promise. */
interface Found {
  readonly rows: readonly Row[]
  /** With those that other rows count too. */
  readonly promised: number
  readonly claims: readonly string[]
  /** The bytes to pull that they promise at least. */
  readonly least: number
  /** The bytes of the files in the layers of its lines, and the bytes to pull. */
  readonly fileBytes: number
  readonly pullBytes: number
}

/** Cases that do not interfere share one image, in which no tool occurs twice. */
const rounds = cases.reduce<Case[][]>((some, one) => {
  const toolsOf = ({ before }: Case): string[] =>
    Object.keys(tools).filter((name) => name !== 'fill' && before.join(' ').split(' ').includes(name))
  const round = some.find((others) =>
    others.every((other) => !toolsOf(other).some((name) => toolsOf(one).includes(name))),
  )
  if (round) round.push(one)
  else some.push([one])
  return some
}, [])

/** Returns the line of each case's first instruction. */
function startsOf(linesOfCases: readonly (readonly string[])[]): readonly number[] {
  let next = system.length + 1
  return linesOfCases.map(({ length }) => {
    const start = next
    next += length
    return start
  })
}

function foundOf(stage: Stage, rule: string, start: number, length: number): Found {
  const isWithin = (line: number | null | undefined): boolean => line != null && line >= start && line < start + length
  const of = (position: number): number | null | undefined => stage.layers[position]?.instruction?.line
  const items = stage.savings!.items.filter((item) => item.rule === rule && isWithin(of(item.layer)))
  const { rows, more } = savingsOf(stage) ?? { rows: [], more: [] }
  const layers = stage.layers.filter(({ instruction }) => isWithin(instruction?.line))
  return {
    rows: [...rows, ...more].filter((_, at) => items.includes(stage.savings!.items[at]!)),
    claims: items.map(({ claim }) => claim),
    promised: items.reduce((sum, { fileBytes, bytesElsewhere = 0 }) => sum + fileBytes + bytesElsewhere, 0),
    least: items.reduce((sum, { leastPullBytes = 0 }) => sum + leastPullBytes, 0),
    fileBytes: layers.reduce((sum, { fileBytes }) => sum + fileBytes!, 0),
    pullBytes: layers.reduce((sum, { compressedSize }) => sum + compressedSize!, 0),
  }
}

describe.each(rounds.map((some, nth) => [nth + 1, some] as const))('image %i', (_nth, some) => {
  const edited: (readonly string[])[] = []
  let [fat, lean]: (Stage | null)[] = [null, null]

  beforeAll(async () => {
    fat = await built(some.flatMap(({ before }) => before))
    const starts = startsOf(some.map(({ before }) => before))
    for (const [at, { rule, before, after }] of some.entries()) {
      const commands = foundOf(fat, rule, starts[at]!, before.length).rows.map(({ edit }) =>
        edit.flatMap((part) => (typeof part === 'string' ? [] : [part.code])).join(' '),
      )
      edited.push(after ?? [`${before[0]!} ${commands.join(' ')}`, ...before.slice(1)])
    }
    lean = await built(edited.flat())
  })

  test.each(some.map((one, at) => [`${one.rule}: ${one.before.join('; ')}`, one, at] as const))(
    '%s: the edit saves exactly the bytes that the report promises',
    (_title, { rule, before, after, edit, besides = 0, claim }, at) => {
      const start = startsOf(some.map((one) => one.before))[at]!
      const found = foundOf(fat!, rule, start, before.length)
      const left = foundOf(lean!, rule, startsOf(edited)[at]!, edited[at]!.length)
      if (after === undefined) expect(edited[at]![0]).toContain(`${before[0]!} && `)
      if (edit !== undefined)
        expect(found.rows.map((row) => textOf(row.edit))).toEqual([
          edit.replaceAll(/line \+(\d)/g, (_, more) => `line ${start + Number(more)}`),
        ])
      expect(found.promised).toBeGreaterThan(100_000)
      expect(found.fileBytes - left.fileBytes).toBe(found.promised + besides)
      expect(found.pullBytes - left.pullBytes).toBeGreaterThanOrEqual(found.least)
      if (claim !== undefined) expect(found.claims).toEqual([claim])
      expect(left.rows).toEqual([])
    },
  )
})

/** Returns owner, mode and path of everything in an image that this Dockerfile makes below a path, as tar lists it. */
async function listing(dockerfile: readonly string[], path: string): Promise<readonly string[]> {
  const [file, archive] = [join(folder.path, 'Dockerfile'), join(folder.path, 'image.tar')]
  await writeFile(file, [...system, ...dockerfile, ''].join('\n'))
  await succeed('docker', ['buildx', 'build', '--output', `type=tar,dest=${archive}`, '--file', file, folder.path])
  const told = await succeed('tar', ['--list', '--verbose', '--numeric-owner', '--file', archive])
  return told
    .split('\n')
    .map((line) => line.split(/ +/))
    .filter((words) => words[5]?.startsWith(path))
    .map(([mode, owner, , , , name]) => `${mode} ${owner} ${name}`)
    .toSorted()
}

test.each(
  cases
    .filter(({ rule, before }) => rule === 'owner-or-mode' && before[0]!.startsWith('COPY'))
    .map(({ before, after = [] }) => [before.join('; '), before, after] as const),
)('%s: the edit leaves the owner and mode of everything as they were', async (_title, before, after) => {
  const path = before[0]!.split(' /')[1]!
  const [fat, lean] = [await listing(before, path), await listing(after, path)]
  expect(lean).toEqual(fat)
  expect(fat.length).toBeGreaterThan(1)
})

test('covers every rule except the one that needs a base image, which base-files.test.ts covers', () => {
  const shown = new Set(cases.map(({ rule }) => rule))
  expect(rules.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual(['base-owner-or-mode'])
})
