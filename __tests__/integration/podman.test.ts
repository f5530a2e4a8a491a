/** Podman in place of Docker, with the messages of podman 4.3.1 and its package podman-docker. */
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { folderWith, footprint, type Ran } from '../support/program.ts'

const emulation = 'echo "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg." >&2'

async function build(docker: string): Promise<Ran> {
  await using folder = await folderWith({
    'bin/docker': `#!/bin/sh\n${docker}`,
    'context/Dockerfile': 'FROM scratch\nCOPY Dockerfile /\n',
  })
  return await footprint(['build', '--metadata-file', join(folder.path, 'm.json'), join(folder.path, 'context')], {
    env: {
      PATH: `${join(folder.path, 'bin')}:${process.env['PATH'] ?? ''}`,
      XDG_CACHE_HOME: join(folder.path, 'cache'),
    },
  })
}

const sentence = /^stage-footprint: .*the `docker` on the PATH is Podman, which has no buildx: .* \[NOT_DOCKER\]$/m

test('explains that podman refuses the build', async () => {
  const { status, stderr } = await build(`${emulation}
case "$*" in
  --version) echo podman version 4.3.1;;
  *) printf "Error: unknown flag: --metadata-file\\nSee 'podman buildx build --help'\\n" >&2; exit 125;;
esac`)
  expect([status, stderr]).toEqual([4, expect.stringMatching(sentence)])
})

test('explains that podman cannot export the stages of a build that it accepted', async () => {
  const { status, stderr } = await build(`${emulation}
case "$*" in
  --version) echo podman version 6.0.0;;
  *--call=*|*type=oci*) printf "Error: unknown flag: --call\\n" >&2; exit 125;;
  *) echo '{}' > "$(echo "$*" | sed 's/.*--metadata-file \\([^ ]*\\).*/\\1/')";;
esac`)
  expect([status, stderr]).toEqual([5, expect.stringMatching(sentence)])
})

test("does not take a failure of Docker's own client for podman", async () => {
  const { status, stderr } = await build(`
case "$*" in
  --version) echo Docker version 28.5.2, build e6534b4;;
  *) echo "unknown flag: --call" >&2; exit 125;;
esac`)
  expect([status, stderr]).toEqual([4, expect.stringContaining('[ENGINE_TOO_OLD]')])
})
