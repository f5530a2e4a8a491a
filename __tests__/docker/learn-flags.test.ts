import { expect, test } from '@jest/globals'
import { flagsInHelp } from '../../src/docker/learn-flags.ts'

/** As buildx 0.38 prints it. */
const help = `Usage:  docker buildx build [OPTIONS] PATH | URL | -

Start a build

Options:
      --allow stringArray             Allow extra privileged entitlement
                                      (e.g., "network.host",
                                      --not-a-flag)
      --frobnicate                    Frobnicate the image
      --hermetic string[="strict"]    Take nothing from
                                      the network
      --policy stringArray            Policy configuration (format:
                                      "filename=path[,filename=path][,reset=true|false]")
  -z, --zeal int                      How much
      --ulimit ulimit                 Ulimit options (default [])
`

test('reads flags, and whether they take a value, from the help of buildx', () => {
  expect(flagsInHelp(help).map(({ name, short, takesValue, anyText }) => [name, short, takesValue, anyText])).toEqual([
    ['allow', null, true, false],
    ['frobnicate', null, false, false],
    ['hermetic', null, false, true],
    ['policy', null, true, false],
    ['zeal', 'z', true, false],
    ['ulimit', null, true, false],
  ])
})

test.each(['', 'docker: unknown command', '--x'.repeat(10_000)])(
  'reads nothing from text that is no help (%#)',
  (text) => {
    expect(flagsInHelp(text)).toEqual([])
  },
)
