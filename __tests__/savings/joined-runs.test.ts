/** Edits that join RUN instructions or move a COPY are only sure if the image stays the same. */
import { describe, expect, test } from '@jest/globals'
import type { Instruction } from '../../src/record/footprint.ts'
import { copiedAgain } from '../../src/savings/copied-again.ts'
import { canMoveCopies, doTheSameJoined } from '../../src/savings/joined-runs.ts'
import { layer, stage } from '../support/footprints.ts'

const written = (...texts: readonly string[]): readonly Instruction[] =>
  texts.map((text, at) => ({ text, line: at + 2, endLine: at + 2 }))

test.each<[boolean, string, readonly string[]]>([
  [true, 'nothing lasts', ['RUN make', 'RUN rm -rf build && date']],
  [false, 'another directory', ['RUN cd /src && make', 'RUN rm a.tmp']],
  [false, 'another directory in a here-document', ['RUN <<EOF\ncd /src\nmake\nEOF', 'RUN rm a.tmp']],
  [false, 'another directory in a condition', ['RUN if true; then cd /src; fi', 'RUN rm a.tmp']],
  [true, 'a directory of a subshell', ['RUN ( cd /src && make )', 'RUN rm a.tmp']],
  [true, 'another directory before whole paths', ['RUN cd /src && make', 'RUN rm -rf /a.tmp', 'RUN chown 1 /b']],
  [false, 'another directory before one relative path', ['RUN cd /src && make', 'RUN rm -rf /a.tmp', 'RUN chown 1 b']],
  [true, 'a directory of the last one', ['RUN make', 'RUN cd /src && rm a.tmp']],
  [false, 'a variable', ['RUN make; VERSION=7', 'RUN echo "$VERSION" > /v; rm /c']],
  [false, 'a variable of a loop', ['RUN for v in 1 2; do make $v; done', 'RUN echo "$v" > /v; rm /c']],
  [true, 'a variable of a loop that no other one names', ['RUN for v in 1 2; do make $v; done', 'RUN date; rm /c']],
  [false, 'a variable that is read', ['RUN echo x | { read v; }; make', 'RUN echo "$v" > /v; rm /c']],
  [false, 'a default of a variable', ['RUN make ${v:=1}', 'RUN echo "$v" > /v; rm /c']],
  [false, 'a function', ['RUN date() { true; }; make', 'RUN date; rm /c']],
  [false, 'a variable of a branch', ['RUN if true; then V=1; fi', 'RUN echo "$V" > /v; rm /c']],
  [false, 'a variable of a case', ['RUN case x in x) V=1;; esac', 'RUN echo "$V" > /v; rm /c']],
  [false, 'a variable of a calculation', ['RUN make $((V=7))', 'RUN echo "$V" > /v; rm /c']],
  [true, 'a variable of a branch that no other one names', ['RUN if true; then v=1; fi', 'RUN date; rm /c']],
  [false, 'a variable of a branch that programs may see', ['RUN if true; then V=1; fi', 'RUN date; rm /c']],
  [true, 'a variable of one command', ['RUN VERSION=7 make', 'RUN echo x > /v; rm /c']],
  [false, 'an exit', ['RUN make; exit 0', 'RUN rm -rf /a.tmp']],
  [false, 'an exec', ['RUN exec make', 'RUN rm -rf /a.tmp']],
  [false, 'options', ['RUN set -eu; make', 'RUN grep -q a b; rm c']],
  [true, 'the same options in each', ['RUN set -eux; make', 'RUN set -eux; rm c']],
  [true, 'the same options in here-documents', ['RUN <<EOF\nset -eux\nmake\nEOF', 'RUN <<EOF\nset -eux\nrm /c\nEOF']],
  [false, 'options that are set later', ['RUN make; set -e; make', 'RUN make; set -e; make']],
  [false, 'options of a branch', ['RUN if true; then set -e; fi; make', 'RUN false; echo x > /v; rm /c']],
  [false, 'options of a loop', ['RUN while make; do set -f; break; done', 'RUN touch *; rm /c']],
  [false, 'inverted options', ['RUN make; ! set -e', 'RUN false; rm /c']],
  [false, 'a mask of a branch', ['RUN if make; then umask 077; fi', 'RUN touch /v; rm /c']],
  [false, 'a mask of a loop', ['RUN for d in a b; do umask 027; mkdir $d; done', 'RUN touch /v; rm /c']],
  [false, 'an exported variable of a case', ['RUN case "$A" in amd64) export B=0;; esac', 'RUN make; rm /c']],
  [false, 'an exported variable of a narrow case', ['RUN case "$A" in amd64)export B=0;; esac', 'RUN make; rm /c']],
  [false, 'a search path of a branch', ['RUN if make; then PATH=/opt/b:$PATH; fi', 'RUN date; rm /c']],
  [false, 'a search path of a loop', ['RUN for PATH in /bin; do make; done', 'RUN date; rm /c']],
  [false, 'an exit of a branch', ['RUN if make; then exit 0; fi', 'RUN date; rm /c']],
  [true, 'a word of another command', ['RUN npm config set a b && pip install .', 'RUN date; rm /c']],
  [true, 'a branch', ['RUN if [ -f a ]; then make a; else ! make b; fi', 'RUN date; rm /c']],
  [false, 'a mask of modes', ['RUN umask 027 && make', 'RUN touch c']],
])('%s: RUN instructions do the same as one, with %s', (expected, _, runs) => {
  expect(doTheSameJoined(runs)).toBe(expected)
})

describe('a COPY may move above a RUN', () => {
  test.each<[boolean, string, readonly string[]]>([
    [true, 'that names other paths', ['RUN make -C /src > /tmp/log', 'COPY b.bin /opt/app/']],
    [
      false,
      'but not if that writes the same file',
      ['RUN echo x > /etc/nginx.conf', 'COPY nginx.conf /etc/nginx.conf'],
    ],
    [false, 'but not if that makes its folder', ['RUN mkdir /appdata', 'COPY b.bin /appdata/']],
    [
      false,
      'but not if that makes a folder above',
      ['RUN rm -rf /srv && mkdir -p /srv/static', 'COPY b.bin /srv/static/js/'],
    ],
    [false, 'but not if that writes below it', ['RUN git clone x /opt/x/y', 'COPY b.bin /opt/x/']],
    [false, 'but not if it writes to the working directory', ['WORKDIR /app', 'RUN npm ci', 'COPY . .']],
    [false, 'but not if that uses a variable', ['RUN mkdir "$HOME/x"', 'COPY b.bin /opt/app/']],
    [false, 'but not if that changes its directory', ['RUN cd /opt && mkdir app', 'COPY b.bin /opt/app/']],
    [false, 'but not to a path with a variable', ['RUN make', 'COPY b.bin $APP/']],
    [false, 'but not to a folder of the base', ['RUN make', 'COPY b.bin ./']],
  ])('%s: %s', (expected, _, texts) => {
    const all = written(...texts)
    expect(
      canMoveCopies(
        all.filter(({ text }) => !text.startsWith('WORKDIR')),
        all,
      ),
    ).toBe(expected)
  })
})

test.each<[boolean, string, readonly string[]]>([
  [true, 'the whole context, to the same folder', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY . .', 'RUN rm v.tgz']],
  [true, 'a folder, to a folder above', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY web /', 'RUN rm v.tgz']],
  [true, 'a file of the same name', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY new/v.tgz ./', 'RUN rm v.tgz']],
  [true, 'another file by this name', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY w.tgz /app/v.tgz', 'RUN rm v.tgz']],
  [true, 'to a place that is not known', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY web $X', 'RUN rm v.tgz']],
  [false, 'other files', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY package.json main.js ./', 'RUN rm v.tgz']],
  [false, 'to another folder', ['WORKDIR /app', 'COPY v.tgz ./', 'COPY . /srv', 'RUN rm v.tgz']],
  [false, 'after the deletion', ['WORKDIR /app', 'COPY v.tgz ./', 'RUN rm v.tgz', 'COPY . .']],
])('%s: a later line copies a file again that copies %s', (expected, _, texts) => {
  const instructions = written(...texts)
  const position = (start: string): number => instructions.findIndex(({ text }) => text.startsWith(start))
  // BuildKit leaves files out that are the same, so the line between may have no layer.
  const layers = [position('COPY v.tgz'), position('RUN')].map((at) => layer({ instruction: instructions[at]! }))
  expect(copiedAgain(stage({ instructions: [...instructions], layers }), 0, 1)('/app/v.tgz')).toBe(expected)
})
