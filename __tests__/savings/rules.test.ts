/** The edits of rules whose option or command is in the instruction already. */
import { describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import type { Place, Words } from '../../src/savings/rule.ts'
import { ruleOf, rules } from '../../src/savings/rules.ts'
import { mayReadGit } from '../../src/savings/step-reads.ts'
import { appliedMode } from '../../src/savings/symbolic-mode.ts'
import { folderWith, succeed } from '../support/program.ts'

const textOf = (words: Words): string => words.map((part) => (typeof part === 'string' ? part : part.code)).join('')

function edit(rule: string, text: string, path: string, some: Partial<Place> = {}): string {
  const place: Place = {
    ...{ path, text, kind: 'directory', claim: 'sure', paths: [], isWholeLine: true, other: null, later: null },
    ...{ becomes: null, hasLaterRun: false, stage: null, ignoreFile: null, ...some },
  }
  return textOf(ruleOf(rule)!.type(place))
}

const lists = '/var/lib/apt/lists'

test.each([
  [
    'apt-lists',
    'RUN apt-get update && rm -rf /var/lib/apt/lists/* && setup',
    lists,
    `move rm -rf ${lists}/* to the end`,
  ],
  [
    'apt-lists',
    'RUN rm -rf \\\n   /var/lib/apt/lists && setup',
    lists,
    `move rm -rf ${lists}/* to the end of this RUN`,
  ],
  ['apt-archives', 'RUN apt-get clean && apt-get install -y x', '/var/cache/apt', 'move apt-get clean to the end'],
  [
    'apk-cache',
    'RUN apk add --no-cache a && apk update',
    '/var/cache/apk',
    'add && rm -rf /var/cache/apk/* to this RUN',
  ],
  ['dnf-cache', 'RUN dnf clean all && dnf install x', '/var/cache/dnf', 'move dnf clean all to the end of this RUN'],
  [
    'pip-cache',
    'RUN pip install --no-cache-dir a && pip install b',
    '/root/.cache/pip',
    'add --mount=type=cache,target=',
  ],
  ['pip-cache', 'RUN ./install.sh', '/root/.cache/pip', 'add && rm -rf /root/.cache/pip to this RUN'],
  ['pip-cache', 'RUN pip install a && sh /i.sh', '/root/.cache/pip', 'add && rm -rf /root/.cache/pip to this RUN'],
  ['pip-cache', 'RUN apt-get update && /v/bin/pip install a', '/root/.cache/pip', 'add --no-cache-dir to pip, or'],
  ['yarn-cache', 'RUN yarn install', '/root/.yarn/berry/cache', 'add && rm -rf /root/.yarn/berry/cache to this RUN'],
  [
    'pip-cache',
    'RUN pip install --cache-dir /c/.cache/pip a',
    '/c/.cache/pip',
    'write --no-cache-dir in place of --cache-dir in this RUN',
  ],
  ['uv-cache', 'RUN uv pip install --no-cache a && uv sync', '/root/.cache/uv', 'add --mount=type=cache,target='],
  ['npm-cache', 'RUN npm cache clean --force && npm ci', '/root/.npm/_cacache', 'move npm cache clean --force to the'],
  [
    'node-compile-cache',
    'RUN npm ci',
    '/tmp/node-compile-cache',
    'add && rm -rf /tmp/node-compile-cache to this RUN; an npm or Yarn command that you also add goes before it',
  ],
  [
    'node-compile-cache',
    'RUN rm -rf /tmp/node-compile-cache && npm cache clean --force',
    '/tmp/node-compile-cache',
    'move rm -rf /tmp/node-compile-cache to the end of this RUN; an npm',
  ],
  ['node-compile-cache', 'COPY --from=build / /', '/tmp/node-compile-cache', 'leave /tmp/node-compile-cache out of'],
  ['tests', 'RUN npm ci', '/app/node_modules', 'add && find /app/node_modules -type d \\( -regex '],
  // The command would find directories of the system too.
  [
    'tests',
    'RUN npm ci && pip install a',
    '/',
    'delete the folders test, tests and __tests__ of the packages at the end',
  ],
  [
    'apt-archives',
    'RUN <<EOF\napt-get install x\nEOF',
    '/var/cache/apt',
    'add the line apt-get clean at the end of the',
  ],
  [
    'apt-archives',
    'RUN ["apt-get", "install"]',
    '/var/cache/apt',
    'write this RUN without brackets, and add && apt-get',
  ],
  ['go-symbols', 'RUN go build -ldflags "-X a.b=c" .', '/app', 'add -s -w to the -ldflags of go build'],
  [
    'recommended-packages',
    'RUN apt-get install --no-install-recommends a && apt-get install b',
    '/',
    'add --no-install-recommends to each apt-get install of this RUN',
  ],
  [
    'debian-old-lists',
    'RUN apt-get install x',
    '/var/lib/dpkg/status-old',
    'add && rm -f /var/lib/dpkg/*-old to this RUN',
  ],
  ['debian-old-lists', 'COPY --from=build / /', '/var/lib/dpkg/status-old', 'leave /var/lib/dpkg/status-old out of'],
  ['login-logs', 'RUN adduser app', '/var/log/lastlog', 'add && rm -f /var/log/lastlog to this RUN'],
  // For rpm, translations are no documentation.
  ['documentation', 'RUN dnf install x', '/usr/share/doc', 'add --setopt=tsflags=nodocs to the install'],
  ['documentation', 'RUN dnf install x', '/usr/share/locale', 'add && rm -rf /usr/share/locale/* to this RUN'],
  [
    'yarn-cache',
    'RUN yarn cache clean --all-of-it && yarn',
    '/root/.cache/yarn',
    'add && yarn cache clean --all to this RUN',
  ],
  ['poetry-cache', 'RUN rm -rf /a/b && poetry install', '/a', 'add && rm -rf /a to this RUN'],
  ['poetry-cache', 'RUN rm -rf /a/; poetry install', '/a', 'move rm -rf /a to the end of this RUN'],
  ['git-folder', 'RUN git clone x && make', '/x/.git', 'add && rm -rf /x/.git to this RUN'],
  ['git-folder', 'COPY --from=build /x /x', '/x/.git', 'leave /x/.git out of what this line copies'],
  ['git-folder', 'COPY --from=build /x/.git /y/', '/y', 'drop this line, which brings nothing else'],
  ['git-folder', 'COPY .git .git', '/x/.git', 'drop this line, which brings nothing else'],
  ['git-folder', 'COPY . .', '/x/.git', 'add **/.git to .dockerignore'],
  ['git-folder', 'COPY .git/objects .git/objects', '/x/.git', 'drop this line, which brings nothing else'],
  ['git-folder', 'ADD --keep-git-dir=true https://example.com/x.git /x', '/x/.git', 'drop --keep-git-dir from this'],
  ['git-folder', 'ADD x.tar.gz /x', '/x/.git', 'leave **/.git out of the archive that this line unpacks'],
  [
    'source-maps',
    'ADD a "x.tgz" /x',
    '/x/node_modules',
    'leave **/*.js.map, **/*.mjs.map, **/*.cjs.map, **/*.ts.map and **/*.css.map out of the archive that this line unpacks',
  ],
  ['source-maps', 'RUN vite build', '/d/index-Kcm6sfur.js.map', 'add && rm -f /d/*.js.map to this RUN'],
  ['source-maps', 'RUN webpack', '/d/main.8f3a9c1b2d.js.map', 'add && rm -f /d/*.js.map to this RUN'],
  ['source-maps', 'RUN tsc', '/d/index.js.map', 'add && rm -f /d/index.js.map to this RUN'],
  ['git-folder', 'RUN git clone --depth 1 x', '/x/.git', 'add && rm -rf /x/.git to this RUN'],
  [
    'login-logs',
    'RUN useradd --no-log-init a && useradd b',
    '/var/log/lastlog',
    'add && rm -f /var/log/lastlog to this RUN',
  ],
  [
    'documentation',
    'RUN dnf install --setopt=tsflags=nodocs x',
    '/usr/share/doc',
    'add && rm -rf /usr/share/doc/* to this',
  ],
  [
    'development-packages',
    'RUN npm ci --omit=dev && npm i -D x',
    '/a/node_modules',
    'add && npm prune --omit=dev to this RUN',
  ],
  [
    'development-packages',
    'RUN (cd /a && npm ci && npm run build)',
    '/a/node_modules',
    'add && npm prune --omit=dev --prefix /a to this RUN',
  ],
  [
    'development-packages',
    "RUN su app -c 'npm ci && npm run build'",
    '/a/node_modules/x',
    'add && npm prune --omit=dev --prefix /a to this RUN',
  ],
])('%s: %s', (rule, text, path, expected) => {
  expect(edit(rule, text, path)).toContain(expected)
})

test.each([
  ['npm-cache', 'RUN set -e; npm ci', '/root/.npm/_cacache', 'npm cache clean --force'],
  ['npm-cache', 'RUN HOME=/tmp npm ci', '/tmp/.npm/_cacache', 'rm -rf /tmp/.npm/_cacache'],
  ['npm-cache', 'RUN export HOME=/root && npm ci', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci --cache /root/.npm', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci && cd /app', '/opt/.npm/_cacache', 'rm -rf /opt/.npm/_cacache'],
  ['npm-cache', "RUN su app -c 'npm ci'", '/home/app/.npm/_cacache', 'rm -rf /home/app/.npm/_cacache'],
  ['npm-cache', 'RUN env A=b gosu app npm ci', '/home/app/.npm/_cacache', 'rm -rf /home/app/.npm/_cacache'],
  ['npm-cache', 'RUN bash -c "source $NVM_DIR/nvm.sh && npm ci"', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN su app -c "cd /srv && npm ci"', '/home/app/.npm/_cacache', 'rm -rf /home/app/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci && su app -c "cd a; npm ci"', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN (. /nvm.sh; npm ci)', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci $(cat options) && npm -v', '/root/.npm/_cacache', 'npm cache clean --force'],
  ['npm-cache', 'RUN ./install', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci && apk del .build', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  [
    'npm-cache',
    'RUN npm ci && rm -rf /usr/local/lib/node_modules',
    '/root/.npm/_cacache',
    'rm -rf /root/.npm/_cacache',
  ],
  [
    'npm-cache',
    'RUN npm ci && rm -r "/usr/local/lib/node_modules"/*',
    '/root/.npm/_cacache',
    'rm -rf /root/.npm/_cacache',
  ],
  ['npm-cache', 'RUN npm ci && rm -rf /usr', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci && rm -rf /usr/share/doc /var/log/x', '/root/.npm/_cacache', 'npm cache clean --force'],
  ['npm-cache', 'RUN cd /tmp/ui && npm ci && rm -rf /tmp/ui', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN npm ci && mv dist /srv && rm -r ../ui', '/root/.npm/_cacache', 'rm -rf /root/.npm/_cacache'],
  ['npm-cache', 'RUN sudo npm ci', '/root/.npm/_cacache', 'sudo rm -rf /root/.npm/_cacache'],
  ['yarn-cache', 'RUN yarn install', '/usr/local/share/.cache/yarn', 'yarn cache clean --all'],
  ['yarn-cache', "RUN su app -c 'yarn'", '/home/app/.cache/yarn', 'rm -rf /home/app/.cache/yarn'],
  ['composer-cache', 'RUN composer install', '/root/.composer/cache', 'composer clear-cache'],
  ['composer-cache', 'RUN php composer.phar install', '/root/.cache/composer', 'rm -rf /root/.cache/composer'],
  ['conda-packages', 'RUN conda install x', '/opt/conda/pkgs', 'conda clean -afy'],
  ['conda-packages', 'RUN /opt/conda/bin/conda install x', '/opt/conda/pkgs', 'rm -rf /opt/conda/pkgs'],
])('%s: a tool that may look for another cache, or be gone, does not clean it: %s', (rule, text, path, command) => {
  expect(edit(rule, text, path)).toBe(`add && ${command} to this RUN`)
})

test.each([
  ['apt-lists', 'RUN sudo apt-get update', lists, `sudo rm -rf ${lists}/*`],
  ['apt-lists', 'RUN sudo apt-get update && rm -rf /tmp/x', lists, `sudo rm -rf ${lists}/*`],
  ['apt-archives', 'RUN doas apt-get install -y x', '/var/cache/apt', 'doas apt-get clean'],
  ['dnf-cache', 'RUN sudo yum install x', '/var/cache/yum', 'sudo yum clean all && sudo rm -rf /var/cache/yum'],
  ['apt-archives', 'RUN sudo true && apt-get install -y x', '/var/cache/apt', 'apt-get clean'],
  ['apt-lists', 'RUN apt-get install -y sudo', lists, `rm -rf ${lists}/*`],
  ['apt-archives', "RUN sudo sh -c 'apt-get install -y x'", '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN sudo bash -c "cd /a; apt-get install -y x && true"', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', "RUN echo 'it is' && apt-get install -y x && sudo true", '/var/cache/apt', 'apt-get clean'],
  ['apt-archives', 'RUN bash -c "sudo apt-get install -y x"', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', "RUN bash -o pipefail -c 'sudo apt-get install -y x'", '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN set -e; /usr/bin/sudo apt-get install x', '/var/cache/apt', '/usr/bin/sudo apt-get clean'],
  ['apt-lists', "RUN a && \\\n# don't\nsudo apt-get update && \\\n# it's\ntrue", lists, `sudo rm -rf ${lists}/*`],
  ['apt-lists', 'RUN apt-get update && \\\n# no root; sudo is missing\ntrue', lists, `rm -rf ${lists}/*`],
  ['apt-archives', 'RUN cat list | xargs -n 1 sudo apt-get install -y', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN timeout 10m sudo apt-get install -y x', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN eval "sudo apt-get install -y x"', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', "RUN bash -c $'sudo apt-get install -y x'", '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN "sudo" apt-get install -y x', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN ${SUDO} apt-get install -y x', '/var/cache/apt', '${SUDO} apt-get clean'],
  ['apt-archives', "RUN echo it\\'s && sudo apt-get install x && echo it\\'s", '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN apt-get download y && sudo apt-get install ./y', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-lists', 'RUN apt-get update && apt-get install -y sudo && sudo -u app make', lists, `rm -rf ${lists}/*`],
  ['apt-lists', 'RUN apt-get install -y sudo && sudo a && apt-get purge -y sudo', lists, `rm -rf ${lists}/*`],
  ['apt-archives', 'RUN sudo bash -euxo pipefail -c "apt-get install x"', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN sudo -u root apt-get install x', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN sudo -Eu app apt-get install x', '/var/cache/apt', 'apt-get clean'],
  ['apt-lists', 'RUN ./sudo && apt-get update', lists, `rm -rf ${lists}/*`],
  ['apt-archives', 'run while ! sudo apt-get install x', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN (sudo apt-get install x)', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN X=1 sudo apt-get install x', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN echo "sudo x" && apt-get install x', '/var/cache/apt', 'apt-get clean'],
])('%s: a command gets the rights that the others have: %s', (rule, text, path, command) => {
  expect(edit(rule, text, path)).toBe(`add && ${command} to this RUN`)
})

test.each([
  ['apt-archives', 'RUN ["sudo", "sh", "-c", "apt-get install -y x"]', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-lists', 'RUN --mount=type=cache,target=/x ["sudo","apt-get","update"]', lists, `sudo rm -rf ${lists}/*`],
  ['apt-lists', 'RUN ["apt-get","update","sudo"]', lists, `rm -rf ${lists}/*`],
  ['apt-archives', 'RUN ["/usr/bin/sudo","apt-get","install","x"]', '/var/cache/apt', '/usr/bin/sudo apt-get clean'],
  ['apt-archives', 'RUN ["/bin/sudo","sh","-c","a && apt-get install x"]', '/var/cache/apt', '/bin/sudo apt-get clean'],
  ['apt-archives', 'RUN ["env","A=b","sudo","sh","-c","a; apt-get update"]', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN ["bash","-c","sudo apt-get install x"]', '/var/cache/apt', 'sudo apt-get clean'],
  ['apt-archives', 'RUN ["env","X=1","sudo","apt-get","install","x"]', '/var/cache/apt', 'sudo apt-get clean'],
])('%s: a command gets the rights of a RUN without a shell: %s', (rule, text, path, command) => {
  expect(edit(rule, text, path)).toBe(`write this RUN without brackets, and add && ${command} to it`)
})

test('a cache mount is needed in each RUN that uses the files', () => {
  const path = '/go/pkg/mod'
  const mount = `add --mount=type=cache,target=${path} to this RUN`
  expect(edit('go-modules', 'RUN go mod download', path, { hasLaterRun: true })).toContain(
    `${mount} and to each later one that needs these files`,
  )
  expect(edit('go-modules', 'RUN go mod download', path)).toMatch(new RegExp(`${mount}$`))
})

const copy = 'COPY --from=build /deps /deps'
const outOf = 'out of what this line copies'

test.each<[string, string, Partial<Place>, string]>([
  ['compiled-python', '/deps', {}, 'install the packages that this line copies with pip install --no-compile'],
  [
    'source-maps',
    '/deps',
    {},
    `build without source maps, or leave **/*.js.map, **/*.mjs.map, **/*.cjs.map, **/*.ts.map and **/*.css.map ${outOf}`,
  ],
  ['source-maps', '/deps/a.js.map', { kind: 'file' }, `build without source maps, or leave /deps/a.js.map ${outOf}`],
  ['static-libraries', '/usr/lib', {}, `leave **/*.a ${outOf}`],
  ['static-libraries', '/usr/lib/a.a', { kind: 'file' }, `leave /usr/lib/a.a ${outOf}`],
  ['compilers', '/usr/lib/gcc', {}, `leave /usr/lib/gcc ${outOf}`],
  ['headers', '/usr', {}, `leave /usr/include and /usr/local/include ${outOf}`],
  ['headers', '/usr/include', {}, `leave /usr/include ${outOf}`],
  [
    'documentation',
    '/usr/share',
    { paths: ['/usr/share/doc', '/usr/share/info', '/usr/share/man'] },
    `leave /usr/share/doc, /usr/share/info and /usr/share/man ${outOf}`,
  ],
  ['tests', '/deps/node_modules/a/test', {}, `leave /deps/node_modules/a/test ${outOf}`],
  ['tests', '/deps/dist-packages', {}, `leave **/dist-packages/*/tests and **/dist-packages/*/*/tests ${outOf}`],
  [
    'build-objects',
    '/deps',
    {},
    `leave **/build/Release/obj.target, **/build/Release/.deps, **/build/Release/obj and **/build/Debug ${outOf}`,
  ],
])(
  '%s in %s are left out of a COPY by their names, not by a directory that has other files',
  (rule, path, some, expected) => {
    expect(edit(rule, copy, path, some)).toBe(expected)
  },
)

test.each(rules.filter(({ likely }) => likely !== null).map(({ id }) => [id]))(
  '%s never leaves a directory with other files out of a COPY',
  (rule) => {
    expect(edit(rule, copy, '/deps', { claim: 'likely' })).not.toMatch(/leave \/deps[ ,]/)
  },
)

test.each([
  ['COPY --chown=1000:1000 a /app', 'RUN chown -R 1000:1000 /app', null],
  ['COPY --chown=1000:1000 a /app', 'RUN chown -R app:app /app', { owner: '1000:1000', mode: '644' }],
  ['COPY --chmod=755 a /app', 'RUN chmod -R 0755 /app', null],
  ['COPY --chmod=755 a /app', 'RUN chmod -R a+x /app', null],
  ['COPY --chmod=0755 a /app', 'RUN chmod -R +x,go-w /app', { owner: '0:0', mode: '755' }],
])('a COPY that has the flag already: %s; %s', (text, later, becomes) => {
  const place = { later: { text: later, line: 4, isNext: true, readers: [] }, claim: 'likely', becomes } as const
  expect(edit('owner-or-mode', text, '/app', place)).toMatch(/^drop ch(own|mod) from line 4: this line gives/)
})

test.each([
  ['--chmod=644', 'chmod -R 755', 'write --chmod=755 in place of --chmod=644 in this line, and drop chmod'],
  ['--chmod=750', 'chmod -R g=u,o+rX', 'write --chmod=775 in place of --chmod=750 in this line, and drop chmod'],
  [
    '--chmod=u=rwX,go=rX',
    'chmod -R 755',
    'write --chmod=755 in place of --chmod=u=rwX,go=rX in this line, and drop chmod',
  ],
  ['--chown=app', 'chown -R 1:1', 'write --chown=1:1 in place of --chown=app in this line, and drop chown'],
  [
    '--chown=1:1 --chmod=644',
    'chown -R 1:1 /app && chmod -R a+x',
    'write --chmod=755 in place of --chmod=644 in this line, and drop chown and chmod',
  ],
  // The result differs between files and directories, or is not known.
  [
    '--chmod=644',
    'chmod -R a+X',
    'set the mode of these files where this line copies from, in place of --chmod=644, and drop chmod for them',
  ],
  [
    '--chmod=644',
    'chmod -R a+t',
    'set the mode of these files where this line copies from, in place of --chmod=644, and drop chmod for them',
  ],
])('a COPY that has a flag, which BuildKit accepts once only: %s; %s', (flags, command, expected) => {
  const later = { text: `RUN ${command} /app`, line: 4, isNext: true, readers: [] }
  const place = { later, claim: 'likely', becomes: null } as const
  const found = edit('owner-or-mode', `COPY ${flags} a /app`, '/app', place)
  expect(found.replace(' for these files', '')).toContain(`${expected} from line 4`)
})

test.each([
  ['COPY --chmod=$M a /app/a', 'chmod 755', 'write --chmod=755 in place of --chmod=$M in this line, and drop chmod'],
  [
    'COPY --chmod=${M} --chown=${U}:${U} a /app/a',
    'chmod 755',
    'write --chmod=755 in place of --chmod=${M} in this line, and drop chmod',
  ],
  ['COPY --chown=$U a /app/a', 'chown 1:1', 'write --chown=1:1 in place of --chown=$U in this line, and drop chown'],
  ['COPY a /app/a', 'chmod 700 /app/a && chmod 755', 'add --chmod=755 to this line, and drop chmod'],
  [
    'COPY a /app/a',
    'chmod 644',
    'add --chmod=644 to this line, and drop chmod from line 4; a folder that the copy makes gets that mode too, so make it in an earlier line',
  ],
  // The flag does not apply to what is in an archive, and BuildKit accepts the other one.
  ['ADD a.tar.gz /app/', 'chmod 755', 'set the mode of /app/a in the archive that this line unpacks, and drop chmod'],
  ['ADD a.tar.gz /app/', 'chown 1:1', 'add --chown=1:1 to this line, and drop chown'],
])('a single file: %s; %s', (text, command, expected) => {
  const later = { text: `RUN ${command} /app/a`, line: 4, isNext: true, readers: [] }
  for (const claim of ['sure', 'likely'] as const) {
    const place = { later, claim, becomes: null, kind: 'file' } as const
    expect(edit('owner-or-mode', text, '/app/a', place).replace(' for it', '')).toContain(expected)
  }
})

test.each([
  ['a+x', '644', '755'],
  ['+x', '644', '755'],
  ['u+x,g-w,o=', '664', '740'],
  ['go=u', '755', '777'],
  ['a+X', '744', '755'],
  ['a+X', '644', null],
  ['+w', '644', null],
  ['=rx', '644', null],
  ['u+s', '755', null],
  ['755', '644', null],
  ['', '644', null],
])('chmod %s of mode %s gives %s, as chmod itself does', async (symbolic, before, after) => {
  expect(appliedMode(symbolic, before)).toBe(after)
  if (after === null) return
  await using folder = await folderWith({ file: '', 'directory/x': '' })
  const paths = ['file', 'directory'].map((name) => join(folder.path, name))
  await succeed('chmod', [before, ...paths])
  await succeed('chmod', [symbolic, ...paths])
  expect((await succeed('stat', ['--format=%a', ...paths])).trim().split('\n')).toEqual([after, after])
})

test('a change of mode that depends on the one before is not repeated for directories', () => {
  const later = { text: 'RUN chmod -R g+w /app', line: 4, isNext: true, readers: [] }
  const some = { later, claim: 'likely', becomes: { owner: '0:0', mode: '664' } } as const
  for (const text of ['COPY a /app', 'COPY --chmod=664 a /app']) {
    expect(edit('owner-or-mode', text, '/app', some)).not.toContain('664')
    // The only file, in a directory whose mode changes too.
    expect(edit('owner-or-mode', text, '/app/x', { ...some, kind: 'file' })).not.toContain('664')
  }
  const ofFile = { ...some, kind: 'file', later: { ...later, text: 'RUN chmod g+w /app/x' } } as const
  expect(edit('owner-or-mode', 'COPY a /app', '/app/x', ofFile)).toContain('--chmod=664')
})

test.each([
  ['RUN pip install .', true],
  ['RUN make', true],
  ['RUN git -C x describe', true],
  ['RUN git clone /x y', true],
  ['RUN echo $(git describe)', true],
  ['RUN cd /x && git clone --depth 1 https://example.com/y.git /y && rm -rf /y/.git', false],
  ['RUN --mount=type=cache,target=/c useradd app; chown -R app /x', false],
  ['COPY . .', false],
])('a step that may read the history of Git: %s: %s', (text, expected) => {
  expect(mayReadGit(text)).toBe(expected)
})

test('a COPY before a change by name gets the ids that the layer has', () => {
  const later = { text: 'RUN useradd app && chown -R app /app', line: 4, isNext: true, readers: [] }
  const becomes = { owner: '1000:0', mode: null }
  expect(edit('owner-or-mode', 'COPY a /app', '/app', { later, becomes })).toBe(
    'add --chown=1000:0 to this line, and drop chown from line 4',
  )
  expect(edit('owner-or-mode', 'COPY a /app', '/app', { later, becomes, claim: 'likely' })).toContain('--chown=1000:0')
})

describe('an edit that repeats the commands of a later line', () => {
  const repeated = (rule: string, text: string): string => {
    const later = { text, line: 4, isNext: true, readers: [] }
    return edit(rule, 'RUN make', '/app/x', { later, claim: 'sure', kind: 'file' })
  }

  test.each([
    // Another order would leave a setuid program, because chown clears that bit.
    'chmod 4755 /app/x && chown 1000 /app/x',
    'chown 1000 /app/x && chown 1001 /app/y',
    'chmod -R go-rwx /app && chown -R app:app /app',
  ])('repeats all of them in their order: %s', (commands) => {
    expect(repeated('owner-or-mode', `RUN ${commands}`)).toBe(`add && ${commands} to this RUN, and drop it from line 4`)
  })

  test.each([
    ['owner-or-mode', 'RUN chown -R ${U}:${U} /app'],
    ['owner-or-mode', 'RUN chown -R $(id -u):2 /app'],
    ['owner-or-mode', 'RUN cd /app && chown 1 x'],
    ['owner-or-mode', 'RUN chown 1 x'],
    ['deleted-later', 'RUN rm -rf /app/{x,y}'],
    ['deleted-later', "RUN find /app -name '*.o' -exec rm -f {} +"],
    ['deleted-later', 'RUN find /app \\( -name a -o -name b \\) -delete'],
    ['deleted-later', 'RUN find /app lib -type f -delete'],
  ])('repeats none that it cannot read as a whole: %s, %s', (rule, text) => {
    expect(repeated(rule, text)).toMatch(/^join this RUN and line 4, which /)
  })
})

test.each<[string, string, Partial<Place>, string]>([
  ['RUN rm /srv/x', 'COPY x /srv/', { isWholeLine: true, claim: 'sure' }, 'drop this line, since line 4 deletes all files that it brings, and drop the deletion from there'], // prettier-ignore
  ['RUN rm /srv/x', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings, and drop the deletion from there (keep it for files that other lines make)'], // prettier-ignore
  ['RUN rm /srv/x', 'COPY a x /srv/', { isWholeLine: false, claim: 'sure' }, 'leave out of this line what line 4 deletes (by not naming it, or by --exclude if it is in a folder that this line names), and drop the deletion from there'], // prettier-ignore
  ['RUN gzip /srv/x', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings; if that line needs these files, mount them there at another path with RUN --mount=type=bind, and write only the result'], // prettier-ignore
  ['RUN mv /srv/x /usr/x', 'COPY x /srv/', { isWholeLine: true }, 'copy these files to where line 4 moves them, and drop the move from there'], // prettier-ignore
  ['RUN gzip /srv/x && rm -rf /var/lib/apt/lists/*', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings; if that line needs these files, mount them there at another path with RUN --mount=type=bind, and write only the result'], // prettier-ignore
  ['RUN gzip /srv/x && mv /a /b', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings; if that line needs these files, mount them there at another path with RUN --mount=type=bind, and write only the result'], // prettier-ignore
  ['RUN mv /srv/x /etc/x && rm -rf /var/lib/apt/lists/*', 'COPY x /srv/', { isWholeLine: true }, 'copy these files to where line 4 moves them, and drop the move from there'], // prettier-ignore
  ['RUN gzip /srv/x && mv /opt/new /srv/x && rm -rf /srv/xy /sr', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings; if that line needs these files, mount them there at another path with RUN --mount=type=bind, and write only the result'], // prettier-ignore
  ['RUN find /srv -type f | xargs rm', 'COPY x /srv/', { isWholeLine: true, claim: 'sure' }, 'drop this line, since line 4 deletes all files that it brings, and drop the deletion from there; mount these files in that line with RUN --mount=type=bind,rw'], // prettier-ignore
  ['RUN find /srv -exec gzip {} +', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings; if that line needs these files, mount them there at another path with RUN --mount=type=bind, and write only the result'], // prettier-ignore
  ['RUN ["rm", "/srv/x"]', 'COPY x /srv/', { isWholeLine: true }, 'drop this line, since line 4 deletes all files that it brings, and drop the deletion from there (keep it for files that other lines make); mount these files in that line with RUN --mount=type=bind,rw'], // prettier-ignore
])('has a COPY leave out what a later line deletes: %s, %s', (text, copy, some, expected) => {
  const later = { text, line: 4, isNext: true, readers: [] }
  expect(edit('deleted-later', copy, '/srv/x', { later, claim: 'likely', kind: 'file', ...some })).toBe(expected)
})

test.each([
  ['RUN make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make || exit 1', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN find / -exec true {} +', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make # all of it', 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ["RUN make '# no comment'", 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make; exit 0', 'run rm -rf /var/lib/apt/lists/* in this RUN right before its exit'],
  ['RUN make; exit $?', 'run rm -rf /var/lib/apt/lists/* in this RUN right after the command that makes the files: its exit may come before the end'], // prettier-ignore
  ['RUN make; if [ -d /x ]; then echo done; exit 0; fi', 'run rm -rf /var/lib/apt/lists/* in this RUN right after the command that makes the files: its exit may come before the end'], // prettier-ignore
  ['RUN make || exit', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN if [ ! -d /x ]; then exit 2; fi; make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN --mount=type=tmpfs,target=/var/lib/apt/lists/partial make', 'add && find /var/lib/apt/lists -xdev -type f -exec rm -f {} + to this RUN'], // prettier-ignore
  ['RUN --mount=type=bind,source=a,target=lists/partial make', 'add && find /var/lib/apt/lists -xdev -type f -exec rm -f {} + to this RUN'], // prettier-ignore
  ['RUN --mount=type=bind,source=a,target=a make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make \\\n  && exit', 'run rm -rf /var/lib/apt/lists/* in this RUN right before its exit'],
  ['RUN --mount=type=ssh exec make', 'drop exec from this RUN, and add && rm -rf /var/lib/apt/lists/* to it'],
  ["RUN make # bundler's gems", 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ['RUN make # see acme/app#12', 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ['RUN make # a # b', 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  [`RUN make && \\\n  echo "it's" # it's`, 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ["RUN make 'a # b'", 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN bash -c "a \\\n  && b # c"', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make a\\ # b', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make $# ${#a} $((16#f)) x#y', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN if true; then exec make; fi', 'run rm -rf /var/lib/apt/lists/* in this RUN right after the command that makes the files: its exec may come before the end'], // prettier-ignore
  ['RUN make && find / -name x -exec rm -f {} \\;', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make && find / -exec rm {} \\; # c', 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ['RUN rm -rf /var/lib/apt/lists/* && make && exit 0', 'move rm -rf /var/lib/apt/lists/* in this RUN right before its exit'], // prettier-ignore
  ['RUN <<E\nset -e; make; exit 0\nE', 'run rm -rf /var/lib/apt/lists/* in this RUN right before its exit'],
  ['RUN <<E\nmake\nexit $?\nE', 'add the line rm -rf /var/lib/apt/lists/* to the script of this RUN, above its exit'],
  [`RUN echo "trap 'exit 0' EXIT" > /e.sh && make`, 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ["RUN trap 'echo exit status' ERR; make", 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ["RUN trap 'exit 1' INT; make", 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  [`RUN tr '\\\\' '/' < f && echo 'a; exit 0' > g && make`, 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN (exec make)', 'drop exec from this RUN, and add && rm -rf /var/lib/apt/lists/* to it'],
  ['RUN (cd /tmp && exec make)', 'drop exec from this RUN, and add && rm -rf /var/lib/apt/lists/* to it'],
  ['RUN rm -rf /var/lib/apt/lists/* && exec make', 'drop exec from this RUN, and move rm -rf /var/lib/apt/lists/* to the end of this RUN'], // prettier-ignore
  ['RUN <<E\nset -e\nexec make\nE', 'drop exec from this RUN, and add the line rm -rf /var/lib/apt/lists/* at the end of its script'], // prettier-ignore
  [`RUN printf '#!/bin/sh\\nset -e; exec "$@"\\n' > /e.sh && make`, 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN exec &> /tmp/log; make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN exec {log}>/tmp/log; make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN exec  2> /tmp/log; make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ["RUN printf 'x; exit 0' > /e.sh; make", 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN <<E\nset -e\ncd / && exec make\nE', 'drop exec from this RUN, and add the line rm -rf /var/lib/apt/lists/* at the end of its script'], // prettier-ignore
  ['RUN <<E\nif true; then\n  exec make \\\n    all\nfi\nE', 'run rm -rf /var/lib/apt/lists/* in this RUN right after the command that makes the files: its exec may come before the end'], // prettier-ignore
  ['RUN <<E\nrm -rf /var/lib/apt/lists/*\nexec make\nE', 'drop exec from this RUN, and move rm -rf /var/lib/apt/lists/* to the end of this RUN'], // prettier-ignore
  ["RUN trap 'rm -rf /tmp/x' EXIT; make", 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ["RUN trap 'exit 0' EXIT; make; false", 'run rm -rf /var/lib/apt/lists/* in this RUN right after the command that makes the files: its trap may hide that a later one failed'], // prettier-ignore
  ['RUN exec 2>&1; make', 'add && rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN make; true;', 'add rm -rf /var/lib/apt/lists/* to this RUN'],
  ['RUN ["make"]', 'write this RUN without brackets, and add && rm -rf /var/lib/apt/lists/* to it'],
  ['RUN <<E\nmake\nE', 'add the line rm -rf /var/lib/apt/lists/* at the end of the script of this RUN'],
  ['RUN bash -eu <<-"E"\nmake\nE', 'add the line rm -rf /var/lib/apt/lists/* at the end of the script of this RUN'],
  ['RUN <<E\n#!/bin/bash\nmake\nE', 'add the line rm -rf /var/lib/apt/lists/* at the end of the script of this RUN'],
  ['RUN <<E\nsudo make\nE', 'add the line sudo rm -rf /var/lib/apt/lists/* at the end of the script of this RUN'],
  [
    'RUN bash -euxo pipefail <<E\nsudo x\nE',
    'add the line sudo rm -rf /var/lib/apt/lists/* at the end of the script of this RUN',
  ],
  ['RUN <<E bash\nsudo x\nE', 'add the line sudo rm -rf /var/lib/apt/lists/* at the end of the script of this RUN'],
  [
    'RUN <<E\ncat > /x <<X\nsudo x\nX\nE',
    'add the line rm -rf /var/lib/apt/lists/* at the end of the script of this RUN',
  ],
  ['RUN make # without sudo', 'add && rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ['RUN make; # done', 'add rm -rf /var/lib/apt/lists/* to this RUN, before its comment'],
  ['RUN make; \\\n  # done\n  exit 0', 'run rm -rf /var/lib/apt/lists/* in this RUN right before its exit'],
  ['RUN sudo sh <<E\nsudo x\nE', 'add the line rm -rf /var/lib/apt/lists/* at the end of the script of this RUN'],
  ['RUN <<E\nmake\nexit 0\nE', 'add the line rm -rf /var/lib/apt/lists/* to the script of this RUN, above its exit'],
  ['RUN <<E\n#!/usr/bin/env python3\nx\nE', 'have the script of this RUN run rm -rf /var/lib/apt/lists/* at its end'],
  [
    'RUN apt-get update && cat > /etc/x <<E\nsudo x\nE',
    'add && rm -rf /var/lib/apt/lists/* to the end of the line with << in this RUN',
  ],
  ['RUN cat <<E > /x && make\na\nE', 'add && rm -rf /var/lib/apt/lists/* to the end of the line with << in this RUN'],
  ['RUN python3 <<E\na\nE', 'add && rm -rf /var/lib/apt/lists/* to the end of the line with << in this RUN'],
])('adds a command where the shell runs it: %p', (text, expected) => {
  expect(edit('apt-lists', text, '/var/lib/apt/lists')).toBe(expected)
})

test.each([
  [
    'COPY --from=build /app /app',
    { isWholeLine: false },
    'add --exclude=**/*.js.map --exclude=**/*.mjs.map --exclude=**/*.cjs.map --exclude=**/*.ts.map --exclude=**/*.css.map to this COPY (Dockerfile 1.19 or newer)',
  ],
  [
    'COPY --from=build /app/x.js.map /app/',
    {},
    'leave **/*.js.map, **/*.mjs.map, **/*.cjs.map, **/*.ts.map and **/*.css.map out of what this line copies',
  ],
  [
    'COPY . /app',
    { isWholeLine: false },
    'add **/*.js.map, **/*.mjs.map, **/*.cjs.map, **/*.ts.map and **/*.css.map to .dockerignore',
  ],
])('source maps that packages brought, in %s', (text, some, expected) => {
  expect(edit('source-maps', text, '/app/node_modules', some)).toBe(expected)
})

test.each([
  ['RUN chown -R node /app && echo node:x >> /etc/passwd', false],
  ['RUN apt-get update && apt-get install -y curl', false],
  ['RUN npm test', true],
  ['RUN sh -c "$(cat build)"', true],
  ['COPY --from=build /a /b', false],
])('a later step that may need what packages brought: %s is %s', (text, expected) => {
  for (const rule of ['tests', 'source-maps', 'static-libraries', 'build-objects', 'development-packages'])
    expect(ruleOf(rule)!.mayNeed!(text)).toBe(expected)
})

test('the cache that pip leaves in spite of its option is deleted', () => {
  // It starts another pip to build a package.
  expect(edit('pip-cache', 'RUN pip install --no-cache-dir x', '/h/.cache/x', {})).toBe(
    'add && rm -rf /h/.cache/x to this RUN',
  )
})

test.each([
  ['pip-cache', 'RUN pip install x', 'add --no-cache-dir to pip'],
  ['pip-cache', 'RUN pip install --no-cache-dir x && pip install y', 'add && rm -rf /h/.cache/x to this RUN'],
  ['pip-cache', 'RUN pip install a && pip3.13 install b', 'add --no-cache-dir to each command that runs pip'],
  ['uv-cache', 'RUN uv sync', 'add --no-cache to uv'],
  ['go-cache', 'RUN go build', 'build in a stage of its own and copy the result with COPY --from'],
])('%s: no mount for another user than root: %s', (rule, text, expected) => {
  expect(edit(rule, text, '/h/.cache/x', { user: { name: 'app', line: 1 }, hasLaterRun: true })).toBe(expected)
  expect(edit(rule, text, '/h/.cache/x', {})).toContain('--mount=type=cache')
})

test.each<[string, string, string | null, string]>([
  ['go-symbols', '/app', 'RUN go build .', 'add -ldflags="-s -w" to go build in line 8 of the stage build'],
  [
    'go-symbols',
    '/app',
    'RUN go install -ldflags=-X=a.b=c .',
    'add -s -w to the -ldflags of go install in line 8 of the stage build',
  ],
  ['go-symbols', '/app', 'RUN make', 'add -ldflags="-s -w" to go build where line 8 of the stage build starts it'],
  ['go-symbols', '/app', null, 'add -ldflags="-s -w" to go build in the stage build'],
  ['debug-symbols', '/app', 'RUN make', 'run strip on it in line 8 of the stage build'],
  ['debug-symbols', '/app', null, 'run strip on it before this line copies it'],
  ['compiled-python', '/app', 'RUN pip install x', 'add --no-compile to pip install in line 8 of the stage build'],
  [
    'owner-or-mode',
    '/deps',
    'RUN make',
    'set the mode of /deps in line 8 of the stage build, and drop chmod for it from line 12',
  ],
  ['owner-or-mode', '/deps', null, 'set the mode of /deps in the stage build, and drop chmod for it from line 12'],
])('%s of a COPY of %s names the line that made the files: %s', (rule, path, text, expected) => {
  const later = { text: 'RUN chmod a+t /deps', line: 12, isNext: true, readers: [] }
  const made = text === null ? {} : { madeBy: { stage: 'build', text, line: 8 } }
  expect(edit(rule, copy, path, { kind: 'file', claim: 'likely', later, ...made })).toBe(expected)
})
