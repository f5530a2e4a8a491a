/** Which steps may start a program of which it is not known that it leaves the caches of package managers alone. */
import { expect, test } from '@jest/globals'
import { startsUnknown } from '../../src/savings/known-programs.ts'
import { startedBy } from '../../src/savings/started-commands.ts'

test.each([
  'chown -R node:node /app',
  'rm -rf /root/.npm /tmp/*',
  'set -eux; if [ "$(uname -m)" = "x86_64" ]; then curl -fsSL "https://a.io/${V}/x.tgz" -o /x.tgz; fi; tar -xf /x.tgz -C /opt',
  'echo "deb [arch=$(dpkg --print-architecture)] https://a.io $(lsb_release -cs) main" > /etc/apt/sources.list.d/a.list',
  'apt-get update \\\n # curl\n && DEBIAN_FRONTEND=noninteractive apt-get install -y curl >/dev/null 2>&1',
  'for f in a b; do cp "$f" /srv/; done',
  '{ echo a; echo b; } >> /etc/x',
  'case "$TARGETARCH" in amd64) A=x86_64 ;; *) exit 1 ;; esac',
  'python3 -m venv /venv && /venv/bin/pip install -r requirements.txt',
  'python manage.py collectstatic --noinput',
  'python -m compileall -q /app',
  'SECRET_KEY_BASE=1 bundle exec rails assets:precompile',
  'npm ci && npm run build:prod && npm prune --omit=dev',
  'yarn --cwd web build',
  'pnpm --filter web run -r build',
  './configure --prefix=/usr && make -j 4 -C src CC=gcc && make install',
  'find / -name "*.pyc" -exec rm -f {} +',
  'sudo -E env A=1 apt-get install -y make wheels',
  '--mount=type=cache,target=/root/.cache pip install a',
  'useradd -r app && mkdir /data && chown app /data',
  "rm -rf /tmp/* \\\n    # don't keep\n    /var/tmp/*",
  'make -j $(nproc) && make -j "$(nproc)" install',
  "ldd /usr/bin/x | awk '/=>/ { print $(NF-1) }' | sort -u | xargs -r dpkg-query --search | xargs apt-mark manual",
  '["npm", "ci"]',
  'node --version && php -v',
  '. /etc/os-release && echo "$VERSION_CODENAME"',
  'gosu nobody true',
  './bin/rails assets:precompile',
  'php artisan config:cache',
  'yarn workspace web build',
  '/opt/conda/bin/pip install x',
  'echo "don\'t; ./x" && echo $((1 + 2))',
  '<<EOF\nuseradd -r app\n# ./x\nmkdir /data\nEOF',
  'cat <<EOF > /etc/x\n./x\nEOF',
  'corepack enable && corepack prepare yarn@4 --activate',
  'corepack pnpm@8 install',
  'cut -d\\" -f4 /a > /b && echo "installed"',
  "echo it\\'s && mkdir x && echo it\\'s",
  'find . -name "*.a" -exec rm {} \\;',
  'nginx -t',
  'yarn workspace',
  'git clone https://a.io/x /x && git -C /x checkout v1',
  `export V="$(grep '"version"' package.json | cut -d'"' -f4)" && mkdir x`,
  `find /usr -type f -executable -exec ldd '{}' ';' | awk '/=>/ { so = $(NF-1); if (index(so, "/usr/") == 1) { next }; print so }'`,
  'runDeps="$( scanelf --needed --format \'%n#p\' /usr | awk \'system("[ -e /usr/local/lib/" $1 " ]") == 0 { print }\' )"; apk add $runDeps',
  '<<EOF\nmkdir x # don\'t\nsort <<< "a b"\nn=$((1<<20))\nmkdir y\nEOF',
  'mvn -B -q dependency:go-offline && mvn package -DskipTests',
  'composer install --no-dev && composer dump-autoload -o',
  'cargo +nightly build --release',
  'cmake -S . -B build && cmake --build build --target install && ninja -C build install',
])('knows RUN %s', (command) => {
  expect(startsUnknown(`RUN ${command}`)).toBe(false)
})

test.each([
  './build.sh',
  '"/app/build.sh"',
  '["/bin/bash", "/tmp/add-repo.sh"]',
  'curl -fsSL https://a.io/setup | bash -',
  'sh -c "npm ci"',
  'make wheels',
  'npm run bundle',
  'yarn bundle',
  'npx playwright install',
  'node build.js',
  'node_modules/.bin/webpack',
  'python3 tools/x.py',
  'python manage.py fetch',
  'poetry run collect',
  'bundle exec rake',
  'add-apt-repository ppa:a/b',
  'echo $(./x)',
  'echo `./x`',
  'cat <<EOF | sh\nnpm ci\nEOF',
  '<<EOF\n#!/usr/bin/env python3\nimport x\nEOF',
  '<<EOF\nuseradd -r app\n./x\nEOF',
  './x --version',
  '. ./env.sh',
  'ls | xargs sh',
  'corepack yarn bundle',
  'make build-debs',
  `${'find -exec '.repeat(30)} ls`,
  `mkdir x \\\n${'# x\n'.repeat(1_100)} && ./build.sh`,
  'echo ${V:-$(./version.sh)}',
  'echo $(( $(./b) ))',
  "echo $'it\\'s' && ./b && echo 'x'",
  'V="$(case x in b) ./b;; esac)"',
  '<<EOF\nn=$((1<<n))\n./b\nEOF',
  'sudo -u git -H ./b',
  'env -u git ./b',
  'pytest -v',
  '/opt/app/bin/test',
  'command ./b',
  'trap ./b EXIT',
  'java -jar x.jar',
  'dotnet x.dll',
  'git submodule foreach ./b',
  'cmake -P x.cmake',
  'npm init vite',
  'yarn deploy',
  'corepack npx x',
  'rake custom assets:precompile',
  'mkdir x 3>&-&& ./b',
  'make ${TARGET}',
  'make $TARGET',
  'cmake --build build --target=debs',
  'cmake --build build --target install debs',
  'cmake --build build -- debs',
  'mvn frontend:yarn',
  `export V="$(grep '"version"' package.json | cut -d'"' -f4)" && ./build.sh`,
  "<<EOF\nmkdir x # don't\n./build.sh\nEOF",
  '<<EOF bash\nsort <<< "a b"\n./build.sh\nEOF',
  'echo "a',
  'composer build-theme',
  'cargo xtask dist',
  'cmake --build build --target debs',
  'ninja -C build debs',
  'npm run build-wheels',
  'cut -d\\" -f4 /a > /b && ./setup.sh && echo "installed"',
  "echo it\\'s && ./build.sh && echo it\\'s",
  'ls | xargs -n 1 sh -c "ls"',
  'gosu app ./x',
  `echo ${'x'.repeat(9_000)}`,
  'diff <(./x) /y',
  'find . -name "*.sh" -exec {} ;',
  '/app/bin/install',
  '$INSTALLER',
])('does not know RUN %s', (command) => {
  expect(startsUnknown(`RUN ${command}`)).toBe(true)
})

test('reads the keyword before a line break', () => {
  expect(startsUnknown('RUN\\\n ./b')).toBe(true)
})

test('reads the keyword in any case', () => {
  expect(startsUnknown('run mkdir x')).toBe(false)
  expect(startsUnknown('run ./x')).toBe(true)
})

test('other instructions start nothing', () => {
  expect(startsUnknown('COPY build.sh /')).toBe(false)
})

test('finds the commands of a step, also those whose output is a part of another one', () => {
  expect(startedBy('RUN --mount=type=cache,target=/c A=1 npm ci && chown "$(id -u)" "/a b" | tee -a /log')).toEqual([
    ['npm', 'ci'],
    ['id', '-u'],
    ['chown', '_', '/a_b'],
    ['tee', '-a', '/log'],
  ])
})
