/** Edits that join RUN instructions or move a COPY are only sure if the image stays the same. */
import { expect, test } from '@jest/globals'
import type { Instruction } from '../../src/record/footprint.ts'
import { copiedAgain } from '../../src/savings/copied-again.ts'
import { doTheSameJoined } from '../../src/savings/joined-runs.ts'
import { layer, stage } from '../support/footprints.ts'

const written = (...texts: readonly string[]): readonly Instruction[] =>
  texts.map((text, at) => ({ text, line: at + 2, endLine: at + 2 }))

test.each<[boolean, string, readonly string[]]>([
  [true, 'nothing lasts', ['RUN make', 'RUN rm -rf build && date']],
  [false, 'another directory', ['RUN cd /src && make', 'RUN rm a.tmp']],
  [false, 'another directory in a here-document', ['RUN <<EOF\ncd /src\nmake\nEOF', 'RUN rm a.tmp']],
  [false, 'another directory in a condition', ['RUN if true; then cd /src; fi', 'RUN rm a.tmp']],
  [false, 'a directory of a subshell', ['RUN ( cd /src && make )', 'RUN rm a.tmp']],
  [false, 'another directory before whole paths', ['RUN cd /src && make', 'RUN rm -rf /a.tmp', 'RUN chown 1 /b']],
  [false, 'another directory before one relative path', ['RUN cd /src && make', 'RUN rm -rf /a.tmp', 'RUN chown 1 b']],
  [true, 'a directory of the last one', ['RUN make', 'RUN cd /src && rm a.tmp']],
  [false, 'a variable', ['RUN make; VERSION=7', 'RUN echo "$VERSION" > /v; rm /c']],
  [false, 'a variable of a loop', ['RUN for v in 1 2; do make $v; done', 'RUN echo "$v" > /v; rm /c']],
  [false, 'a variable of a loop that no other one names', ['RUN for v in 1 2; do make $v; done', 'RUN date; rm /c']],
  [false, 'a variable that is read', ['RUN echo x | { read v; }; make', 'RUN echo "$v" > /v; rm /c']],
  [false, 'a default of a variable', ['RUN make ${v:=1}', 'RUN echo "$v" > /v; rm /c']],
  [false, 'a function', ['RUN date() { true; }; make', 'RUN date; rm /c']],
  [false, 'a variable of a branch', ['RUN if true; then V=1; fi', 'RUN echo "$V" > /v; rm /c']],
  [false, 'a variable of a case', ['RUN case x in x) V=1;; esac', 'RUN echo "$V" > /v; rm /c']],
  [false, 'a variable of a calculation', ['RUN make $((V=7))', 'RUN echo "$V" > /v; rm /c']],
  [false, 'a variable of a branch that no other one names', ['RUN if true; then v=1; fi', 'RUN date; rm /c']],
  [false, 'a variable of a branch that programs may see', ['RUN if true; then V=1; fi', 'RUN date; rm /c']],
  [false, 'a variable of one command', ['RUN VERSION=7 make', 'RUN echo x > /v; rm /c']],
  [false, 'an exit', ['RUN make; exit 0', 'RUN rm -rf /a.tmp']],
  [false, 'an exec', ['RUN exec make', 'RUN rm -rf /a.tmp']],
  [false, 'options', ['RUN set -eu; make', 'RUN grep -q a b; rm c']],
  [true, 'the same options in each', ['RUN set -eux; make', 'RUN set -eux; rm c']],
  [false, 'the same options in here-documents', ['RUN <<EOF\nset -eux\nmake\nEOF', 'RUN <<EOF\nset -eux\nrm /c\nEOF']],
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
  [false, 'a branch', ['RUN if [ -f a ]; then make a; else ! make b; fi', 'RUN date; rm /c']],
  [false, 'a search path from a command', ['RUN PATH=$(echo /opt/bin):$PATH', 'RUN node x; rm /c']],
  [false, 'a variable with a space', ['RUN CFLAGS="-O2 -g" && make', 'RUN make; rm /c']],
  [false, 'a variable of `read`', ['RUN read -r TZ < /etc/tz', 'RUN date; rm /c']],
  [false, 'a variable of `printf`', ['RUN printf -v TZ x', 'RUN date; rm /c']],
  [false, 'an escaped source', ['RUN \\. /opt/nvm.sh', 'RUN date; rm /c']],
  [false, 'a job in the background', ['RUN serve & sleep 1', 'RUN date; rm /c']],
  [false, 'a program that may be another one then', ['RUN tool a && cp b /usr/local/bin', 'RUN tool c; rm /c']],
  [false, 'a tool that updates itself', ['RUN pip install -U pip', 'RUN pip install x && rm /c']],
  [true, 'a tool', ['RUN pip install x > /log 2>&1', 'RUN pip install y && rm /c']],
  [true, 'a last one that is not simple', ['RUN mkdir /x', 'RUN for v in 1 2; do echo $v; done; rm /c']],
  [false, 'a mask of modes', ['RUN umask 027 && make', 'RUN touch c']],
])('%s: RUN instructions do the same as one, with %s', (expected, _, runs) => {
  expect(doTheSameJoined(runs)).toBe(expected)
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
