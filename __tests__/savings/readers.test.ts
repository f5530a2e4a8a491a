/** A file can only be mounted for a RUN that surely does no more than read it. */
import { describe, expect, test } from '@jest/globals'
import { shellCommands } from '../../src/savings/shell-commands.ts'
import { readsOnly } from '../../src/savings/readers.ts'

describe('commands that may do more with /tmp/a.tgz than read it', () => {
  test.each<[boolean, string]>([
    [false, 'tar xzf /tmp/a.tgz -C /opt && rm /tmp/a.tgz'],
    [false, 'tar xzf /tmp/a.tgz -C /opt && mv /opt/a-1.0 /opt/a && rm /tmp/a.tgz'],
    [false, 'cd /tmp && tar xzf a.tgz && mv app-$V /opt/app && rm a.tgz'],
    [false, 'tar xzf /tmp/a.tgz -C /opt && ln -s /opt/a/bin/x /usr/local/bin/x && rm /tmp/a.tgz'],
    [false, `sed -i 's/^a.*$/b/; s,/tmp/x,/y,' /etc/group && tar xf /tmp/a.tgz && rm /tmp/a.tgz`],
    [false, `sed -i "s|a|b|" '/etc/my group' && tar xf /tmp/a.tgz && rm /tmp/a.tgz`],
    [false, 'gzip -t /tmp/a.tgz && tar xf /tmp/a.tgz && rm /tmp/a.tgz'],
    [false, 'gunzip -c /tmp/a.tgz | tar x && rm /tmp/a.tgz'],
    [false, 'apt-get install -y git patch xz-utils && tar xf /tmp/a.tgz && rm /tmp/a.tgz'],
    [true, 'git clone https://example.com/x /opt/x && tar xf /tmp/a.tgz && rm /tmp/a.tgz'],
    [true, 'if [ -f /tmp/a.tgz ]; then (cd /opt && tar xf /tmp/a.tgz); fi; rm /tmp/a.tgz'],
    [false, 'cp /tmp/a.tgz /opt && rm /tmp/a.tgz'],
    [true, '/tmp/a.tgz --install && rm /tmp/a.tgz'],
    [false, 'pip install -r /tmp/a.tgz && rm /tmp/a.tgz'],
    [true, 'find /usr -name "*.pyc" -delete; rm /tmp/a.tgz'],
    [false, '--mount=type=cache,target=/c tar xf /tmp/a.tgz && mv /opt/a /b && rm /tmp/a.tgz'],
    [true, 'mv /tmp/a.tgz /opt'],
    [true, 'sudo mv /tmp/a.tgz /opt'],
    [true, 'mv "/tmp/a.tgz" /opt'],
    [true, `mv '/tmp/a.tgz' /opt`],
    [true, 'mv /tmp /opt/tmp'],
    [true, 'mv /tmp/ /opt/tmp'],
    [true, 'mv /tmp//./a.tgz /opt'],
    [true, 'mv /opt/../tmp/a.tgz /opt'],
    [true, 'mv /tmp/*.tgz /opt'],
    [true, 'mv /tmp/$A /opt'],
    [true, 'mv "$A" /opt'],
    [true, 'mv ${A} /opt'],
    [true, 'mv ~/a.tgz /opt'],
    [true, 'cd /tmp && mv a.tgz /opt'],
    [true, 'cd /tmp && mv ./a.tgz /opt'],
    [true, 'cd /tmp && mv a* /opt'],
    [true, 'cd / && mv tmp/a.tgz /opt'],
    [true, 'cd /tmp && mv . /opt'],
    [true, 'for f in /tmp/*; do mv "$f" /opt; done'],
    [true, 'case x in x) mv /tmp/a.tgz /opt;; esac'],
    [true, 'find /tmp -exec mv {} /opt \\;'],
    [true, 'ls /tmp/* | xargs mv -t /opt'],
    [true, 'sh -c "mv /tmp/*.tgz /opt"'],
    [true, 'x="$(cd /tmp && mv * /opt)"; rm /tmp/a.tgz'],
    [true, 'sed -i s/a/b/ /tmp/a.tgz'],
    [true, 'sed -i.bak s/a/b/ /tmp/a.tgz'],
    [true, 'sed --in-place s/a/b/ /tmp/a.tgz'],
    [true, 'perl -pi -e s/a/b/ /tmp/a.tgz'],
    [true, 'gunzip /tmp/a.tgz'],
    [true, 'zstd --rm /tmp/a.tgz'],
    [true, 'patch -p1 < /src/x.diff'],
    [true, 'git -C /x checkout y'],
    [true, 'cp -l /tmp/a.tgz /opt'],
    [true, 'ln /tmp/a.tgz /opt/a.tgz'],
    [true, 'crudini --set /tmp/a.tgz a b c'],
    [true, 'cd /tmp && crudini --set a.tgz a b c'],
    [true, 'tar xf /tmp/a.tgz && chown -R app:app /tmp && rm /tmp/a.tgz'],
    [true, 'cd /tmp && tar xf a.tgz && chmod -R g+w . && rm a.tgz'],
    [false, 'tar xf /tmp/a.tgz -C /opt && chown -R app:app /opt && rm /tmp/a.tgz'],
    [true, 'mv $(ls /tmp/*) /opt'],
    [true, 'sed -i s/a/b/ `find /tmp`'],
    [true, 'sh /srv/x.sh; rm /tmp/a.tgz'],
    [true, 'python3 -c "import os; os.replace(1, 2)"; rm /tmp/a.tgz'],
    [true, 'timeout 60 crudini --set x; rm /tmp/a.tgz'],
    [true, '["sh", "-c", "tar xf /tmp/a.tgz"]'],
    [true, 'tar xf /tmp/a.tgz & wait'],
    [true, 'X=mv; $X /tmp/a.tgz /opt'],
    [true, '"mv" /tmp/a.tgz /opt'],
    [false, 'tar xzf /tmp/a-${V}.tgz 2>&1 | tail -1; rm /tmp/a.tgz'],
    [true, '<<EOF python3\nimport os\nos.rename("/tmp/a.tgz", "/b")\nEOF'],
  ])('%s: %s', (expected, commands) => {
    expect(readsOnly(`RUN ${commands}`)('/tmp/a.tgz')).toBe(!expected)
  })
})

test('reads the words of a shell', () => {
  const read = shellCommands(`a 'b "c' "d\\" $e"f g\\ h; i>j && k=$(l m*n) "" $`)
  expect(read.map((words) => words.map(({ text }) => text))).toEqual([
    ['a', 'b "c', 'd\\" $ef', 'g h'],
    ['i', 'j'],
    ['k='],
    ['l', 'm*n'],
    ['', '$'],
  ])
  expect(read.flatMap((words) => words.flatMap(({ literal }) => literal ?? []))).toEqual(['d\\" ', 'm', ''])
})
