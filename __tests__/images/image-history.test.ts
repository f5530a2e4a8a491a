import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { layerInstructions } from '../../src/images/image-history.ts'
import type { ImageConfig } from '../../src/oci/manifest.ts'

function config(...history: readonly (string | { readonly empty: string })[]): ImageConfig {
  const layers = history.filter((entry) => typeof entry === 'string')
  return {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { diff_ids: layers.map(() => `sha256:${'a'.repeat(64)}` as const) },
    history: history.map((entry) =>
      typeof entry === 'string' ? { created_by: entry } : { created_by: entry.empty, empty_layer: true },
    ),
  }
}

describe('the text of a history entry', () => {
  test.each([
    ['RUN /bin/sh -c apt-get update # buildkit', 'RUN apt-get update'],
    ['RUN |2 A=1 TOKEN=s3 cret /bin/sh -c echo hi # buildkit', 'RUN echo hi'],
    ['|1 TOKEN=s3cret /bin/sh -c make', 'RUN make'],
    ['/bin/sh -c make', 'RUN make'],
    ['/bin/sh -c #(nop) COPY file:1234 in /x ', 'COPY file:1234 in /x'],
    ['COPY a b # buildkit', 'COPY a b'],
    ['RUN /busybox sh -c x # buildkit', 'RUN /busybox sh -c x'],
    ["# debian.sh --arch 'amd64' out/ 'trixie'", "# debian.sh --arch 'amd64' out/ 'trixie'"],
    // It cannot be determined where the value ends.
    ['RUN |1 TOKEN=s3 cret /busybox sh -c x # buildkit', null],
    ['RUN |1 TOKEN=a /bin/sh -c b /bin/sh -c x # buildkit', null],
    ['', null],
  ])('is read from %j', (text, instruction) => {
    expect(layerInstructions(config(text))).toEqual([instruction])
  })

  test('uses the shell of a SHELL instruction', () => {
    expect(
      layerInstructions(
        config({ empty: 'SHELL [/bin/bash -o pipefail -c]' }, 'RUN |1 A=x y /bin/bash -o pipefail -c make # buildkit'),
      ),
    ).toEqual(['RUN make'])
  })

  test('shows an expanded value as its argument again', () => {
    expect(
      layerInstructions(
        config(
          { empty: 'ARG VERSION=1.2.3' },
          { empty: 'ARG N=7 KEY=top secret' },
          'COPY app-1.2.3.tgz top secret 7 17 /x # buildkit',
          'WORKDIR /srv/1.2.3',
        ),
      ),
    ).toEqual(['COPY app-${VERSION}.tgz ${KEY} ${N} 17 /x', 'WORKDIR /srv/${VERSION}'])
  })

  test('is not used if the entries do not match the layers', () => {
    expect(layerInstructions({ ...config('a', 'b'), history: [{ created_by: 'a' }] })).toBeNull()
    expect(layerInstructions(config('ENV A=s3cret'))).toBeNull()
    expect(layerInstructions({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [] } })).toEqual([])
  })
})

test('no value of a build argument is ever shown', () => {
  const value = fc.stringMatching(/^[A-Za-z0-9 =|/."'$*+-]{3,20}$/).map((text) => `q${text}q`)
  fc.assert(
    fc.property(
      value,
      fc.constantFrom(
        'RUN |1 KEY=V /bin/sh -c make # buildkit',
        '|1 KEY=V /bin/sh -c make',
        'RUN |1 KEY=V /usr/bin/x y # buildkit',
        'COPY a-V /b',
        'ADD V /V/',
        'WORKDIR /V',
      ),
      (secret, entry) => {
        const texts = layerInstructions(
          config(
            { empty: `ARG KEY=${secret}` },
            entry.replaceAll('V', () => secret),
          ),
        )
        expect(texts?.[0] ?? '').not.toContain(secret)
      },
    ),
  )
})
